"""Motion: where a page goes and how much it grows, whatever a few of its digits do."""

import numpy as np
import pytest

from livedigits.follow.motion import Motion

HEIGHT = 40.0
RNG = np.random.default_rng(3)
PAGE = RNG.uniform((0, 0), (1200, 600), (20, 2))


@pytest.mark.parametrize(("scale", "shift"), [(1.0, (7, -4)), (1.15, (-80, -40)), (0.9, (60, 3))])
def test_growth_and_shift_are_told_in_spite_of_noise_and_wrong_pairs(
    scale: float, shift: tuple[float, float]
) -> None:
    now = scale * PAGE + shift + RNG.normal(0, 1, PAGE.shape)
    now[:4] += RNG.uniform(-150, 150, (4, 2))
    motion = Motion.growing(PAGE, now, HEIGHT)
    assert motion.scale == pytest.approx(scale, abs=0.01)
    far = motion.moved(np.array([[1100, 550, 26, 40]]))[0]
    assert far[:2] == pytest.approx(scale * np.array((1100, 550)) + shift, abs=4)
    assert far[2:] == pytest.approx((26 * scale, 40 * scale), abs=0.5)


@pytest.mark.parametrize("points", [PAGE[:1], PAGE[:3], PAGE[:1] + RNG.uniform(-20, 20, (9, 2))])
def test_few_or_close_digits_tell_no_growth(points: np.ndarray) -> None:
    """A pixel of noise would be much beside what lies between them."""
    motion = Motion.growing(points, 1.1 * points, HEIGHT)
    assert motion.scale == 1
    assert motion.shift == pytest.approx(np.median(0.1 * points, axis=0), abs=12)


def test_boxes_tell_how_much_a_page_grows_whichever_is_which() -> None:
    before = np.rint(np.column_stack((PAGE, np.full((20, 2), (26, 40))))).astype(np.int64)
    motion = Motion(1.2, np.array((-100.0, -60.0)))
    now = np.rint(motion.moved(before)).astype(np.int64)[::-1]
    told = Motion.of_boxes(before, now)
    assert told.scale == pytest.approx(1.2, abs=0.01)
    assert told.moved(before) == pytest.approx(motion.moved(before), abs=3)


def test_what_stands_still_has_no_motion() -> None:
    assert Motion().is_none
    assert Motion.growing(PAGE, PAGE, HEIGHT).is_none
    assert not Motion.between(PAGE, PAGE + 1).is_none
