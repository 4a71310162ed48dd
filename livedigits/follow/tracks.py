"""Tracks: digits followed from frame to frame, each gathering evidence of what it is.

A digit on paper hardly moves, and all of a page's digits move together with the camera: a sighting
is matched to the nearest track after the page's common motion is taken off. A track's probabilities
are the weighted geometric mean of what was seen of it, recent frames counting more, so that one
wrong frame changes little and none blocks the right answer for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livedigits.classify.sightings import Sighting, apart
from livedigits.reading import Box, Digit
from livedigits.settings import FollowSettings

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Track:
    number: int
    box: Box
    evidence: Floats  # (11,) weighted sum of log probabilities
    weight: float
    last_seen: float
    value: int
    probabilities: Floats  # (11,) what the evidence comes to
    presence: float = 1.0  # recent share of frames in which it was seen
    hits: int = 1


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
        self._tracks: list[_Track] = []
        self._motion = np.zeros(2)
        self._born = 0
        self._frames = 0

    def update(
        self, sightings: Sequence[Sighting], time: float, frame: Box | None = None
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
        pairs = self._match(sightings)
        decay = 1 - 1 / self._settings.evidence_frames
        for track in self._tracks:
            track.presence *= decay
        self._take_in(pairs, time, decay)
        seen = {id(sighting) for _, sighting in pairs}
        followed = {track.number for track, _ in pairs}
        for track in self._tracks:
            if track.number not in followed:
                track.box = _in_view(_moved(track.box, self._motion), frame)
        self._tracks = [
            i
            for i in self._tracks
            if time - i.last_seen <= self._settings.memory_s and min(i.box.w, i.box.h) > 0
        ] + [self._start(i, time) for i in sightings if id(i) not in seen]
        return self._report()

    def _match(self, sightings: Sequence[Sighting]) -> list[tuple[_Track, Sighting]]:
        if not self._tracks or not sightings:
            self._motion = np.zeros(2)
            return []
        known = np.array([track.box for track in self._tracks], float)
        seen = np.array([sighting.box for sighting in sightings], float)
        # A digit that reads otherwise than before is more likely its neighbour.
        values = np.array([track.value for track in self._tracks])
        other = values[:, None] != np.array([int(sighting.value) for sighting in sightings])
        # A page goes on as it moved, or stands still of a sudden, or starts to: try both.
        trials = [
            _paired(known, seen, other, motion, self._settings.reach)
            for motion in (self._motion, np.zeros(2))
        ]
        best = min(trials, key=lambda trial: trial.cost)
        self._motion = best.motion
        return [(self._tracks[i], sightings[j]) for i, j in best.pairs]

    def _take_in(self, pairs: Sequence[tuple[_Track, Sighting]], time: float, decay: float) -> None:
        if not pairs:
            return
        evidence = np.stack([track.evidence for track, _ in pairs]) * decay
        evidence += _log([sighting for _, sighting in pairs])
        weights = np.array([track.weight for track, _ in pairs]) * decay + 1
        probabilities = np.exp(evidence / weights[:, None])
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        likeliest = probabilities[:, :10].argmax(axis=1).tolist()
        for row, (track, sighting) in enumerate(pairs):
            track.evidence, track.probabilities = evidence[row], probabilities[row]
            track.weight = float(weights[row])
            track.presence += 1 - decay
            track.box, track.last_seen = sighting.box, time
            track.hits += 1
            # The label stays while it is about as likely as another: no flicker between 1 and 7.
            best, now = likeliest[row], track.probabilities[track.value]
            if track.probabilities[best] > self._settings.label_margin * now:
                track.value = best

    def _start(self, sighting: Sighting, time: float) -> _Track:
        self._born += 1
        return _Track(
            self._born,
            sighting.box,
            _log([sighting])[0],
            1.0,
            time,
            int(sighting.value),
            sighting.probabilities.astype(np.float64),
        )

    def _report(self) -> tuple[Digit, ...]:
        settings = self._settings
        enough = min(settings.confirm_frames, self._frames)
        ready = [
            (track, Sighting(track.box, track.probabilities.astype(np.float32)))
            for track in self._tracks
            if track.hits >= enough
            and track.presence >= settings.least_presence
            and track.probabilities[track.value] >= self._threshold
        ]
        ready.sort(key=lambda entry: -entry[0].presence * entry[1].confidence)
        kept = {id(sighting) for sighting in apart([sighting for _, sighting in ready])}
        return tuple(
            Digit(
                str(track.value),
                float(sighting.probabilities[track.value]),
                track.box,
                track=track.number,
            )
            for track, sighting in ready
            if id(sighting) in kept
        )


def _in_view(box: Box, frame: Box | None) -> Box:
    """The part of a box that lies in the frame; without width or height if there is none."""
    if frame is None:
        return box
    x, y = max(box.x, frame.x), max(box.y, frame.y)
    return Box(x, y, min(box.right, frame.right) - x, min(box.bottom, frame.bottom) - y)


def _log(sightings: Sequence[Sighting]) -> Floats:
    """Log probabilities, `(n, 11)`."""
    probabilities = np.stack([sighting.probabilities for sighting in sightings])
    # The floor keeps one overconfident frame from outweighing many others.
    return np.log(np.maximum(probabilities.astype(np.float64), 1e-4))


def _centers(boxes: Floats) -> Floats:
    return np.asarray(boxes[:, :2] + boxes[:, 2:] / 2)


def _moved(box: Box, motion: Floats) -> Box:
    return Box(box.x + round(motion[0]), box.y + round(motion[1]), box.w, box.h)


@dataclass(frozen=True, slots=True)
class _Pairing:
    """Tracks and sightings matched under one motion of the page; less cost is better."""

    pairs: list[tuple[int, int]]
    motion: Floats
    cost: float


def _paired(
    known: Floats, seen: Floats, other: npt.NDArray[np.bool_], motion: Floats, reach: float
) -> _Pairing:
    """Matches by a first guess of the page's motion, then by the motion that this shows."""
    pairs: list[tuple[int, int]] = []
    cost = 0.0
    for _ in range(2):
        distance = _distance(known, seen, motion, reach) + 0.5 * other
        pairs = _nearest(distance)
        # Every pair is worth more than the distance that it costs.
        cost = sum(distance[pair] + 0.5 * other[pair] - 2 for pair in pairs)
        if pairs:
            old, new = np.array(pairs).T
            motion = np.median(_centers(seen)[new] - _centers(known)[old], axis=0)
    return _Pairing(pairs, motion, cost)


def _distance(known: Floats, seen: Floats, motion: Floats, reach: float) -> Floats:
    """Distances in digit heights, `(tracks, sightings)`; infinite where it cannot be the same."""
    offset = _centers(seen)[None] - _centers(known)[:, None] - motion
    height = np.maximum(known[:, None, 3], seen[None, :, 3])
    distance = np.hypot(offset[..., 0], offset[..., 1]) / height
    alike = np.minimum(known[:, None, 3], seen[None, :, 3]) / height
    distance[(alike < 0.5) | (distance > reach)] = np.inf
    return np.asarray(distance)


def _nearest(distance: Floats) -> list[tuple[int, int]]:
    """Pairs of rows and columns, nearest first, each in one pair at most."""
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    matched: set[int] = set()
    for flat in np.argsort(distance, axis=None):
        i, j = divmod(int(flat), distance.shape[1])
        if not np.isfinite(distance[i, j]):
            break
        if i not in matched and j not in taken:
            pairs.append((i, j))
            matched.add(i)
            taken.add(j)
    return pairs
