"""Recordings: the video holds exactly the frames that were read, and each has its reading."""

import json
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from livedigits.capture import open_source
from livedigits.capture.frame import Frame
from livedigits.errors import OutputError
from livedigits.present import RecordingSink
from livedigits.reading import Box, Digit, Line, Reading

TIMES = (3.0, 3.04, 3.2, 3.25, 4.5, 4.6)
BOX = Box(1, 2, 3, 4)


def frame(number: int) -> tuple[Frame, Reading]:
    """A live frame, of a grey that tells its number; frames were dropped before it."""
    image = np.full((48, 64, 3), 30 * number, np.uint8)
    digit = Digit(str(number), 0.9, BOX, track=7, stable=True)
    reading = Reading((Line(str(number), 0.9, BOX),), (digit,), 64, 48)
    return Frame(image, 10 * number, TIMES[number], "camera 0", dropped=9 * number), reading


def records_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".webm", ".mp4"])
def test_a_recording_plays_back_frame_by_frame_with_its_own_times(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"kept{suffix}"
    with RecordingSink(path, 25) as sink:
        for number in range(len(TIMES)):
            sink.write(*frame(number))
    records = records_of(tmp_path / "kept.jsonl")
    with open_source(path) as source:
        frames = list(source)
    assert [i.index for i in frames] == [record["frame"] for record in records] == list(range(6))
    assert [i.time for i in frames] == [record["time"] for record in records] == list(TIMES)
    assert [round(i.image.mean() / 30) for i in frames] == list(range(6))
    assert [record["lines"][0]["text"] for record in records] == [str(i) for i in range(6)]
    assert {record["source"] for record in records} == {"camera 0"}
    assert records[0]["digits"][0]["stable"] is True


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        '{"schema": "other", "frame": 0, "time": 9}',
        '{"schema": "livedigits/1", "frame": 1, "time": 9}',  # of every second frame, say
        '{"schema": "livedigits/1", "frame": 0, "time": null}',
        "[]",
        "",
    ],
)
def test_readings_that_are_not_the_recordings_own_change_nothing(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "kept.mkv"
    with RecordingSink(path, 25) as sink:
        for number in range(len(TIMES)):
            sink.write(*frame(number))
    (tmp_path / "kept.jsonl").write_text(content, encoding="utf-8")
    with open_source(path) as source:
        assert [i.time for i in source] == pytest.approx([i / 25 for i in range(6)], abs=0.01)


def test_a_disk_that_fills_up_ends_it_with_every_frame_and_its_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    path = tmp_path / "kept.mkv"
    with pytest.raises(OutputError, match="left on the disk"), RecordingSink(path, 25) as sink:
        for number in range(len(TIMES)):
            if number == 4:
                monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 90, 10))
            sink.write(*frame(number))
    monkeypatch.undo()
    with open_source(path) as source:
        assert len(list(source)) == 4
    assert len(records_of(tmp_path / "kept.jsonl")) == 4


def test_a_recording_of_nothing_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.avi"
    RecordingSink(path, 25).close()
    assert list(tmp_path.iterdir()) == []
    usage = namedtuple("usage", "total used free")
    with RecordingSink(path, 25) as sink:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 90, 10))
        with pytest.raises(OutputError, match="only 0 MB are left"):
            sink.write(*frame(0))
    with pytest.raises(OutputError, match="only 0 MB are left"):
        RecordingSink(path, 25)
    assert list(tmp_path.iterdir()) == []
