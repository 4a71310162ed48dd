"""Recall: in a stream, what was classified a moment ago is not classified again.

A digit hardly changes from frame to frame, and to cut it out and bring it into MNIST's form takes
as long as to classify it. A mark that is where one was in the last frame, as large, as dark and of
as much ink, takes over what the model said of that one, if the model was sure; doubtful ones are
looked at in every frame. All is forgotten every few frames, so that no mistake lasts. Where a page
is as it was (`find.again`), the digits on it are the same, too; those that only a look at all of it
finds are taken for known until the next such look.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.classify.classifier import Probabilities
from livedigits.classify.context import with_doubt
from livedigits.classify.sightings import Fate, Sightings, sightings_of
from livedigits.find import Candidate, Found
from livedigits.find.again import INK, NOISE, edges_of
from livedigits.find.patches import Patches
from livedigits.settings import ClassifySettings

Floats = npt.NDArray[np.float64]

_CALLS = 7
"""Calls a frame at most: one ink, as it lies and turned upright; then both, one of them twice, and
both turned upright."""

_TURNED = math.radians(3)
"""Marks that are turned otherwise by more look otherwise."""

_EARLIER = 0.2
"""How much earlier a mark is forgotten for the first time, as a share of `recall_frames`: where a
page comes into view, a thorough look is taken, and no later frame should have to bear both."""


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
        memory = self._looked_at(found)
        self._memories[_kind(found)] = memory
        return memory.probabilities

    def sightings(
        self,
        found: Found,
        threshold: float,
        fates: list[Fate] | None = None,
        faintest: Floats | None = None,
    ) -> Sightings:
        """The digits among one frame's candidates, see `sightings_of`."""
        memory = self._looked_at(found)
        if memory.seen is not None:
            rows = memory.seen.candidates
            seen = replace(
                memory.seen, boxes=found.boxes[rows], fresh=found.visible[rows], again=True
            )
        else:
            seen = sightings_of(
                found.candidates,
                memory.probabilities,
                threshold,
                self._settings,
                fates,
                faintest=faintest,
            )
            seen = replace(seen, boxes=found.boxes[seen.candidates])
        self._memories[_kind(found)] = replace(memory, seen=seen)
        return seen

    def known(self, found: Found) -> Found | None:
        """What the next frame may be compared with: a frame, and which of its marks are digits.

        None where everything is to be classified in every frame, and where nothing was.
        """
        memory, settings = self._memories.get(_kind(found)), self._settings
        if memory is None or memory.seen is None or found.page is None or found.ink is None:
            return None
        if settings.recall_frames <= 1 or settings.recall_change == 0:
            return None
        if found.moved is not None and memory.seen.again:
            return found
        page = found.page.with_digits(memory.seen.candidates, found.ink.mask)
        return replace(found, page=page)

    def _looked_at(self, found: Found) -> "_Memory":
        """What is remembered of a frame: what was known before, and what is classified now."""
        settings = self._settings
        before = self._memories.get(_kind(found))
        self._calls += 1
        if before is None or not before.fits(found, self._calls):
            before = _Memory(_measures(()), np.zeros((0, 11), np.float32), np.zeros(0), 0, 0, 0.0)
        age = before.age + 1
        again = found.moved is not None and len(found.moved) == len(before.marks)
        if again:
            marks = np.concatenate((edges_of(found.boxes), before.marks[:, 4:]), axis=1)
            known = np.arange(len(marks))
        else:
            marks = _measures(found.candidates)
            known = before.nearest(marks, settings.recall_change)
        probabilities = np.empty((len(marks), 11), np.float32)
        lasts = settings.recall_frames
        until = np.full(len(marks), age + lasts - round(_EARLIER * lasts))
        old = np.flatnonzero(known >= 0)
        probabilities[old], until[old] = before.probabilities[known[old]], before.until[known[old]]
        sure = probabilities[old].max(axis=1, initial=0) >= settings.recall_confidence
        kept = old[sure & (until[old] > age)]
        new = found.visible.copy() if again else np.ones(len(marks), np.bool_)
        new[kept] = False
        rows = np.flatnonzero(new)
        if len(rows):
            probabilities[rows] = self._classifier(found.patches_of(rows.tolist()))
            until[old[new[old]]] = age + lasts
        seen = before.seen if again else None
        if seen is not None and len(rows):
            same = probabilities.argmax(axis=1) == before.probabilities.argmax(axis=1)
            seen = _reworded(seen, probabilities[seen.candidates]) if same.all() else None
        return _Memory(marks, probabilities, until, age, self._calls, found.tilt, seen)


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """All marks of one frame.

    Attributes:
        marks: see `_measures`.
        probabilities: `(n, 11)`, theirs.
        until: `(n,)`, age at which each is forgotten.
        age: frames since the first one.
        call: number of the call that they are of.
        tilt: by which they were turned upright, in radians.
        seen: the digits among them, if they were asked for.
    """

    marks: Floats
    probabilities: Probabilities
    until: Floats
    age: int
    call: int
    tilt: float
    seen: Sightings | None = None

    def fits(self, found: Found, call: int) -> bool:
        """Whether this was a moment ago, and turned upright alike."""
        return call - self.call <= _CALLS and abs(found.tilt - self.tilt) <= _TURNED

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
        same = moved <= np.maximum(change * height, NOISE if change else 0)[:, None]
        ratio = marks[:, None, 4:] / self.marks[None, :, 4:]
        same &= (np.abs(ratio - 1) <= INK * change).all(axis=2)
        best = np.where(same, moved, np.inf).argmin(axis=1)
        return np.where(same[np.arange(len(marks)), best], best, nothing)


def _reworded(seen: Sightings, probabilities: Probabilities) -> Sightings:
    """The digits of a page by what the model says now; what surrounds them is as it was."""
    rubbish = np.minimum(probabilities[:, 10].astype(np.float64), 1 - 1e-9)
    doubt = seen.probabilities[:, 10].astype(np.float64)
    return replace(seen, probabilities=with_doubt(probabilities, rubbish, doubt))


def _kind(found: Found) -> tuple[str, bool]:
    """Marks of the other ink, and those that were turned upright, look otherwise."""
    return found.polarity, bool(found.tilt)


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
