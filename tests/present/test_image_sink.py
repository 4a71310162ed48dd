"""Annotated pictures: written under good names, never over their own source."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.capture.frame import Frame, Image
from livedigits.errors import OutputError
from livedigits.present import ImageSink, annotate
from livedigits.reading import Box, Digit, Line, Reading

GREEN = (115, 158, 0)

READING = Reading((Line("7", 0.99, Box(40, 40, 30, 50)),), (Digit("7", 0.99, Box(40, 40, 30, 50)),))


@pytest.fixture
def image() -> Image:
    ramp = np.linspace(60, 200, 200, dtype=np.uint8)
    return np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (120, 200, 3)))


def load(path: Path) -> Image:
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".PNG"])
def test_one_picture_reads_back_with_its_overlay(suffix: str, image: Image, tmp_path: Path) -> None:
    path = tmp_path / f"größe{suffix}"
    with ImageSink(path) as sink:
        sink.write(Frame(image, source="in.jpg"), READING)
    written, expected = load(path), annotate(image, READING)
    assert np.abs(written - expected.astype(int)).mean() < 1
    plates = (expected == GREEN).all(axis=2)
    assert np.abs(written[plates].mean(axis=0) - GREEN).max() < 25


def test_a_folder_takes_each_picture_under_its_own_name(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    sources = [
        "x/a.jpg",
        "y/a.jpg",
        "z/A.JPG",
        "c:\\d\\b.tif",
        "-",
        "scan.pgm",
        "数字.png",
        "clip.mp4",
    ]
    with ImageSink(folder) as sink:
        for source in [*sources, "clip.mp4", "rtsp://host/live?x=1"]:
            sink.write(Frame(image, source=source), READING)
    assert {i.name for i in folder.iterdir()} == {
        "a.jpg", "a_2.jpg", "A_3.JPG", "b.tif", "stdin.png", "scan.png", "数字.png",
        "clip.png", "clip_2.png", "live_x=1.png",
    }  # fmt: skip
    assert all(load(i).shape == image.shape for i in folder.iterdir())


def test_the_source_itself_is_never_overwritten(image: Image, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    cv2.imwrite(str(source), image)
    for target in (source, tmp_path):
        with ImageSink(target) as sink, pytest.raises(OutputError, match="is the picture itself"):
            sink.write(Frame(image, source=str(source)), READING)
    np.testing.assert_array_equal(load(source), image)


def test_a_single_file_holds_one_picture(image: Image, tmp_path: Path) -> None:
    with ImageSink(tmp_path / "a.png") as sink:
        sink.write(Frame(image, source="x.png"), READING)
        with pytest.raises(OutputError, match="name a folder"):
            sink.write(Frame(image, source="y.png"), READING)


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("missing/a.png", "no such folder"),
        ("file/a.png", "is a file"),
        ("file/folder", "is a file"),
        ("file", "in the way"),
    ],
)
def test_an_impossible_target_is_told_before_any_work(
    target: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=advice):
        ImageSink(tmp_path / target)


def test_a_sink_that_is_never_used_leaves_nothing_behind(tmp_path: Path) -> None:
    with ImageSink(tmp_path / "a.png"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_a_format_cannot_hold_is_told(tmp_path: Path) -> None:
    wide = np.zeros((2, 70_000, 3), np.uint8)
    with ImageSink(tmp_path / "a.jpg") as sink, pytest.raises(OutputError, match=r"save as \.png"):
        sink.write(Frame(wide, source="wide.png"), Reading())
