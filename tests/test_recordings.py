"""The recordings that come with the project are read as their truth has it, frame by frame."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from livedigits.capture import open_source
from livedigits.reader import Reader
from livedigits.reading import Reading

FOLDER = Path(__file__).parent.parent / "recordings"
SETTLED_S = 0.5
"""After so much of a video its digits have to be known."""


def manifest() -> list[dict[str, Any]]:
    path = FOLDER / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def videos() -> list[dict[str, Any]]:
    return [entry for entry in manifest() if entry["fps"]]


def pictures() -> list[dict[str, Any]]:
    return [entry for entry in manifest() if not entry["fps"]]


def by_file(entry: dict[str, Any]) -> str:
    return str(entry["file"])


def test_there_are_videos_and_pictures_in_several_formats() -> None:
    files = [FOLDER / entry["file"] for entry in manifest()]
    assert all(file.is_file() for file in files)
    assert {".webm", ".avi", ".mp4", ".jpg"} <= {file.suffix for file in files}
    assert {entry["polarity"] for entry in manifest()} == {"dark-on-light", "light-on-dark"}


@dataclass(frozen=True, slots=True)
class Watched:
    """A video and what was read in it."""

    entry: dict[str, Any]
    times: tuple[float, ...]
    readings: tuple[Reading, ...]

    @property
    def settled(self) -> list[Reading]:
        """What was read once its digits have to be known."""
        seen = zip(self.times, self.readings, strict=True)
        return [reading for time, reading in seen if time >= SETTLED_S]


@pytest.fixture(scope="module", params=videos(), ids=by_file)
def watched(request: pytest.FixtureRequest, reader: Reader) -> Watched:
    """Each video in turn, watched to its end."""
    with open_source(FOLDER / request.param["file"]) as source:
        seen = [(frame.time, reading) for frame, reading in reader.stream(source)]
    times, readings = zip(*seen, strict=True)
    return Watched(request.param, times, readings)


def test_every_frame_of_a_video_is_read(watched: Watched) -> None:
    assert len(watched.readings) == watched.entry["frames"]
    assert len(watched.settled) > 10
    sizes = {(reading.width, reading.height) for reading in watched.readings}
    assert sizes == {tuple(watched.entry["size"])}


def test_every_frame_of_a_video_shows_its_lines_once_it_has_settled(watched: Watched) -> None:
    wanted = "\n".join(watched.entry["lines"])
    other = Counter(reading.text for reading in watched.settled if reading.text != wanted)
    assert not other, f"{other.total()} of {len(watched.settled)} frames: {other}"


def test_every_digit_of_a_video_keeps_its_number(watched: Watched) -> None:
    tracks = [{i.track: i.value for i in reading.digits} for reading in watched.settled]
    truth = "".join(watched.entry["lines"]).replace(" ", "")
    assert sorted(tracks[0].values()) == sorted(truth)
    assert all(now == tracks[0] for now in tracks)


@pytest.mark.parametrize("entry", pictures(), ids=by_file)
def test_a_picture_shows_its_lines(reader: Reader, entry: dict[str, Any]) -> None:
    with open_source(FOLDER / entry["file"]) as source:
        (reading,) = (reading for _, reading in reader.stream(source))
    assert [line.text for line in reading.lines] == entry["lines"]
    assert all(digit.track is None for digit in reading.digits)
