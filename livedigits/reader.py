"""Reader: the whole way of one frame, and of a stream of frames."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Frame, Image
from livedigits.classify import (
    Classifier,
    EngineName,
    Fate,
    ModelOptions,
    Recall,
    Sightings,
    apart,
    load_classifier,
    sightings_of,
)
from livedigits.classify.sightings import Boxes
from livedigits.errors import SettingsError, SourceError
from livedigits.find import Found, find
from livedigits.find.trace import Trace
from livedigits.follow import Lines, Tracker, group_lines, text_direction
from livedigits.inspection import Inspection, Mark, Verdict
from livedigits.reading import Box, Digit, Elapsed, Reading
from livedigits.settings import ClassifySettings, Polarity, Settings

WEAK = 0.2
"""In a stream, sightings this sure count as evidence though they alone would not be reported."""

POLARITY_FRAMES = 30
"""In a stream, after so many frames, or once much less is read than was, the ink's polarity is
decided anew; that takes twice as long, so it does not fall on a thorough look if it can wait."""

ASKEW = math.radians(8)
"""Tilt of the text from which on its digits are turned upright before they are classified; the
model bears 10 degrees without loss."""

SURE, FEWEST = 0.9, 2
"""Beside digits of one ink, those of the other are read where so many are so sure, and stand on
ground that is so bare of their ink: holes and gaps do not."""

HALO = 0.4
"""Ink so much fainter than the other one in the same place is its halo: sharpening and JPEG draw
light edges along dark strokes."""

THOROUGH_FRAMES, STEADY_FRAMES = 5, 30
"""In a stream, a thorough look is taken in every so many frames, in fewer while the page is as it
was, and in all frames while digits are read that only such a look finds."""


_Judge = Callable[[Found, float, list[Fate] | None, npt.NDArray[np.float64] | None], Sightings]
"""The digits among all that was found, as `Recall.sightings` tells them."""


class Reader:
    """Reads handwritten digits in pictures and streams.

    Attributes:
        settings: the tunables in use.
        roi: the part of each frame that is read, None for all of it.
        classifier: the model in use.

    Example:
        >>> reader = Reader()
        >>> reader.read(cv2.imread("page.jpg")).text
        '0522 1859'
    """

    def __init__(
        self,
        model: str | Path | None = None,
        settings: Settings | None = None,
        *,
        engine: EngineName = "auto",
        roi: Box | None = None,
        model_options: ModelOptions | None = None,
    ) -> None:
        """Loads a model.

        Args:
            model: see `load_classifier`.
            settings: tunables; None for the defaults.
            engine: see `load_classifier`.
            roi: the region of interest, the only part of each frame that is read; None reads all.
            model_options: see `load_classifier`.

        Raises:
            ModelError: the model cannot be used.
        """
        self.settings = settings or Settings()
        self.roi = roi
        self.classifier: Classifier = load_classifier(model, engine, model_options)

    @property
    def _judging(self) -> ClassifySettings:
        """How marks are judged, with what the model's card says of its probabilities."""
        own = self.settings.classify
        if own.even_rubbish is not None:
            return own
        return replace(own, even_rubbish=self.classifier.card.even_rubbish)

    @property
    def threshold(self) -> float:
        """Digits less probable than this are not reported."""
        chosen = self.settings.classify.min_confidence
        return self.classifier.card.reject_threshold if chosen is None else chosen

    def read(self, image: Image) -> Reading:
        """Reads one picture; nothing is remembered from it.

        Args:
            image: `(height, width, 3)` uint8, BGR.

        Raises:
            SettingsError: the region of interest lies outside of the picture.
            SourceError: the image is none, or of another form.
        """
        look = self._look(image, self.settings.find.polarity, self.threshold, self._sightings)
        return self._reading(image, look, self._lines(look))

    def inspect(self, image: Image) -> Inspection:
        """Reads one picture as `read` does, and keeps what became of everything in it.

        Args:
            image: `(height, width, 3)` uint8, BGR.

        Raises:
            SettingsError: the region of interest lies outside of the picture.
            SourceError: the image is none, or of another form.
        """
        polarity = self.settings.find.polarity
        look = self._look(image, polarity, self.threshold, self._sightings, explain=True)
        reading = self._reading(image, look, self._lines(look))
        region = self._region(image)
        trace = look.read.found.trace or Trace()
        return Inspection(
            image=image,
            region=region,
            polarity=look.read.found.polarity,
            inks=tuple(trace.inks),
            marks=_marks(look, trace, region, reading),
            reading=reading,
            settings=self.settings,
            threshold=self.threshold,
        )

    def stream(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Reading]]:
        """Reads frame after frame.

        The digits of a video or a live source are followed, which steadies what is read; the
        pictures of an image source are read each for itself.

        Args:
            frames: an open source, or any frames in order.

        Yields:
            Each frame with its reading.

        Raises:
            SettingsError: the region of interest lies outside of a frame.
            SourceError: a frame holds no image, or one of another form.
        """
        if getattr(frames, "kind", "video") == "image":
            for frame in frames:
                yield frame, self.read(frame.image)
            return
        tracker = Tracker(self.threshold, self.settings.follow)
        recall = Recall(self.classifier, self._judging)
        judge, known = recall.sightings, None
        wanted = self.settings.find.polarity
        polarity, age, weight, both = wanted, 0, 0.0, 0
        hidden, changed, tilt, lines = False, True, 0.0, Lines((), (), 0.0)
        for index, frame in enumerate(frames):
            # Digits that only a thorough look finds are lost where the page is not as it was.
            due = index % (THOROUGH_FRAMES if changed or hidden else STEADY_FRAMES) == 0
            thorough = due or hidden
            weak = min(WEAK, self.threshold)
            look = self._look(
                frame.image,
                polarity,
                weak,
                judge,
                thorough=thorough,
                tilt=None if thorough else tilt,
                known=None if due else known,
            )
            # Looking for both inks takes twice as long, so what was found is believed a while.
            if polarity != wanted and look.read.weight <= weight / 2:
                polarity = wanted
                again = self._look(frame.image, wanted, weak, judge, thorough=thorough)
                look = again.after(look)
            read = look.read
            age, weight = (0, read.weight) if polarity == wanted else (age + 1, weight)
            both = POLARITY_FRAMES if read.both else max(both - 1, 0)
            anew = age >= POLARITY_FRAMES and index % THOROUGH_FRAMES == 2
            believed = read.weight > 0 and not anew and not both
            polarity = read.found.polarity if believed and wanted == "auto" else wanted
            tilt = read.found.tilt
            same = read.found.moved is not None and read.found.page and read.found.page.same
            changed = not due and (changed or not same)
            hidden = bool(read.sightings.hidden.any())
            known = recall.known(read.found)
            height, width = frame.image.shape[:2]
            extent = Box(0, 0, width, height)
            digits = tracker.update(read.sightings, frame.time, extent)
            # Rows hardly turn from frame to frame; where digits come or go they may be other rows.
            moved = None if due else lines.moved(digits)
            lines = moved or group_lines(digits, self.settings.follow)
            yield frame, self._reading(frame.image, look, lines)

    def _sightings(
        self,
        found: Found,
        threshold: float,
        fates: list[Fate] | None,
        faintest: npt.NDArray[np.float64] | None,
    ) -> Sightings:
        """The digits among all that was found, see `sightings_of`."""
        return sightings_of(
            found.candidates,
            self.classifier(found.patches),
            threshold,
            self._judging,
            fates,
            faintest=faintest,
        )

    def _look(
        self,
        image: Image,
        polarity: Polarity,
        threshold: float,
        judge: _Judge,
        *,
        thorough: bool = True,
        explain: bool = False,
        tilt: float | None = None,
        known: Found | None = None,
    ) -> "_Look":
        """Finds and classifies; what lies askew is turned upright and classified again.

        Args:
            image: a frame.
            polarity: of the ink.
            threshold: least probability of a digit.
            judge: tells the digits among all that is found.
            thorough: see `find`.
            explain: whether to tell what becomes of everything.
            tilt: by which all is turned upright at once; None looks how it lies.
            known: what the frame before held, if that may hold on.
        """
        _check(image)
        started = time.perf_counter()
        region = self._region(image)
        settings = replace(self.settings.find, polarity=polarity)
        founds = find(
            _cut(image, region),
            settings,
            thorough=thorough,
            explain=explain,
            known=known,
            change=self.settings.classify.recall_change,
        )
        found_at = time.perf_counter()
        if tilt:
            founds = tuple(replace(found, tilt=tilt) for found in founds)
        read = self._read(founds, threshold, judge, explain)
        told = read.found.moved is not None
        askew = self._tilt(read.sightings) if tilt is None and not told else 0.0
        if abs(askew) > ASKEW:
            turned = [replace(found, tilt=askew) for found in founds]
            again = self._read(turned, threshold, judge, explain)
            read = max(read, again, key=lambda i: i.weight)
        placed = replace(read, sightings=_placed(read.sightings, region))
        return _Look(placed, started, found_at, time.perf_counter())

    def _read(
        self,
        founds: Sequence[Found],
        threshold: float,
        judge: _Judge,
        explain: bool,
    ) -> "_Read":
        """Of two inks, the one with more and surer digits, and that fits the ground; and what is
        sure of the other one."""
        fates: list[list[Fate]] = [[] for _ in founds]
        seen = [Sightings.of([], np.zeros((0, 11), np.float32)) for _ in founds]
        weights = [0.0 for _ in founds]
        most = [_most(found) for found in founds]
        for i in sorted(range(len(founds)), key=lambda i: -most[i]):
            found, other = founds[i], founds[-1 - i]
            # Where the other one has won already, and nothing can be read beside it, all is told.
            beaten = 0 < max(weights) >= most[i] and _alone(found) < FEWEST
            if beaten and not explain:
                continue
            halo = None if other is found else HALO * other.strongest_at(found.boxes)
            seen[i] = judge(found, threshold, fates[i] if explain else None, halo)
            weights[i] = _weight(found, seen[i])
        best = int(np.argmax(weights))
        read = _Read(founds[best], seen[best], [(founds[best], fate) for fate in fates[best]])
        for found, own, told in zip(founds, seen, fates, strict=True):
            if found is not read.found:
                read = read.with_other(found, own, told)
        return read

    def _tilt(self, seen: Sightings) -> float:
        """Direction of the text, in radians, clockwise positive."""
        steepest = math.radians(self.settings.follow.max_tilt)
        boxes = seen.boxes.astype(np.float64)
        return text_direction(boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 3], steepest)

    def _region(self, image: Image) -> Box:
        return self.roi or Box(0, 0, image.shape[1], image.shape[0])

    def _lines(self, look: "_Look") -> Lines:
        return group_lines(_digits(look.read.sightings), self.settings.follow)

    def _reading(self, image: Image, look: "_Look", grouped: Lines) -> Reading:
        done = time.perf_counter()
        return Reading(
            grouped.lines,
            grouped.digits,
            width=image.shape[1],
            height=image.shape[0],
            elapsed=Elapsed(
                total=done - look.started,
                find=look.found_at - look.started,
                classify=look.classified - look.found_at,
                follow=done - look.classified,
            ),
            too_noisy=look.read.found.too_noisy,
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of what was found.

    `found` is of the ink that was read, and `fates` are told where they were asked for, each with
    what it is of; `both` tells whether some of the other ink was read, too.
    """

    found: Found
    sightings: Sightings
    fates: Sequence[tuple[Found, Fate]]
    both: bool = False

    @property
    def weight(self) -> float:
        """How much is read: large, strong and sure digits count most."""
        return float(self.sightings.prominence.sum())

    def with_other(self, found: Found, seen: Sightings, fates: Sequence[Fate]) -> "_Read":
        """With the sure digits of the other ink, if some stand on a bare ground of their own."""
        sure = (seen.confidence >= SURE) & (_ground(found, seen) >= SURE)
        sure &= apart(np.concatenate((self.sightings.boxes, seen.boxes)))[len(self.sightings) :]
        if not np.count_nonzero(sure) >= FEWEST:
            return self
        read = [i for i in fates if i.verdict is Verdict.READ]
        told = [(found, Fate(i.verdict, i.candidates[sure], i.probabilities[sure])) for i in read]
        return _Read(self.found, self.sightings.joined(seen[sure]), [*self.fates, *told], True)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was read in one frame, and when each step was done (`time.perf_counter`)."""

    read: _Read
    started: float
    found_at: float
    classified: float

    def after(self, first: "_Look") -> "_Look":
        """This look with the times of another one before it counted in."""
        found = first.found_at - first.started
        earlier = first.classified - first.started
        return replace(
            self, started=self.started - earlier, found_at=self.found_at - earlier + found
        )


def _weight(found: Found, seen: Sightings) -> float:
    """What speaks for ink of one polarity: large, strong and sure digits on bare ground.

    Paper within boxes and rings looks like light digits, but not the whole page is dark.
    """
    if found.bare is None or not len(seen):
        return 0.0
    ground = _ground(found, seen)
    return found.plausible * float(seen.prominence @ np.maximum(2 * ground - 1, 0))


def _most(found: Found) -> float:
    """The most that its `_weight` can come to: if all that was found were sure digits."""
    sure = np.ones((len(found.candidates), 11), np.float32)
    return _weight(found, Sightings.of(found.candidates, sure))


def _alone(found: Found) -> int:
    """How many candidates stand on ground that is bare of their ink."""
    return 0 if found.bare is None else int(np.count_nonzero(found.bare >= SURE))


def _ground(found: Found, seen: Sightings) -> npt.NDArray[np.float64]:
    """How much of the ground around each sighting is bare, in [0, 1], where that is told."""
    assert found.bare is not None
    return found.bare[seen.candidates]


def _digits(seen: Sightings) -> list[Digit]:
    return [
        Digit(str(value), confidence, Box(*box))
        for value, confidence, box in zip(
            seen.values.tolist(), seen.confidence.tolist(), seen.boxes.tolist(), strict=True
        )
    ]


def _marks(look: _Look, trace: Trace, region: Box, reading: Reading) -> tuple[Mark, ...]:
    """Everything that was found in a frame, ordered as `Inspection` has it."""
    marks = []
    for found, fate in look.read.fates:
        seen = Sightings.of([found.candidates[i] for i in fate.candidates], fate.probabilities)
        for digit, index, probabilities in zip(
            _digits(_placed(seen, region)), fate.candidates, fate.probabilities, strict=True
        ):
            patch = found.patches[index]
            marks.append(
                Mark(digit.box, fate.verdict, digit.value, digit.confidence, patch, probabilities)
            )
    boxes = np.array([dropped.box for dropped in trace.dropped], np.int64).reshape(-1, 4)
    for box, dropped in zip(_within(boxes, region).tolist(), trace.dropped, strict=True):
        marks.append(Mark(Box(*box), dropped.verdict))
    verdicts = {verdict: rank for rank, verdict in enumerate(Verdict)}
    places = {digit.box: place for place, digit in enumerate(reading.digits)}

    def rank(mark: Mark) -> tuple[int, float, int]:
        place = places[mark.box] if mark.verdict is Verdict.READ else -mark.confidence
        return verdicts[mark.verdict], place, -mark.box.w * mark.box.h

    return tuple(sorted(marks, key=rank))


def _check(image: object) -> None:
    """Refuses what is no picture, above all the None that `cv2.imread` gives for a missing file."""
    what = type(image).__name__
    if isinstance(image, np.ndarray):
        if image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size:
            return
        what = f"{image.shape} {image.dtype}"
    hint = "; was its file found?" if image is None else ""
    raise SourceError(f"the image is {what}, not (height, width, 3) uint8 in BGR{hint}")


def _cut(image: Image, region: Box) -> Image:
    height, width = image.shape[:2]
    inside = region.x >= 0 and region.y >= 0 and region.right <= width and region.bottom <= height
    if not inside or min(region.w, region.h) < 1:
        raise SettingsError(
            f"the region {region.x},{region.y},{region.w},{region.h} lies outside of the frame, "
            f"which is {width} wide and {height} high"
        )
    return image[region.y : region.bottom, region.x : region.right]


def _placed(seen: Sightings, region: Box) -> Sightings:
    """Sightings where they are in the frame."""
    return replace(seen, boxes=_within(seen.boxes, region))


def _within(boxes: Boxes, region: Box) -> Boxes:
    """Boxes of a region where they are in the frame; those from a lower resolution may reach over
    its border."""
    last = np.array((region.right, region.bottom))
    corner = np.minimum(boxes[:, :2] + region[:2], last - 1)
    end = np.minimum(corner + boxes[:, 2:], last)
    return np.concatenate((corner, end - corner), axis=1)
