"""Reader: the whole way of one frame, and of a stream of frames."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from livedigits.capture.frame import Frame, Image
from livedigits.classify import Classifier, EngineName, Sighting, load_classifier, sightings_of
from livedigits.find import Found, find
from livedigits.follow import Tracker, group_lines
from livedigits.reading import Digit, Elapsed, Reading
from livedigits.settings import Polarity, Settings, replace

WEAK = 0.2
"""In a stream, sightings this sure count as evidence though they alone would not be reported."""

POLARITY_FRAMES = 30
"""In a stream, after so many frames the ink's polarity is decided anew."""


class Reader:
    """Reads handwritten digits in pictures and streams.

    Attributes:
        settings: the tunables in use.
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
    ) -> None:
        """Loads a model.

        Args:
            model: see `load_classifier`.
            settings: tunables; None for the defaults.
            engine: see `load_classifier`.

        Raises:
            ModelError: the model cannot be used.
        """
        self.settings = settings or Settings()
        self.classifier: Classifier = load_classifier(model, engine)

    @property
    def threshold(self) -> float:
        """Digits less probable than this are not reported."""
        chosen = self.settings.classify.min_confidence
        return self.classifier.card.reject_threshold if chosen is None else chosen

    def read(self, image: Image) -> Reading:
        """Reads one picture; nothing is remembered from it.

        Args:
            image: `(height, width, 3)` uint8, BGR.
        """
        return _Pass(self, self.settings.find.polarity, self.threshold).read(image, None, 0.0)

    def stream(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Reading]]:
        """Reads frame after frame.

        The digits of a video or a live source are followed, which steadies what is read; the
        pictures of an image source are read each for itself.

        Args:
            frames: an open source, or any frames in order.

        Yields:
            Each frame with its reading.
        """
        if getattr(frames, "kind", "video") == "image":
            for frame in frames:
                yield frame, self.read(frame.image)
            return
        tracker = Tracker(self.threshold, self.settings.follow)
        polarity, since = self.settings.find.polarity, 0
        for frame in frames:
            one = _Pass(self, polarity, min(WEAK, self.threshold))
            reading = one.read(frame.image, tracker, frame.time)
            yield frame, reading
            if self.settings.find.polarity == "auto":
                # Looking for both inks costs twice as much, so what was found is believed a while.
                since += 1
                settled = bool(one.sightings) and since < POLARITY_FRAMES
                polarity, since = (one.polarity, since) if settled else ("auto", 0)


class _Pass:
    """One frame on its way through the steps."""

    def __init__(self, reader: Reader, polarity: Polarity, threshold: float) -> None:
        self.reader = reader
        self.polarity: Polarity = polarity
        self.threshold = threshold
        self.sightings: list[Sighting] = []

    def read(self, image: Image, tracker: Tracker | None, frame_time: float) -> Reading:
        settings = self.reader.settings
        started = time.perf_counter()
        found = find(image, replace(settings.find, polarity=self.polarity))
        found_at = time.perf_counter()
        probabilities = self.reader.classifier(np.concatenate([i.patches for i in found]))
        self._decide(found, probabilities)
        classified_at = time.perf_counter()
        digits: tuple[Digit, ...]
        if tracker:
            digits = tracker.update(self.sightings, frame_time)
        else:
            digits = tuple(Digit(i.value, i.confidence, i.box) for i in self.sightings)
        grouped = group_lines(digits, settings.follow)
        done = time.perf_counter()
        return Reading(
            lines=grouped.lines,
            digits=grouped.digits,
            width=image.shape[1],
            height=image.shape[0],
            elapsed=Elapsed(
                total=done - started,
                find=found_at - started,
                classify=classified_at - found_at,
                follow=done - classified_at,
            ),
            too_noisy=any(i.too_noisy for i in found if i.polarity == self.polarity),
        )

    def _decide(self, found: tuple[Found, ...], probabilities: np.ndarray) -> None:
        """The polarity in which more digits are seen, and surer ones, is the ink's."""
        best, start = -1.0, 0
        for ink in found:
            own = probabilities[start : start + len(ink.candidates)]
            start += len(ink.candidates)
            boxes = [candidate.box for candidate in ink.candidates]
            sightings = sightings_of(boxes, own, self.threshold)
            evidence = sum(sighting.confidence**2 for sighting in sightings)
            if evidence > best:
                best, self.sightings, self.polarity = evidence, sightings, ink.polarity
