from math import nan
from pathlib import Path
from threading import Event, Timer

import cv2
import numpy as np
import pytest

from livedigits.capture.frame import Frame
from livedigits.errors import OutputError
from livedigits.present import LiveVideoSink, VideoSink
from livedigits.reading import Reading


def frame(index: int, time: float) -> Frame:
    return Frame(np.full((48, 64, 3), 10 * index, np.uint8), index, time)


def shades(path: Path) -> list[int]:
    """The index of each frame of a video, by its shade."""
    video, seen = cv2.VideoCapture(str(path)), []
    while True:
        more, image = video.read()
        if not more:
            return seen
        seen.append(round(image.mean() / 10))


class Gated(VideoSink):
    """Encodes only while the gate is open."""

    gate = Event()
    started = Event()

    def write(self, frame: Frame, reading: Reading) -> None:
        self.started.set()
        self.gate.wait()
        if frame.index == 9:
            raise OutputError("the disk is full")
        super().write(frame, reading)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr("livedigits.present.live_video.VideoSink", Gated)
    Gated.gate.clear()
    Gated.started.clear()
    return Gated.gate


def finish(sink: LiveVideoSink) -> None:
    """Waits for the frame that is being encoded."""
    assert sink._writing is not None
    sink._writing.result()


def written(sink: LiveVideoSink, frame: Frame) -> None:
    """Writes a frame and waits until it is in the file."""
    sink.write(frame, Reading())
    finish(sink)


def test_it_plays_as_fast_as_life(tmp_path: Path) -> None:
    path = tmp_path / "live.avi"
    with LiveVideoSink(path, 10) as sink:
        for index, moment in enumerate((5.0, 5.125, 5.15, 5.5, 5.55, 6.0, 66.0)):
            written(sink, frame(index, moment))
    one_second = [0, 1, 3, 3, 3, 3, 5, 5, 5, 5, 5]
    assert shades(path) == one_second + [6] * 13  # which is left of a minute without frames


@pytest.mark.parametrize(
    ("name", "fps", "own"),
    [
        ("a.mp4", 60, 30),
        ("a.mp4", 7, 7),
        ("a.webm", None, 12),
        ("a.mkv", -5, 30),
        ("a.mkv", nan, 30),
    ],
)
def test_its_rate_is_one_that_can_be_kept(
    tmp_path: Path, name: str, fps: float | None, own: float
) -> None:
    with LiveVideoSink(tmp_path / name, fps) as sink:
        written(sink, frame(0, 0))
    assert cv2.VideoCapture(str(tmp_path / name)).get(cv2.CAP_PROP_FPS) == own


def test_it_plays_as_fast_as_life_where_encoding_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VideoSink, "encoding_s", lambda *_: 0.35)
    path = tmp_path / "live.avi"
    with LiveVideoSink(path, 25) as sink:
        for index in range(13):  # every quarter of a second
            written(sink, frame(index, index / 4))
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == 2
    assert shades(path) == [0, 2, 4, 6, 8, 10, 12]


def test_how_long_encoding_takes_is_tried(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
    sink = VideoSink(tmp_path / "a.webm")
    plain, noisy = (sink.encoding_s(Frame(i, 0)) for i in (np.full_like(noise, 99), noise))
    assert 0 < plain < noisy
    assert list(tmp_path.iterdir()) == []


def test_a_slow_encoder_holds_up_nobody(tmp_path: Path, gate: Event) -> None:
    path = tmp_path / "live.avi"
    with LiveVideoSink(path, 10) as sink:
        for index in range(5):
            sink.write(frame(index, index / 10), Reading())
        gate.set()
        finish(sink)
        written(sink, frame(5, 0.5))
    assert shades(path) == [0, 5, 5, 5, 5, 5]


def test_its_end_waits_for_one_frame_at_most(tmp_path: Path, gate: Event) -> None:
    path = tmp_path / "live.avi"
    gate.set()
    sink = LiveVideoSink(path, 10)
    written(sink, frame(1, 0))
    gate.clear()
    sink.write(frame(2, 1), Reading())  # ten times
    opening = Timer(0.2, gate.set)
    opening.start()
    sink.close()
    opening.join()
    assert shades(path) == [1, 2]


def test_a_failure_is_told_with_the_next_frame_or_at_the_end(tmp_path: Path, gate: Event) -> None:
    gate.set()
    with pytest.raises(OutputError, match="full"), LiveVideoSink(tmp_path / "a.avi") as sink:
        sink.write(frame(9, 0), Reading())
    sink = LiveVideoSink(tmp_path / "b.avi")
    with pytest.raises(OutputError, match="full"):
        written(sink, frame(9, 0))
    with pytest.raises(OutputError, match="full"):
        sink.write(frame(1, 0.1), Reading())
