"""Look: what is read in one frame, of one ink or both, as it lies or turned upright.

Nothing here knows of other frames, but for what it is told of them.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.classify import Fate, Sightings
from livedigits.classify.sightings import Boxes, middles
from livedigits.errors import SettingsError, SourceError
from livedigits.find import Found, Search, search
from livedigits.follow import text_direction
from livedigits.inks import FEWEST, Judged, Read, best_of, halo_of, most_of, standing_in
from livedigits.reading import Box
from livedigits.settings import Polarity, Settings

ASKEW = math.radians(8)
"""Tilt of the text from which on its digits are turned upright before they are classified; the
model bears 10 degrees without loss."""

HOPED = 2.0
"""A thorough look for the other ink is worth its time where it promises so many times what was read
of the first one, as where nothing was, ..."""

GLIMPSED = 0.5
"""... or where a quick look shows a mark on bare ground that is so surely a digit."""

Judge = Callable[[Found, float, list[Fate] | None, npt.NDArray[np.float64] | None], Sightings]
"""The digits among all that was found, as `Recall.sightings` tells them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a frame is looked at.

    Attributes:
        polarity: of the ink that is looked for.
        thorough: see `find`.
        tilt: by which all is turned upright at once, in radians; None looks how it lies.
        known: what the frame before held, if that may hold on.
        explain: whether to tell what becomes of everything.
    """

    polarity: Polarity
    thorough: bool = True
    tilt: float | None = None
    known: Found | None = None
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What was read in one frame, and when each step was done (`time.perf_counter`)."""

    read: Read
    started: float
    found_at: float
    classified: float

    def after(self, first: "Look") -> "Look":
        """This look with the times of another one before it counted in."""
        found = first.found_at - first.started
        earlier = first.classified - first.started
        return replace(
            self, started=self.started - earlier, found_at=self.found_at - earlier + found
        )


def look_at(
    image: Image, roi: Box | None, plan: Plan, settings: Settings, threshold: float, judge: Judge
) -> Look:
    """Finds and classifies; what lies askew is turned upright and classified again.

    Args:
        image: a frame.
        roi: the part of it that is read; None for all of it.
        plan: how it is looked at.
        settings: the tunables.
        threshold: least probability of a digit.
        judge: tells the digits among all that is found.

    Raises:
        SettingsError: the region does not lie within the frame.
        SourceError: the image is none, or of another form.
    """
    _check(image)
    started = time.perf_counter()
    region = roi or Box(0, 0, image.shape[1], image.shape[0])
    searches = search(
        _cut(image, region),
        replace(settings.find, polarity=plan.polarity),
        explain=plan.explain,
        known=plan.known,
        change=settings.classify.recall_change,
    )
    eye = _Eye(plan, threshold, judge)
    eye.finding = time.perf_counter() - started
    read = eye.look(searches)
    told = read.found.moved is not None
    steepest = math.radians(settings.follow.max_tilt)
    askew = _tilt(read.sightings, steepest) if plan.tilt is None and not told else 0.0
    if abs(askew) > ASKEW:
        read = max(read, eye.look_askew(askew), key=lambda i: i.weight)
    read = replace(read, sightings=placed(read.sightings, region))
    return Look(read, started, started + eye.finding, time.perf_counter())


class _Eye:
    """Looks at one frame.

    Attributes:
        finding: seconds that finding has taken.
    """

    def __init__(self, plan: Plan, threshold: float, judge: Judge) -> None:
        """See `look_at`."""
        self.finding = 0.0
        self._plan = plan
        self._threshold = threshold
        self._judge = judge
        self._founds: list[Found] = []

    def look(self, searches: Sequence[Search]) -> Read:
        """Looks at each ink; thoroughly at the second one only where that may be worth it."""
        plan = self._plan
        if len(searches) == 1 or not plan.thorough or plan.explain:
            self._founds = [self._found(one, plan.thorough) for one in searches]
            return self._read(self._founds)
        started = time.perf_counter()
        promises = [one.promise for one in searches]
        self.finding += time.perf_counter() - started
        first = int(np.argmax(promises))
        other = 1 - first
        founds = [self._found(one, i == first) for i, one in enumerate(searches)]
        best = self._judged(founds[first], founds[other], 0.0)
        second = Judged.nothing_of(founds[other])
        hoped = promises[other] >= HOPED * best.weight
        if hoped or self._glimpses(searches[other], founds[other], best.found):
            founds[other] = self._found(searches[other], True)
            second = self._judged(founds[other], best.found, best.weight)
        self._founds = founds
        return best_of([best, second] if first == 0 else [second, best])

    def _glimpses(self, one: Search, found: Found, other: Found) -> bool:
        """Whether a quick look shows what may be digits, and no holes and gaps of the other ink."""
        passed = one.passed_over(found)
        passed = passed.only(standing_in(passed))
        contrast = np.array([mark.contrast for mark in passed.candidates])
        if (contrast > halo_of(passed, other)).any():
            return True
        rows = standing_in(found)
        if not len(rows):
            return False
        judged = self._judged(found.only(rows), other, 0.0)
        return bool((judged.seen.confidence >= GLIMPSED).any())

    def look_askew(self, tilt: float) -> Read:
        """Looks at the same once more, turned upright."""
        return self._read([replace(found, tilt=tilt) for found in self._founds])

    def _found(self, one: Search, thorough: bool) -> Found:
        started = time.perf_counter()
        found = one.found(thorough)
        self.finding += time.perf_counter() - started
        return replace(found, tilt=self._plan.tilt) if self._plan.tilt else found

    def _read(self, founds: Sequence[Found]) -> Read:
        judged: dict[int, Judged] = {}
        most = [most_of(found) for found in founds]
        for i in sorted(range(len(founds)), key=lambda i: -most[i]):
            beside = max((one.weight for one in judged.values()), default=0.0)
            judged[i] = self._judged(founds[i], founds[-1 - i], beside)
        return best_of([judged[i] for i in range(len(founds))])

    def _judged(self, found: Found, other: Found, beside: float) -> Judged:
        """The digits of one ink.

        Args:
            found: what there is of it.
            other: what there is of the other ink, or the same.
            beside: what speaks for that one.
        """
        # Where the other one has won already, and nothing can be read beside it, all is told.
        beaten = 0 < beside >= most_of(found) and len(standing_in(found)) < FEWEST
        if beaten and not self._plan.explain:
            return Judged.nothing_of(found)
        fates: list[Fate] = []
        halo = None if other is found else halo_of(found, other)
        seen = self._judge(found, self._threshold, fates if self._plan.explain else None, halo)
        return Judged.of(found, seen, fates)


def _tilt(seen: Sightings, steepest: float) -> float:
    """Direction of the text, in radians, clockwise positive."""
    return text_direction(middles(seen.boxes), seen.boxes[:, 3].astype(np.float64), steepest)


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
            f"the region {region.x},{region.y},{region.w},{region.h} does not lie within the "
            f"frame, which is {width} wide and {height} high"
        )
    return image[region.y : region.bottom, region.x : region.right]


def placed(seen: Sightings, region: Box) -> Sightings:
    """Sightings where they are in the frame."""
    return replace(seen, boxes=within(seen.boxes, region))


def within(boxes: Boxes, region: Box) -> Boxes:
    """Boxes of a region where they are in the frame; those from a lower resolution may reach over
    its border."""
    last = np.array((region.right, region.bottom))
    corner = np.minimum(boxes[:, :2] + region[:2], last - 1)
    end = np.minimum(corner + boxes[:, 2:], last)
    return np.concatenate((corner, end - corner), axis=1)
