"""Smooth curves through knots: cubic Hermite pieces with centripetal Catmull-Rom tangents.

Tangents after Catmull and Rom (1974) with the centripetal parametrisation of Yuksel, Schaefer and
Keyser, "Parameterization and applications of Catmull-Rom curves" (2011), which makes no loops and
cusps of its own.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAMPLES = 8
"""Points a piece, between one knot and the next."""

_T = np.arange(1, SAMPLES + 1) / SAMPLES
_BASIS = np.stack(
    [2 * _T**3 - 3 * _T**2 + 1, _T**3 - 2 * _T**2 + _T, 3 * _T**2 - 2 * _T**3, _T**3 - _T**2],
    axis=1,
)


def sample(knots: Floats, smooth: Floats, tension: float) -> Floats:
    """Points along the curve through knots.

    Pieces between the last knot of a stroke and the first of the next one come out too, for the
    caller to skip: that keeps all strokes of a character in one computation.

    Args:
        knots: (n, 2), n >= 2.
        smooth: (n,), 1 where the curve turns smoothly, 0 at corners and ends; values between
            round a corner off.
        tension: length of the tangents, 1 as Catmull-Rom has it; less is more angular.

    Returns:
        (n - 1, SAMPLES, 2), the points of each piece without its first knot, with its last.
    """
    chord = knots[1:] - knots[:-1]
    step = np.sqrt(np.hypot(chord[:, 0], chord[:, 1]) + 1e-9)[:, None]
    slope = chord / step
    through = np.zeros_like(knots)  # the tangent of a smooth passage
    through[1:-1] = (slope[:-1] * step[1:] + slope[1:] * step[:-1]) * (
        tension / (step[:-1] + step[1:])
    )
    soft = smooth[:, None]
    bent = slope * 1.5  # tangents of a free end, as a natural spline has them
    leave = bent - 0.5 * (slope + soft[1:] * (through[1:] - slope))
    arrive = bent - 0.5 * (slope + soft[:-1] * (through[:-1] - slope))
    pieces = np.empty((len(chord), 4, 2))
    pieces[:, 0] = knots[:-1]
    pieces[:, 1] = step * (leave + soft[:-1] * (through[:-1] - leave))
    pieces[:, 2] = knots[1:]
    pieces[:, 3] = step * (arrive + soft[1:] * (through[1:] - arrive))
    result: Floats = _BASIS @ pieces
    return result
