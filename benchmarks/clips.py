"""How well and how steadily videos are read: `python benchmarks/clips.py [MANIFEST] [--frames]`.

For each video of a manifest (by default that of recordings/) it prints

- the share of judged frames whose lines are all right, and how many are wrong;
- the digit error rate over the judged frames, and the false digits in each of them;
- how often a digit's label changed a minute;
- the seconds from when something else is to be seen until it is read, median and longest;
- the milliseconds that reading took a frame, median and 99th percentile.

With --frames it also prints which frames are wrong, and what was read in them.

What a video shows may change. `clips.json`, beside this file, has it for some by their names, as a
person saw it: the first and the last frame of each span, and the lines that are to be seen in it.
Frames between spans, where a digit is half written or half hidden, count for nothing. Every other
video shows the lines of its manifest all the time. Frames are judged once half a second of their
span has passed.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from livedigits import Reader, Reading, open_source
from livedigits.errors import LivedigitsError
from livedigits.learn.manifest import Photo, load_manifest
from livedigits.learn.photos import PhotoScore, View, judge

SETTLED_S = 0.5

TRUTH = Path(__file__).with_suffix(".json")

USUAL = Path(__file__).parents[1] / "recordings" / "manifest.json"


@dataclass(frozen=True, slots=True)
class Span:
    """Frames that show the same lines.

    Attributes:
        first: index of the first one.
        last: index of the last one.
        lines: that are to be seen.
    """

    first: int
    last: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of a span.

    Attributes:
        index: of the frame.
        time: of the frame, in seconds.
        reading: what was read.
        score: that against what is to be seen.
        right: whether its lines are all right, in order and with their spaces if they are no
            scattered digits.
    """

    index: int
    time: float
    reading: Reading
    score: PhotoScore
    right: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What one video came to.

    Attributes:
        name: of its file.
        judged: frames that were judged.
        wrong: those among them whose lines are not all right.
        digit_error_rate: over the judged frames.
        false_digits: read in a judged frame and standing for no equal one, on average.
        changes: of a digit's label, a minute.
        delays: seconds from the first frame of each span that shows something else than the one
            before to the first that is read right; infinite where none is.
        times: milliseconds that reading took, of each frame.
    """

    name: str
    judged: int
    wrong: tuple[Moment, ...]
    digit_error_rate: float
    false_digits: float
    changes: float
    delays: tuple[float, ...]
    times: tuple[float, ...]


def spans_of(video: Photo) -> list[Span]:
    """What a video shows, in order."""
    spans = json.loads(TRUTH.read_text(encoding="utf-8")).get(video.name)
    if spans is None:
        return [Span(0, math.inf, video.lines)]
    return [Span(i["first"], i["last"], tuple(i["lines"])) for i in spans]


def measure(reader: Reader, video: Photo) -> Figures | None:
    """Reads a video to its end and compares each span with the truth; None for a picture.

    Raises:
        LivedigitsError: it cannot be read, or SciPy is not installed.
    """
    spans = spans_of(video)
    moments: list[list[Moment]] = [[] for _ in spans]
    times = []
    with open_source(video.path) as source:
        if source.kind != "video":
            return None
        fps = source.fps or 30
        for frame, reading in reader.stream(source):
            times.append(1000 * reading.elapsed.total)
            for span, own in zip(spans, moments, strict=True):
                if span.first <= frame.index <= span.last:
                    score = judge(replace(video, lines=span.lines), View(frame, reading, 0.0))
                    read = tuple(line.text for line in reading.lines)
                    right = not score.errors and (video.scattered or read == span.lines)
                    own.append(Moment(frame.index, frame.time, reading, score, right))
    judged = [i for own in moments for i in own if i.time - own[0].time >= SETTLED_S]
    digit_seconds = sum(len(i.reading.digits) for own in moments for i in own) / fps
    changes = sum(label_changes(i.reading for i in own) for own in moments)
    return Figures(
        name=video.name,
        judged=len(judged),
        wrong=tuple(i for i in judged if not i.right),
        digit_error_rate=share(
            sum(i.score.errors for i in judged), sum(i.score.digits for i in judged)
        ),
        false_digits=share(sum(i.score.right.count(False) for i in judged), len(judged)),
        changes=share(60 * changes, digit_seconds),
        delays=tuple(delays(spans, moments)),
        times=tuple(times),
    )


def share(part: float, whole: float) -> float:
    """Part of a whole, 0 of nothing."""
    return part / whole if whole else 0.0


def label_changes(readings: Iterable[Reading]) -> int:
    """How often the label of a digit changed."""
    changes, values = 0, {}
    for reading in readings:
        for digit in reading.digits:
            changes += values.get(digit.track, digit.value) != digit.value
            values[digit.track] = digit.value
    return changes


def delays(spans: Sequence[Span], moments: Sequence[Sequence[Moment]]) -> Iterator[float]:
    """For each span that shows other lines than the one before, and any, how long they took."""
    shown: tuple[str, ...] = ()
    for span, own in zip(spans, moments, strict=True):
        if span.lines and span.lines != shown and own:
            yield next((i.time - own[0].time for i in own if i.right), math.inf)
        shown = span.lines


def row(figures: Figures) -> str:
    """The figures of a video in a line."""
    wrong, judged = len(figures.wrong), figures.judged
    delay = (
        f"{np.median(figures.delays):.2f} / {max(figures.delays):.2f}" if figures.delays else "-"
    )
    cost = f"{np.median(figures.times):.1f} / {np.percentile(figures.times, 99):.1f}"
    return (
        f"{figures.name:20} {share(judged - wrong, judged):7.1%} {f'{wrong} of {judged}':>13} "
        f"{figures.digit_error_rate:12.2%} {figures.false_digits:12.3f} {figures.changes:9.2f} "
        f"{delay:>12} {cost:>14}"
    )


def wrong_frames(figures: Figures) -> Iterator[str]:
    """Frames that are wrong, a line for each way in which some on end are."""
    for (truth, read), run in groupby(figures.wrong, lambda i: (i.score.photo.lines, i.score.read)):
        indices = [i.index for i in run]
        frames = f"{len(indices)} frames from {indices[0]} to {indices[-1]}"
        yield f"  {frames}: {' | '.join(read)} for {' | '.join(truth)}"


def main() -> None:
    """Prints a row a video."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path, nargs="?", default=USUAL, metavar="MANIFEST")
    parser.add_argument("--frames", action="store_true", help="also print the wrong frames")
    args = parser.parse_args()
    print(
        f"{'video':20} {'right':>7} {'wrong frames':>13} {'digit errors':>12} {'false digits':>12} "
        f"{'changes':>9} {'delay, s':>12} {'ms a frame':>14}"
    )
    try:
        reader = Reader()
        for video in load_manifest(args.manifest):
            figures = measure(reader, video)
            if figures is None:
                continue
            print(row(figures), flush=True)
            if args.frames:
                for line in wrong_frames(figures):
                    print(line)
    except LivedigitsError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
