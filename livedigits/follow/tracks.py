"""Tracks: digits followed from frame to frame, each gathering evidence of what it is.

A digit on paper hardly moves, and all of a page's digits move together with the camera: a sighting
is matched to the nearest track after the page's common motion is taken off. A track's probabilities
are the weighted geometric mean of what was seen of it, recent frames counting more, so that one
wrong frame changes little and none blocks the right answer for good, and a still picture seen a
hundred times says no more than seen once.
"""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from livedigits.classify.sightings import Boxes, Flags, Floats, Rows, Sightings, apart
from livedigits.follow.motion import Motion
from livedigits.follow.pairing import Integers, Pairing, pair
from livedigits.reading import Box, Digit
from livedigits.settings import FollowSettings

_AFTER_HAND = 2.5
"""A digit is seen in nearly all frames again so many times later as a hand may be over it."""

_SUDDEN, _NOISE = 1.3, 3
"""A digit that from one frame to the next is so many times as long or wide touches something, and
one that is so much shorter or slimmer is in pieces; so many pixels are noise."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tracks:
    """Everything that is known of the digits that are followed, a row each.

    Attributes:
        numbers: that stay with each.
        boxes: `(n, 4)`, where each was last seen or is by the page's motion.
        evidence: `(n, 11)`, weighted sum of log probabilities.
        weights: of the evidence.
        probabilities: `(n, 11)`, what the evidence comes to.
        values: the digit that each is taken for.
        since: time from which on it has been taken for that.
        last_seen: time of the last sighting, or of the last frame in which a settled one was known
            to be there.
        presence: recent share of frames in which each was seen.
        hits: frames in which it was seen, or known to be there.
        firm: time of the last frame in which each had settled and was seen in nearly all.
    """

    numbers: Integers
    boxes: Boxes
    evidence: Floats
    weights: Floats
    probabilities: Floats
    values: Integers
    since: Floats
    last_seen: Floats
    presence: Floats
    hits: Integers
    firm: Floats

    @classmethod
    def start(cls, seen: Sightings, first: int, time: float) -> Self:
        """A track for each sighting, numbered from `first` on."""
        count = len(seen)
        return cls(
            numbers=np.arange(first, first + count),
            boxes=seen.boxes,
            evidence=_log(seen.probabilities),
            weights=np.ones(count),
            probabilities=seen.probabilities.astype(np.float64),
            values=seen.values.astype(np.int64),
            since=np.full(count, time),
            last_seen=np.full(count, time),
            presence=np.ones(count),
            hits=np.ones(count, np.int64),
            firm=np.full(count, -np.inf),
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Rows) -> Self:
        """Some of them."""
        return type(self)(*(getattr(self, name)[rows] for name in _COLUMNS))

    def joined(self, others: Self) -> Self:
        """These and the others."""
        columns = ((getattr(self, name), getattr(others, name)) for name in _COLUMNS)
        return type(self)(*(np.concatenate(column) for column in columns))


_COLUMNS = tuple(column.name for column in fields(_Tracks))


class Tracker:
    """Follows the digits of one stream.

    Example:
        >>> tracker = Tracker(threshold=0.5)
        >>> digits = tracker.update(sightings, time=0.0)   # for each frame
    """

    def __init__(self, threshold: float, settings: FollowSettings | None = None) -> None:
        """Starts with nothing in view; digits less probable than `threshold` are not reported."""
        self._threshold = threshold
        self._settings = settings or FollowSettings()
        nothing = Sightings.of([], np.zeros((0, 11), np.float32))
        self._tracks = _Tracks.start(nothing, 0, 0.0)
        self._last = np.zeros(0, np.int64)  # the track of each sighting of the frame before
        self._motion = Motion()
        self._born = 0
        self._frames = 0

    def update(
        self, sightings: Sightings, time: float, frame: Box | None = None
    ) -> tuple[Digit, ...]:
        """Takes in one frame.

        Args:
            sightings: what was seen in it.
            time: of the frame, in seconds.
            frame: its extent, beyond which a digit is out of view; None for no end.

        Returns:
            The digits in view by all the evidence so far, unordered.
        """
        self._frames += 1
        tracks = self._tracks
        pairing = self._pairing(sightings)
        self._motion = pairing.motion
        self._last = np.empty(len(sightings), np.int64)
        self._last[pairing.seen] = tracks.numbers[pairing.known]
        missed = np.ones(len(tracks), np.bool_)
        missed[pairing.known] = False
        new = np.ones(len(sightings), np.bool_)
        new[pairing.seen] = False
        current = self._followed(tracks[pairing.known], sightings[pairing.seen], time)
        if missed.any():
            current = current.joined(self._missed(tracks[missed], time, frame))
            current = current[np.argsort(current.numbers)]
        if new.any():
            started = _Tracks.start(sightings[new], self._born + 1, time)
            current = current.joined(started)
            self._last[new] = started.numbers
            self._born += len(started)
        self._tracks = current
        return self._report(time)

    def _pairing(self, sightings: Sightings) -> Pairing:
        """Which track each sighting is of."""
        tracks = self._tracks
        if sightings.again and len(sightings) == len(self._last):
            seen = np.argsort(self._last)
            known = np.searchsorted(tracks.numbers, self._last[seen])
            return Pairing.of(known, seen, tracks.boxes, sightings.boxes)
        return pair(
            tracks.boxes,
            sightings.boxes,
            differ=tracks.values[:, None] != sightings.values,
            motion=self._motion,
            reach=self._settings.reach,
        )

    @property
    def _decay(self) -> float:
        return 1 - 1 / self._settings.evidence_frames

    def _followed(self, tracks: _Tracks, seen: Sightings, time: float) -> _Tracks:
        """The tracks with what was seen of them, sighting by sighting, in this frame.

        What is only known to be there says nothing new, but what was reported goes on to be.
        """
        reported = tracks.hits >= min(self._settings.confirm_frames, self._frames - 1)
        decay, told = np.where(seen.fresh, self._decay, 1.0), seen.fresh.astype(np.float64)
        evidence = tracks.evidence * decay[:, None] + _log(seen.probabilities) * told[:, None]
        weights = tracks.weights * decay + told
        probabilities = np.exp(evidence / weights[:, None])
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        # The label stays while it is about as likely as another: no flicker between 1 and 7.
        best = probabilities[:, :10].argmax(axis=1)
        rows = np.arange(len(tracks))
        now = probabilities[rows, tracks.values]
        changed = probabilities[rows, best] > self._settings.label_margin * now
        since = np.where(changed, time, tracks.since)
        # Once settled, it is as good as seen where the page is as it was.
        there = seen.fresh | self._stood(tracks.since, tracks.last_seen)
        last_seen = np.where(there, time, tracks.last_seen)
        presence = tracks.presence * decay + (1 - decay)
        firm = self._stood(since, last_seen) & (presence >= self._settings.full_presence)
        return _Tracks(
            numbers=tracks.numbers,
            boxes=self._steadied(tracks, seen),
            evidence=evidence,
            weights=weights,
            probabilities=probabilities,
            values=np.where(changed, best, tracks.values),
            since=since,
            last_seen=last_seen,
            presence=presence,
            hits=tracks.hits + (seen.fresh | reported),
            firm=np.where(firm, time, np.where(changed, -np.inf, tracks.firm)),
        )

    def _steadied(self, tracks: _Tracks, seen: Sightings) -> Boxes:
        """Where the tracks are now; what changes their size of a sudden has to last."""
        was, now = tracks.boxes[:, 2:], seen.boxes[:, 2:]
        larger, smaller = now > _SUDDEN * was + _NOISE, was > _SUDDEN * now + _NOISE
        sudden = (larger | smaller).any(axis=1)
        if not sudden.any():
            return seen.boxes
        boxes, here = seen.boxes.copy(), self._motion.moved(tracks.boxes[sudden])
        boxes[sudden] = np.rint(here + (1 - self._decay) * (boxes[sudden] - here))
        return boxes

    def _missed(self, tracks: _Tracks, time: float, frame: Box | None) -> _Tracks:
        """The tracks that were not seen, moved on with the page; without those that are over."""
        boxes = np.rint(self._motion.moved(tracks.boxes)).astype(np.int64)
        if frame is not None:
            corner = np.maximum(boxes[:, :2], frame[:2])
            end = np.minimum(boxes[:, :2] + boxes[:, 2:], (frame.right, frame.bottom))
            boxes = np.concatenate((corner, end - corner), axis=1)
        tracks = replace(tracks, boxes=boxes, presence=tracks.presence * self._decay)
        remembered = time - tracks.last_seen <= self._settings.memory_s
        return tracks[remembered & (boxes[:, 2:].min(axis=1) > 0)]

    def _stood(self, since: Floats, last_seen: Floats) -> Flags:
        """Which have read alike for long enough; up to the last sighting: one alone is none for
        long, however rare frames are."""
        return np.asarray(last_seen - since >= self._settings.settle_s, np.bool_)

    def _report(self, time: float) -> tuple[Digit, ...]:
        settings, tracks = self._settings, self._tracks
        sure = tracks.probabilities[np.arange(len(tracks)), tracks.values]
        # What is a digit in some frames and nothing in others is the less likely one.
        there = sure * np.minimum(tracks.presence / settings.full_presence, 1)
        in_sight = tracks.presence >= settings.settle_presence
        settled = self._stood(tracks.since, tracks.last_seen) & in_sight
        confirmed = tracks.hits >= min(settings.confirm_frames, self._frames)
        lasting = tracks.last_seen - tracks.since >= settings.confirm_s
        confirmed |= (tracks.hits > 1) & lasting & in_sight
        known = (
            (confirmed | settled)
            & (tracks.presence >= settings.least_presence)
            & (there >= self._threshold)
        )
        # What was firm may be under a hand; back from there, it takes a while to be so again.
        remembered = time - tracks.last_seen <= settings.hand_s
        remembered &= time - tracks.firm <= _AFTER_HAND * settings.hand_s
        known |= remembered & (sure >= self._threshold)
        rows = np.flatnonzero(known)
        prominence = tracks.presence * tracks.probabilities[:, :10].max(axis=1, initial=0)
        rows = rows[np.argsort(-prominence[rows], kind="stable")]
        # A digit that touches another one for a while has its box; both stood before.
        before = tracks.since[rows, None] < tracks.firm[rows]
        rows = rows[apart(tracks.boxes[rows], two=before & before.T)]
        tracks, sure, settled = tracks[rows], sure[rows], settled[rows]
        return tuple(
            Digit(str(value), confidence, Box(*box), track=number, stable=stable)
            for value, confidence, box, number, stable in zip(
                tracks.values.tolist(),
                sure.tolist(),
                tracks.boxes.tolist(),
                tracks.numbers.tolist(),
                settled.tolist(),
                strict=True,
            )
        )


def _log(probabilities: npt.NDArray[np.float32]) -> Floats:
    """Log probabilities, `(n, 11)`."""
    # The floor keeps one overconfident frame from outweighing many others.
    return np.log(np.maximum(probabilities.astype(np.float64), 1e-4))
