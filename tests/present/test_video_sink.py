"""Annotated videos: every format plays back with the right frames."""

import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.capture.frame import Frame, Image
from livedigits.errors import OutputError
from livedigits.present import VIDEO_SUFFIXES, VideoSink, annotate
from livedigits.reading import Box, Digit, Line, Reading

GREEN = (115, 158, 0)

READING = Reading((Line("7", 0.99, Box(40, 40, 30, 50)),), (Digit("7", 0.99, Box(40, 40, 30, 50)),))


def picture(step: int, width: int = 160, height: int = 120) -> Image:
    """A grey that tells the step, with a white bar at the right and the lower border."""
    image = np.full((height, width, 3), 40 + 20 * step, np.uint8)
    image[:, -8:] = image[-8:] = 255
    return image


def play(path: Path) -> list[Image]:
    video = cv2.VideoCapture(str(path))
    frames = []
    while True:
        more, frame = video.read()
        if not more:
            return frames
        frames.append(frame.astype(np.uint8))


@pytest.mark.parametrize("suffix", [*VIDEO_SUFFIXES, ".MP4"])
def test_each_format_plays_back_what_was_written(
    suffix: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"größe{suffix}"
    with VideoSink(path, 20.0) as sink:
        for i in range(7):
            sink.write(Frame(picture(i), i, i / 20, "in.mp4"), READING)
    frames = play(path)
    assert len(frames) == 7
    for i, frame in enumerate(frames):
        assert frame.shape == (120, 160, 3)
        expected = annotate(picture(i), READING)
        assert np.abs(frame - expected.astype(int)).mean() < 8
        plates = (expected == GREEN).all(axis=2)
        assert np.abs(frame[plates].mean(axis=0) - GREEN).max() < 40
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == pytest.approx(20)
    assert capfd.readouterr().err == ""


def test_frames_go_in_as_they_are_where_no_overlay_is_wanted(tmp_path: Path) -> None:
    with VideoSink(tmp_path / "a.avi", None, annotated=False) as sink:
        sink.write(Frame(picture(3)), READING)
    assert np.abs(play(tmp_path / "a.avi")[0] - picture(3).astype(int)).mean() < 4


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
@pytest.mark.parametrize(("width", "height"), [(161, 121), (28, 28), (1, 1), (3, 40)])
def test_odd_and_tiny_sizes_lose_no_pixel(
    suffix: str, width: int, height: int, tmp_path: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    with VideoSink(path, 25) as sink:
        for i in range(3):
            sink.write(Frame(picture(i, width, height)), Reading())
    frames = play(path)
    assert len(frames) == 3
    h, w = frames[0].shape[:2]
    assert w >= width and h >= height and w % 2 == h % 2 == 0
    if min(width, height) > 100:
        assert frames[2][:, -4:].mean() > 230 and frames[2][-4:].mean() > 230


def test_frames_of_another_size_are_scaled_to_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    with VideoSink(path, 25, annotated=False) as sink:
        sink.write(Frame(picture(0)), Reading())
        sink.write(Frame(np.full((480, 160, 3), 200, np.uint8)), Reading())
    tall = play(path)[1]
    assert tall.shape == (120, 160, 3)
    assert abs(float(tall[:, 70:90].mean()) - 200) < 8  # the picture, scaled
    assert tall[:, :50].mean() < 8 and tall[:, -50:].mean() < 8  # between black bars


def test_a_video_plays_up_to_the_frame_where_an_error_struck(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with pytest.raises(KeyboardInterrupt), VideoSink(path, 25) as sink:
        for i in range(3):
            sink.write(Frame(picture(i)), READING)
        raise KeyboardInterrupt
    assert len(play(path)) == 3


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("a.xyz", r"end it in \.mp4.* or \.webm"),
        ("a", r"end it in \.mp4"),
        ("missing/a.mp4", "no such folder"),
        ("file/a.mp4", "is a file"),
        ("folder.mp4", "is a folder"),
    ],
)
def test_an_impossible_target_is_told_before_any_frame(
    target: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match=advice):
        VideoSink(tmp_path / target, 25)


def test_a_codec_that_is_refused_names_the_formats_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VideoSink.__init__.__globals__["_CODECS"], ".mp4", "????")
    with pytest.raises(OutputError, match=r"cannot encode \.mp4 video; try .*\.webm"):
        VideoSink(tmp_path / "a.mp4", 25)
    assert list(tmp_path.iterdir()) == []


def test_the_video_being_read_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    with VideoSink(path, 25) as sink:
        sink.write(Frame(picture(0)), READING)
    before = path.read_bytes()
    with VideoSink(path, 25) as sink, pytest.raises(OutputError, match="is the video being read"):
        sink.write(Frame(picture(0), source=str(path)), READING)
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is Unicode")
def test_a_name_that_opencv_cannot_take_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not valid UTF-8"):
        VideoSink(tmp_path / os.fsdecode(b"\xff.avi"), 25)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_about_to_fill_up_ends_the_video_while_it_can_be_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp4"
    usage = namedtuple("usage", ["total", "used", "free"])
    with pytest.raises(OutputError, match="only 3 MB"), VideoSink(path, 25) as sink:
        sink.write(Frame(picture(0)), READING)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(9_000_000, 5_200_000, 3_800_000))
        sink.write(Frame(picture(1)), READING)
    assert len(play(path)) == 1
