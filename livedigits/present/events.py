"""Events: a line of numbers appears, changes or goes, one JSON object each (livedigits-event/1).

Readings come thirty times a second and waver while a hand writes or passes; an event comes once,
when what it tells has settled, so that a script needs no debouncing of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, Literal, TypeAlias

from livedigits.capture.frame import Frame
from livedigits.present.images import encode_image
from livedigits.present.overlay import annotate
from livedigits.present.sink import Sink, writing
from livedigits.present.snapshot import free_path
from livedigits.present.textfile import TextTarget
from livedigits.reading import Box, Reading
from livedigits.settings import EventSettings

SCHEMA = "livedigits-event/1"

_SAME_PLACE = 0.5
"""Share of the smaller of two boxes that lies in the other where a line is back in its place."""

Happening: TypeAlias = Literal["appeared", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a line of numbers.

    Attributes:
        event: it appeared, its text changed, or it has gone.
        line: a number that stays with the line for all of its life.
        text: the line's; of one that has gone, the last.
        previous: the text before a change, else None.
        confidence: probability in [0, 1] that all of `text` is right.
        box: where the line is or was.
        tracks: the digits' tracks, in reading order.
        since: when it began: the text stood from then on, or the line was last seen then; seconds.
    """

    event: Happening
    line: int
    text: str
    previous: str | None
    confidence: float
    box: Box
    tracks: tuple[int, ...]
    since: float

    def to_dict(self, frame: Frame, snapshot: Path | None) -> dict[str, Any]:
        """The event as one object of the schema livedigits-event/1, ready for `json.dumps`.

        Args:
            frame: the frame in which it had settled.
            snapshot: a picture of that frame.
        """
        return {
            "schema": SCHEMA,
            "event": self.event,
            "text": self.text,
            "previous": self.previous,
            "confidence": round(self.confidence, 4),
            "since": round(self.since, 4),
            "time": round(frame.time, 4),
            "frame": frame.index,
            "source": frame.source,
            "line": self.line,
            "box": list(self.box),
            "tracks": list(self.tracks),
            "snapshot": None if snapshot is None else str(snapshot),
        }


@dataclass(frozen=True, slots=True)
class _Seen:
    """A line as one frame shows it."""

    text: str
    confidence: float
    box: Box
    tracks: tuple[int, ...]
    stable: bool


@dataclass(slots=True)
class _Known:
    """A line that is followed."""

    seen: _Seen  # as it was last in sight
    place: Box  # where it is, all of it, though a part or all may be hidden
    since: float  # when the text of `seen` began to stand
    last_seen: float
    missing_since: float | None = None
    number: int = 0
    told: _Seen | None = None  # as the events have it; None until it has appeared


class EventFinder:
    """Finds the events in the readings of one stream.

    A line is known by the tracks of its digits, and one whose tracks were lost by its place. The
    end of a stream is no event: nobody knows what becomes of the lines then.

    Example:
        >>> finder = EventFinder()
        >>> events = finder.update(reading, time=0.0)   # for each frame
    """

    def __init__(self, settings: EventSettings | None = None) -> None:
        """Starts with nothing in view."""
        self._settings = settings or EventSettings()
        self._known: list[_Known] = []
        self._centers: dict[int, tuple[float, float]] = {}
        self._numbers = count(1)
        self._time = 0.0

    def restart(self) -> None:
        """Forgets what is in view, without events; the lines' numbers go on."""
        self._known, self._centers = [], {}

    def update(self, reading: Reading, time: float) -> list[Event]:
        """Takes in one frame.

        Args:
            reading: of it.
            time: of the frame, in seconds; one before the last one's is a new start.

        Returns:
            What has settled by now: what has gone first, then by lines from top to bottom.
        """
        if time < self._time:
            self.restart()
        self._time = time
        self._move(reading)
        lines = _lines_of(reading)
        owners = self._matched(lines)
        in_sight = {id(known) for known in owners.values()}
        events = self._missed([i for i in self._known if id(i) not in in_sight], time)
        for index, seen in enumerate(lines):
            known = owners.get(index)
            if known is None:
                known = _Known(seen, seen.box, time, time)
                self._known.append(known)
            events += self._looked_at(known, seen, time)
        return events

    def _move(self, reading: Reading) -> None:
        """Moves the places of all lines as the page moves; those in sight are put right later."""
        before, self._centers = (
            self._centers,
            {digit.track: digit.box.center for digit in reading.digits if digit.track is not None},
        )
        both = before.keys() & self._centers.keys()
        if both:
            dx = round(median(self._centers[i][0] - before[i][0] for i in both))
            dy = round(median(self._centers[i][1] - before[i][1] for i in both))
            for known in self._known:
                x, y, w, h = known.place
                known.place = Box(x + dx, y + dy, w, h)

    def _matched(self, lines: Sequence[_Seen]) -> dict[int, _Known]:
        """Whose line each one in sight is, by its index; lines that were told of choose first."""
        owners: dict[int, _Known] = {}
        told = [known for known in self._known if known.told is not None]
        untold = [known for known in self._known if known.told is None]
        rounds = ((told, _shared_tracks, 1), (told, _overlap, _SAME_PLACE))
        for those, score, least in (*rounds, (untold, _shared_tracks, 1)):
            found = [(score(i, seen), index, i) for i in those for index, seen in enumerate(lines)]
            for worth, index, known in sorted(found, key=lambda entry: -entry[0]):
                owned = any(known is owner for owner in owners.values())
                if worth >= least and index not in owners and not owned:
                    owners[index] = known
        return owners

    def _missed(self, missing: Sequence[_Known], time: float) -> list[Event]:
        events = []
        for known in missing:
            # Not since it was last seen: while a stream is down, nothing is missed.
            if known.missing_since is None:
                known.missing_since = time
            if known.told is None:
                self._known.remove(known)
            elif time - known.missing_since >= self._settings.gone_s:
                self._known.remove(known)
                events.append(_event("gone", known, known.told, known.last_seen))
        return events

    def _looked_at(self, known: _Known, seen: _Seen, time: float) -> list[Event]:
        if seen.text != known.seen.text or known.missing_since is not None:
            known.since = time
        known.seen, known.last_seen, known.missing_since = seen, time, None
        told = known.told
        settled = seen.stable and time - known.since >= self._patience(known)
        if not settled and (told is None or seen.text != told.text):
            return []
        known.told, known.place = seen, seen.box
        if told is None:
            known.number = next(self._numbers)
            return [_event("appeared", known, seen, known.since)]
        if seen.text != told.text:
            return [_event("changed", known, seen, known.since, told.text)]
        return []

    def _patience(self, known: _Known) -> float:
        """How long a text has to stand: what is left of a line may be hidden for the moment."""
        if known.told is not None:
            is_rest = _is_part(known.seen.text, known.told.text)
        else:
            others = (i for i in self._known if i.told is not None)
            is_rest = any(_overlap(i, known.seen) >= _SAME_PLACE for i in others)
        return self._settings.gone_s if is_rest else self._settings.settle_s


class EventSink(Sink):
    """Writes events as JSON Lines, each on disk at once.

    Args:
        target: path of a file, overwritten if it exists; "-" for standard output.
        settings: when an event has settled.
        snapshots: a folder for an annotated picture of each frame with an event; none that exists
            is overwritten.

    Raises:
        OutputError: the file cannot be opened for writing, or the folder cannot be made.
    """

    def __init__(
        self,
        target: str | Path,
        settings: EventSettings | None = None,
        *,
        snapshots: Path | None = None,
    ) -> None:
        self._finder = EventFinder(settings)
        self._snapshots = snapshots
        self._source: str | None = None
        if snapshots is not None:
            with writing(snapshots):
                snapshots.mkdir(parents=True, exist_ok=True)
        self._target = TextTarget(target)

    def write(self, frame: Frame, reading: Reading) -> None:
        """Write what has happened by this frame; another source than before is a new start.

        Raises:
            OutputError: it could not be written.
            BrokenPipeError: whoever reads standard output has gone.
        """
        if frame.source != self._source:
            self._finder.restart()
            self._source = frame.source
        events = self._finder.update(reading, frame.time)
        if not events:
            return
        snapshot = None
        if self._snapshots is not None:
            snapshot = free_path(self._snapshots, f"event_{frame.index:06}", ".jpg")
            with writing(snapshot):
                snapshot.write_bytes(encode_image(snapshot, annotate(frame.image, reading)))
        records = (event.to_dict(frame, snapshot) for event in events)
        self._target.write("".join(json.dumps(i, ensure_ascii=False) + "\n" for i in records))

    def close(self) -> None:
        """Close the file; standard output stays open."""
        self._target.close()


def _event(
    happening: Happening, known: _Known, seen: _Seen, since: float, previous: str | None = None
) -> Event:
    return Event(
        happening,
        known.number,
        seen.text,
        previous,
        seen.confidence,
        known.place,
        seen.tracks,
        since,
    )


def _lines_of(reading: Reading) -> list[_Seen]:
    lines = []
    for index, line in enumerate(reading.lines):
        digits = [digit for digit in reading.digits if digit.line == index]
        tracks = tuple(digit.track for digit in digits if digit.track is not None)
        # None is of digits that are not followed: they are what they are.
        stable = all(digit.stable is not False for digit in digits)
        lines.append(_Seen(line.text, line.confidence, line.box, tracks, stable))
    return lines


def _shared_tracks(known: _Known, seen: _Seen) -> float:
    return len({*known.seen.tracks} & {*seen.tracks})


def _overlap(known: _Known, seen: _Seen) -> float:
    """Share of the smaller one of two places that lies in the other."""
    box, other = known.place, seen.box
    width = min(box.right, other.right) - max(box.x, other.x)
    height = min(box.bottom, other.bottom) - max(box.y, other.y)
    return max(0, width) * max(0, height) / max(1, min(box.w * box.h, other.w * other.h))


def _is_part(text: str, whole: str) -> bool:
    """Whether a text is what is left of another when some of its digits are taken away."""
    rest = iter(whole.replace(" ", ""))
    return all(digit in rest for digit in text.replace(" ", ""))
