"""Context: how far a mark is believed to be a digit, by what stands around it.

A round stroke is a 0 among digits and an o among letters; the picture of the mark alone cannot
tell. What is around it can: each mark has a share of digits among its neighbours, near ones of its
size and pen counting most, and the share is its prior. The shares are not known either; they are
those under which the adjusted probabilities come to them, found by expectation maximisation
(Saerens, Latinne & Decaestecker, 2002, for one share; here for one a place).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_ROUNDS = 20
_HOPE = 6.0
_DOUBT = 0.2
_OWN = 1.5
POWER = 0.5
EVEN = np.full(10, 2e-4)
CAP = np.full(10, 1e-3)
EPS = np.array([3e-4, 1e-3, 3e-4, 3e-4, 3e-4, 3e-4, 3e-4, 3e-4, 3e-4, 3e-4])


def neighbours(boxes: npt.NDArray[np.int64], contrast: Floats) -> Floats:
    """How much each mark (a column) says of each (a row), `(n, n)`, 0 on the diagonal."""
    x, y, w, h = boxes.T.astype(np.float64)
    size = np.maximum(np.maximum(w, h), 1)
    centre_x, centre_y = x + w / 2, y + h / 2
    gap = np.maximum(np.abs(centre_x[:, None] - centre_x) - (w[:, None] + w) / 2, 0)
    off = np.abs(centre_y[:, None] - centre_y)
    distance = np.hypot(gap, 2 * off) / size[:, None]
    ratio = np.abs(np.log(size[:, None] / size))
    pen = contrast[None, :] >= 0.6 * contrast[:, None]
    weight = np.exp(-distance / 1.5 - ratio * ratio) * pen
    np.fill_diagonal(weight, 0)
    return weight


def in_context(boxes, contrast, probabilities, assumed: float, own=None, eps=None, hope=None):
    n = len(boxes)
    if not n:
        return probabilities
    own = _OWN if own is None else own
    eps = EPS if eps is None else eps
    p = probabilities.astype(np.float64)
    value = p[:, :10].argmax(axis=1)
    rubbish = np.clip(p[:, 10], 1e-9, 1 - 1e-9)
    ratio = (rubbish / (1 - rubbish) / EVEN[value]) ** POWER
    ratio = np.maximum(ratio, CAP[value])
    weight = neighbours(boxes, contrast)
    total = weight.sum(axis=1)
    digit = np.full(n, 0.9)
    for _ in range(_ROUNDS):
        before = digit
        page = (digit.sum() + _HOPE) / (n + _HOPE + _DOUBT)
        share = (own * page + weight @ digit) / (own + total)
        share = np.clip(share, 1e-6, 1 - 1e-6)
        digit = 1 / (1 + ratio * (1 - share) / share)
        if np.abs(digit - before).max() < 1e-6:
            break
    result = p.copy()
    result[:, :10] *= (digit / np.maximum(1 - p[:, 10], 1e-12))[:, None]
    result[:, 10] = 1 - digit
    return result.astype(np.float32)
