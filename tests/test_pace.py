"""Pace: what is taken for known of the frame before."""

import numpy as np
import pytest

from livedigits.classify import Sightings
from livedigits.find import Found
from livedigits.inks import Read
from livedigits.pace import Pace
from livedigits.reading import Box, Digit
from livedigits.settings import FindSettings

BOX = Box(10, 10, 20, 30)
THRESHOLD = 0.6


def read(value: int, confidence: float) -> Read:
    """A frame in which one mark may be a digit."""
    probabilities = np.zeros((1, 11), np.float32)
    probabilities[0, [value, 10]] = confidence, 1 - confidence
    one = np.ones(1, np.bool_)
    seen = Sightings(
        np.array([BOX]), probabilities, np.full(1, 90.0), ~one, np.zeros(1, np.intp), one
    )
    return Read(Found("dark"), seen, [])


@pytest.mark.parametrize(
    ("confidence", "shown", "agrees"),
    [
        (0.95, "3", True),
        (0.62, "3", True),
        (0.58, "3", True),  # below the threshold for once
        (0.62, "", True),  # above it for once
        (0.95, "", False),  # new: it has to be seen again
        (0.95, "8", False),
        (0.30, "8", False),
    ],
)
def test_a_frame_is_known_if_it_shows_what_all_came_to(
    confidence: float, shown: str, agrees: bool
) -> None:
    """A digit near the threshold may be on either side of it: else it would never be known."""
    pace, known = Pace(FindSettings(polarity="dark"), THRESHOLD), Found("dark")
    pace.next()
    pace.saw(read(3, confidence), known, [Digit(value, 0.7, BOX) for value in shown])
    assert (pace.next().known is known) == agrees
