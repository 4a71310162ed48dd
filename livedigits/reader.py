"""Reader: the whole way of one frame, and of a stream of frames."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
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
    load_classifier,
    sightings_of,
)
from livedigits.find import Found
from livedigits.find.trace import Trace
from livedigits.follow import Lines, Tracker, group_lines
from livedigits.inspection import Inspection, Mark, Verdict
from livedigits.look import Judge, Look, Plan, look_at, placed, within
from livedigits.pace import Pace
from livedigits.reading import Box, Digit, Elapsed, Reading
from livedigits.settings import ClassifySettings, Settings

WEAK = 0.2
"""In a stream, sightings this sure count as evidence though they alone would not be reported."""


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
        roi: Box | tuple[int, int, int, int] | None = None,
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
        self.roi = None if roi is None else Box(*roi)
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
        plan = Plan(self.settings.find.polarity)
        look = self._look(image, plan, self.threshold, self._sightings)
        return self._reading(image, look, self._lines(look))

    def inspect(self, image: Image) -> Inspection:
        """Reads one picture as `read` does, and keeps what became of everything in it.

        It looks closely at both inks, where `read` does so at the second one only if a quick look
        shows what may be digits.

        Args:
            image: `(height, width, 3)` uint8, BGR.

        Raises:
            SettingsError: the region of interest lies outside of the picture.
            SourceError: the image is none, or of another form.
        """
        plan = Plan(self.settings.find.polarity, explain=True)
        look = self._look(image, plan, self.threshold, self._sightings)
        reading = self._reading(image, look, self._lines(look))
        region = self.roi or Box(0, 0, image.shape[1], image.shape[0])
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
        pace = Pace(self.settings.find, self.threshold)
        lines = Lines((), (), 0.0)
        for frame in frames:
            image, weak = frame.image, min(WEAK, self.threshold)
            look = self._look(image, pace.next(), weak, recall.sightings)
            if plan := pace.second(look.read):
                look = self._look(image, plan, weak, recall.sightings).after(look)
            height, width = image.shape[:2]
            digits = tracker.update(look.read.sightings, frame.time, Box(0, 0, width, height))
            pace.saw(look.read, recall.known(look.read.found), digits)
            # Rows hardly turn from frame to frame; where digits come or go they may be other rows.
            moved = None if pace.anew else lines.moved(digits)
            lines = moved or group_lines(digits, self.settings.follow, lines)
            yield frame, self._reading(image, look, lines)

    def _look(self, image: Image, plan: Plan, threshold: float, judge: Judge) -> Look:
        return look_at(image, self.roi, plan, self.settings, threshold, judge)

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

    def _lines(self, look: Look) -> Lines:
        return group_lines(_digits(look.read.sightings), self.settings.follow)

    def _reading(self, image: Image, look: Look, grouped: Lines) -> Reading:
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


def _digits(seen: Sightings) -> list[Digit]:
    return [
        Digit(str(value), confidence, Box(*box))
        for value, confidence, box in zip(
            seen.values.tolist(), seen.confidence.tolist(), seen.boxes.tolist(), strict=True
        )
    ]


def _marks(look: Look, trace: Trace, region: Box, reading: Reading) -> tuple[Mark, ...]:
    """Everything that was found in a frame, ordered as `Inspection` has it."""
    marks = []
    for found, fate in look.read.fates:
        seen = Sightings.of([found.candidates[i] for i in fate.candidates], fate.probabilities)
        for digit, index, probabilities in zip(
            _digits(placed(seen, region)), fate.candidates, fate.probabilities, strict=True
        ):
            patch = found.patches[index]
            marks.append(
                Mark(digit.box, fate.verdict, digit.value, digit.confidence, patch, probabilities)
            )
    boxes = np.array([dropped.box for dropped in trace.dropped], np.int64).reshape(-1, 4)
    for box, dropped in zip(within(boxes, region).tolist(), trace.dropped, strict=True):
        marks.append(Mark(Box(*box), dropped.verdict))
    verdicts = {verdict: rank for rank, verdict in enumerate(Verdict)}
    places = {digit.box: place for place, digit in enumerate(reading.digits)}

    def rank(mark: Mark) -> tuple[int, float, int]:
        place = places[mark.box] if mark.verdict is Verdict.READ else -mark.confidence
        return verdicts[mark.verdict], place, -mark.box.w * mark.box.h

    return tuple(sorted(marks, key=rank))
