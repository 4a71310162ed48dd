"""Snapshots: one frame of a stream as it was, as it was read, and what was read."""

import json
import re
import time
from pathlib import Path

from livedigits.capture.frame import Frame
from livedigits.present.images import encode_image
from livedigits.present.overlay import annotate
from livedigits.present.sink import writing
from livedigits.reading import Reading


def save_snapshot(folder: Path, frame: Frame, reading: Reading, *, live: bool) -> Path:
    """Write a frame's annotated picture, and beside it the frame itself and its reading as JSON.

    The files are `NAME.png`, `NAME_raw.png` and `NAME.json`; none that exists is overwritten.

    Args:
        folder: for the files; made if need be.
        frame: as it came, in full size.
        reading: what was read in it.
        live: the name tells when it was taken, not where in a recording it is.

    Returns:
        The annotated picture's path.

    Raises:
        OutputError: they cannot be written.
    """
    path = free_path(folder, moment_name(frame, live=live), ".png", "_raw.png", ".json")
    record = reading.to_dict(source=frame.source, frame=frame.index, time=frame.time)
    contents = {
        ".png": encode_image(path, annotate(frame.image, reading)),
        "_raw.png": encode_image(path, frame.image),
        ".json": (json.dumps(record, ensure_ascii=False) + "\n").encode(),
    }
    for ending, content in contents.items():
        target = path.with_name(path.stem + ending)
        with writing(target), target.open("xb") as file:
            file.write(content)
    return path


def moment_name(frame: Frame, *, live: bool) -> str:
    """A file name for what is kept of a stream: date and time, or the recording and its frame."""
    if live:
        return f"livedigits_{time.strftime('%Y%m%d-%H%M%S')}"
    stem = Path(re.split(r"[/\\]", frame.source)[-1]).stem
    return f"{stem or 'livedigits'}_{frame.index:06}"


def free_path(folder: Path, name: str, *endings: str) -> Path:
    """A path of this name, numbered if need be, that leaves the names with all endings free.

    Args:
        folder: made if need be.
        name: of the file, without an ending.
        endings: of all files that are to be written; the first is the path's own.

    Raises:
        OutputError: the folder cannot be made.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    stem, number = name, 1
    while any((folder / f"{stem}{ending}").exists() for ending in endings):
        number += 1
        stem = f"{name}_{number}"
    return folder / f"{stem}{endings[0]}"
