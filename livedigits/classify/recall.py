"""Recall: in a stream, what was classified a moment ago is not classified again.

A digit hardly changes from frame to frame, and to cut it out and bring it into MNIST's form takes
as long as to classify it. A mark that is where one was in the last frame, as large, as dark and of
as much ink, takes over what the model said of that one, if the model was sure; doubtful ones are
looked at in every frame. Where the whole page is as it was (`find.again`), the digits on it are the
same, too. All is forgotten every few frames, so that no mistake lasts.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.classify.classifier import Probabilities
from livedigits.classify.sightings import Boxes, Fate, Sightings, sightings_of
from livedigits.find import Candidate, Found
from livedigits.find.patches import Patches
from livedigits.settings import ClassifySettings

Floats = npt.NDArray[np.float64]

_NOISE = 2.0
"""Pixels that the border of a small mark may move for noise alone."""

_INK = 3.0
"""Contrast and area change so many times as much as places do, where a mark moves by parts of a
pixel."""

_CALLS = 5
"""Calls a frame at most: one ink, and then both as they lie and turned upright."""

_TURNED = math.radians(3)
"""Marks that are turned otherwise by more look otherwise."""


class Recall:
    """Classifies the marks of one stream, frame by frame.

    Example:
        >>> recall = Recall(load_classifier())
        >>> recall(found).shape   # for each frame
        (32, 11)
        >>> len(recall.sightings(found, threshold=0.5))   # or so
        32
    """

    def __init__(
        self,
        classifier: Callable[[Patches], Probabilities],
        settings: ClassifySettings | None = None,
    ) -> None:
        """Starts with no memory of what `classifier` says."""
        self._classifier = classifier
        self._settings = settings or ClassifySettings()
        self._memories: dict[tuple[str, bool], _Memory] = {}
        self._calls = 0

    def __call__(self, found: Found) -> Probabilities:
        """Probabilities of one frame's candidates, `(len(found.candidates), 11)` float32."""
        kind = _kind(found)
        self._calls += 1
        frames = self._settings.recall_frames
        memory = self._memories.get(kind)
        if memory is not None and (
            self._calls - memory.call > _CALLS or abs(found.tilt - memory.tilt) > _TURNED
        ):
            memory = None
        if memory is None:
            # All is classified once more in the next frame: thorough looks begin with a stream,
            # too, and later on no frame should have to bear both.
            memory = _nothing(age=math.ceil(frames) - 1)
        elif memory.age >= frames:
            memory = _nothing(age=0)
        marks = _measures(found.candidates)
        known = memory.nearest(marks, self._settings.recall_change)
        old, new = np.flatnonzero(known >= 0), np.flatnonzero(known < 0)
        probabilities = np.empty((len(marks), 11), np.float32)
        probabilities[old] = memory.probabilities[known[old]]
        if len(new):
            probabilities[new] = self._classifier(found.patches_of(new.tolist()))
        sure = np.flatnonzero(
            probabilities.max(axis=1, initial=0) >= self._settings.recall_confidence
        )
        self._memories[kind] = _Memory(
            marks[sure], probabilities[sure], sure, memory.age + 1, self._calls, found.tilt
        )
        return probabilities

    def sightings(
        self,
        found: Found,
        threshold: float,
        fates: list[Fate] | None = None,
        faintest: Floats | None = None,
    ) -> Sightings:
        """The digits among one frame's candidates, see `sightings_of`."""
        kind = _kind(found)
        memory = self._memories.get(kind)
        if found.moved is not None and memory is not None and memory.seen is not None:
            self._calls += 1
            boxes = found.moved[memory.seen.candidates]
            seen = replace(memory.seen, boxes=boxes, again=True)
            self._memories[kind] = replace(
                memory,
                marks=np.concatenate((_edges(found.moved)[memory.rows], memory.marks[:, 4:]), 1),
                age=memory.age + 1,
                call=self._calls,
                seen=seen,
            )
            return seen
        seen = sightings_of(
            found.candidates, self(found), threshold, self._settings, fates, faintest=faintest
        )
        self._memories[kind] = replace(self._memories[kind], seen=seen)
        return seen

    def holds(self, found: Found) -> bool:
        """Whether what was read of a frame holds for the next one that shows the same."""
        memory, settings = self._memories.get(_kind(found)), self._settings
        return (
            memory is not None
            and memory.seen is not None
            and (memory.age < settings.recall_frames and settings.recall_change > 0)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """Marks of one frame.

    Attributes:
        marks: see `_measures`.
        probabilities: `(n, 11)`, theirs.
        rows: `(n,)`, which of all candidates they are.
        age: frames since all was classified.
        call: number of the call that they are of.
        tilt: by which they were turned upright, in radians.
        seen: the digits among all candidates, if they were asked for.
    """

    marks: Floats
    probabilities: Probabilities
    rows: npt.NDArray[np.intp]
    age: int
    call: int
    tilt: float
    seen: Sightings | None = None

    def nearest(self, marks: Floats, change: float) -> npt.NDArray[np.intp]:
        """Which of those remembered each mark is, -1 for none.

        Args:
            marks: `(n, 7)`.
            change: share of its height that the border of a mark may have moved by.
        """
        nothing = np.full(len(marks), -1, np.intp)
        if not len(marks) or not len(self.marks):
            return nothing
        moved = np.abs(marks[:, None, :4] - self.marks[None, :, :4]).max(axis=2)
        height = marks[:, 3] - marks[:, 1]
        same = moved <= np.maximum(change * height, _NOISE if change else 0)[:, None]
        ratio = marks[:, None, 4:] / self.marks[None, :, 4:]
        same &= (np.abs(ratio - 1) <= _INK * change).all(axis=2)
        best = np.where(same, moved, np.inf).argmin(axis=1)
        return np.where(same[np.arange(len(marks)), best], best, nothing)


def _nothing(age: int) -> _Memory:
    nothing = np.zeros(0, np.intp)
    return _Memory(_measures(()), np.zeros((0, 11), np.float32), nothing, age, 0, 0.0)


def _kind(found: Found) -> tuple[str, bool]:
    """Marks of the other ink, and those that were turned upright, look otherwise."""
    return found.polarity, bool(found.tilt)


def _edges(boxes: Boxes) -> Boxes:
    """Left, top, right and bottom of boxes, `(n, 4)`."""
    return np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), axis=1)


def _measures(candidates: Sequence[Candidate]) -> Floats:
    """Left, top, right and bottom of each mark, its contrast, stroke and area, `(n, 7)`.

    Of pieces of marks, which change with every seam, there is nothing to recall: NaN.
    """
    measures = [
        (*i.box[:2], i.box.right, i.box.bottom, i.contrast, i.stroke, cv2.countNonZero(i.core))
        if i.part is None
        else _UNLIKE
        for i in candidates
    ]
    return np.array(measures, np.float64).reshape(-1, 7)


_UNLIKE = (math.nan,) * 7
