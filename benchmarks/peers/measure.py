"""Measuring: a peer over labelled pictures, by livedigits' own rules."""

import os
import platform
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.peers.peer import Peer
from livedigits.capture import Frame, open_source
from livedigits.cli.console import Console
from livedigits.errors import DataError, LivedigitsError
from livedigits.learn.manifest import Photo, load_manifest
from livedigits.learn.photos import PhotoFigures, View, judge, summarise


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a peer came to.

    Attributes:
        name: of the peer.
        version: of it, with its name.
        figures: how well it reads.
        slow: seconds a picture, the 95th percentile; None where none could be read.
    """

    name: str
    version: str
    figures: PhotoFigures
    slow: float | None


def find_pictures(folders: Iterable[Path], console: Console) -> tuple[list[Photo], bool]:
    """The pictures of labelled folders; the peers read no recordings.

    Returns:
        Those that can be decoded, and whether none was left out because it cannot.

    Raises:
        DataError: a folder has no manifest, or none has a picture.
    """
    photos = [photo for folder in folders for photo in load_manifest(folder)]
    pictures, whole, recordings = [], True, 0
    for photo in console.progress(photos, len(photos), "pictures looked at"):
        try:
            with open_source(photo.path) as source:
                if source.kind == "image":
                    pictures += [photo for _ in source]
                else:
                    recordings += 1
        except LivedigitsError as error:
            console.error(error)
            whole = False
    if recordings:
        console.note(f"left out {recordings} recordings: pictures alone are compared")
    if not pictures:
        raise DataError("there is no picture to compare with")
    return pictures, whole


def decoded(photo: Photo) -> Frame:
    """A picture as livedigits' own capture decodes it: the same pixels for every peer."""
    with open_source(photo.path) as source:
        return next(iter(source))


def measure(peer: Peer, pictures: Sequence[Photo], console: Console) -> Outcome:
    """Has a peer read all pictures; one at which it fails counts as if it read nothing there.

    Only reading is timed, and the first picture is read once before that.
    """
    with suppress(Exception):  # it is told when that picture's turn comes
        peer.read(decoded(pictures[0]).image)  # memory is laid out, functions are compiled
    scores = []
    for photo in console.progress(pictures, len(pictures), f"pictures, {peer.name}"):
        frame = decoded(photo)
        started = perf_counter()
        try:
            reading = peer.read(frame.image)
        except Exception as error:  # engines raise what they like
            console.error(f"{peer.name} fails at {photo.path}: {error}")
            scores.append(judge(photo, None))
        else:
            view = View(frame, reading, perf_counter() - started)
            scores.append(judge(photo, view))
    seconds = [i.seconds for i in scores if i.seconds is not None]
    slow = float(np.percentile(seconds, 95)) if seconds else None
    return Outcome(peer.name, peer.version, summarise(scores), slow)


def cores() -> int:
    """That this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_model() -> str:
    """Name of the processor, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
