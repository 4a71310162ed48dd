"""Inks: which of the two inks of a frame is read, and what of the other one beside it.

Paper within boxes and holes looks like light ink, and a bright rim like digits; what stands on bare
ground of its own does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.classify import Fate, Sightings, apart
from livedigits.find import Found
from livedigits.inspection import Verdict

SURE, FEWEST = 0.8, 2
"""Beside digits of one ink, those of the other are read where so many are so sure ..."""

OPEN, DEEP = 0.75, 0.3
"""... and stand on ground that is so bare of their ink, and so far from it, in their contrasts:
holes and gaps do not."""

HALO = 0.4
"""Ink so much fainter than the other one in the same place is its halo: sharpening and JPEG draw
light edges along dark strokes."""


@dataclass(frozen=True, slots=True)
class Read:
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

    def with_other(self, other: "Judged") -> "Read":
        """With the digits of the other ink that stand on a bare ground of their own, if some are
        sure."""
        found, seen = other.found, other.seen
        own, bare = self.sightings, _ground(found, seen) >= OPEN
        if np.count_nonzero(bare & (seen.confidence >= SURE)) < FEWEST:
            return self
        rows = np.flatnonzero(bare)
        rows = rows[_is_deep(found, seen[rows])]
        both = own.joined(seen[rows])
        # The hole of a 0 in the one ink is a 0 in the other.
        deep = np.append(_is_deep(self.found, own), np.ones(len(rows), np.bool_))
        order = np.lexsort((-both.confidence, ~deep))
        stay = np.empty(len(both), np.bool_)
        stay[order] = apart(both.boxes[order])
        rows = rows[stay[len(own) :]]
        if np.count_nonzero(seen.confidence[rows] >= SURE) < FEWEST:
            return self
        kept = np.isin(np.arange(len(seen)), rows)
        read = [(found, fate) for fate in other.fates if fate.verdict is Verdict.READ]
        told = [*_kept(self.fates, stay[: len(own)]), *_kept(read, kept)]
        return Read(self.found, both[stay], told, True)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was found of one ink, the digits in it, and what speaks for them."""

    found: Found
    seen: Sightings
    fates: Sequence[Fate]
    weight: float

    @classmethod
    def of(cls, found: Found, seen: Sightings, fates: Sequence[Fate]) -> Self:
        """What was found, weighed."""
        return cls(found, seen, fates, _weight(found, seen))

    @classmethod
    def nothing_of(cls, found: Found) -> Self:
        """Where nothing is to be read."""
        return cls(found, Sightings.of([], np.zeros((0, 11), np.float32)), [], 0.0)


def halo_of(found: Found, other: Found) -> npt.NDArray[np.float64]:
    """Contrast up to which candidates are but a halo of the other ink, `(len(candidates),)`."""
    # The paper between bold rules looks like strong light ink, and has no halo.
    freed = np.array([candidate.freed for candidate in found.candidates], np.bool_)
    return np.where(freed, 0.0, HALO * other.strongest_at(found.boxes))


def best_of(inks: Sequence[Judged]) -> Read:
    """Of two inks, the one with more and surer digits, and that fits the ground; and what is
    sure of the other one."""
    best = max(inks, key=lambda one: one.weight)
    read = Read(best.found, best.seen, [(best.found, fate) for fate in best.fates])
    for one in inks:
        if one is not best:
            read = read.with_other(one)
    return read


def _weight(found: Found, seen: Sightings) -> float:
    """What speaks for ink of one polarity: large, strong and sure digits on bare ground.

    Paper within boxes and rings looks like light digits, but not the whole page is dark.
    """
    if found.bare is None or not len(seen):
        return 0.0
    ground = _ground(found, seen)
    return found.plausible * float(seen.prominence @ np.maximum(2 * ground - 1, 0))


def most_of(found: Found) -> float:
    """The most that its weight can come to: if all that was found were sure digits."""
    if found.bare is None:  # of one ink alone, in most frames of a stream
        return 0.0
    sure = np.ones((len(found.candidates), 11), np.float32)
    return _weight(found, Sightings.of(found.candidates, sure))


def standing_in(found: Found) -> npt.NDArray[np.intp]:
    """Which candidates stand on a bare ground of their own."""
    if found.bare is None:
        return np.zeros(0, np.intp)
    rows = np.flatnonzero(found.bare >= OPEN)
    return rows[found.depth(rows.tolist()) >= DEEP]


def _is_deep(found: Found, seen: Sightings) -> npt.NDArray[np.bool_]:
    """Which sightings are ink, and not the ground within the other ink."""
    return np.asarray(found.depth(seen.candidates.tolist()) >= DEEP, np.bool_)


def _kept(
    fates: Sequence[tuple[Found, Fate]], stay: npt.NDArray[np.bool_]
) -> list[tuple[Found, Fate]]:
    """What became of candidates, where only some of those that had been read stay."""
    told = []
    for found, fate in fates:
        if fate.verdict is Verdict.READ:
            gone = Fate(Verdict.OVERLAPPED, fate.candidates[~stay], fate.probabilities[~stay])
            fate = Fate(fate.verdict, fate.candidates[stay], fate.probabilities[stay])
            told.append((found, gone))
        told.append((found, fate))
    return told


def _ground(found: Found, seen: Sightings) -> npt.NDArray[np.float64]:
    """How much of the ground around each sighting is bare, in [0, 1], where that is told."""
    assert found.bare is not None
    return found.bare[seen.candidates]
