"""The readings beside a recorded video, which know when each of its frames was taken."""

import json
import math
from itertools import pairwise
from pathlib import Path

from livedigits.reading import SCHEMA


def readings_of(video: Path) -> Path:
    """Where the readings of a recording are: beside it, under its name."""
    return video.with_suffix(".jsonl")


def recorded_times(video: Path) -> tuple[float, ...] | None:
    """When each frame of a recording was taken, in seconds, by the readings beside it.

    A video file has an even rate, a live source has not, and digits are followed by the clock.

    Returns:
        A time a frame; None where there are no such readings, or where they are not one for each
        frame from the first on, in order.
    """
    times = []
    try:
        with readings_of(video).open(encoding="utf-8") as file:
            for index, line in enumerate(file):
                record = json.loads(line)
                if record["schema"] != SCHEMA or record["frame"] != index:
                    return None
                times.append(float(record["time"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    in_order = all(before < after for before, after in pairwise(times))
    return tuple(times) if times and in_order and math.isfinite(times[-1]) else None
