"""How fast a recording is handed on, and what the controls make of its reader."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from livedigits.capture import open_source
from livedigits.capture.frame import Frame, Image
from livedigits.cli import playback as playback_module
from livedigits.cli.playback import Pace, Playback
from livedigits.present.controls import Controls, Jump
from livedigits.reader import Reader
from livedigits.reading import Box, Reading


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that only waiting moves on."""
    clock = SimpleNamespace(now=100.0)

    def sleep(seconds: float) -> None:
        clock.now += seconds

    monkeypatch.setattr(
        playback_module, "time", SimpleNamespace(perf_counter=lambda: clock.now, sleep=sleep)
    )
    return clock


def frame_at(seconds: float) -> Frame:
    return Frame(np.zeros((1, 1, 3), np.uint8), time=seconds)


@pytest.mark.parametrize(("speed", "lasts"), [(1, 4), (0.5, 8), (4, 1), (0, 0)])
def test_frames_are_handed_on_at_a_multiple_of_their_speed(
    clock: Any, speed: float, lasts: float
) -> None:
    pace = Pace(speed)
    for moment in (3.0, 3.5, 7.0):  # the first is due at once
        pace.wait_for(frame_at(moment))
    assert clock.now - 100 == pytest.approx(lasts, abs=0.01)


def test_after_a_restart_the_next_frame_is_due_at_once(clock: Any) -> None:
    pace = Pace(1)
    pace.wait_for(frame_at(0))
    pace.restart()
    pace.wait_for(frame_at(60))
    assert clock.now == 100
    pace.wait_for(frame_at(61))
    assert clock.now == pytest.approx(101, abs=0.01)


def test_a_wish_ends_the_wait(clock: Any) -> None:
    controls = Controls(seekable=True)
    pace = Pace(1, controls)
    pace.wait_for(frame_at(0))
    controls.jump = Jump(seconds=5)
    pace.wait_for(frame_at(60))
    assert clock.now == 100


class Wall:
    """A window that nobody touches; keeps what it is to say."""

    closed = False

    def __init__(self) -> None:
        self.said: list[str] = []

    def begin(self, **_: object) -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def fresh(reader: Reader) -> Reader:
    """A reader whose settings may be changed."""
    return Reader()


def test_the_reader_follows_the_controls(fresh: Reader, clip: Path, picture: Image) -> None:
    controls = Controls(fresh.threshold)
    frame = Frame(picture)
    with open_source(clip) as source:
        window: Any = Wall()
        playback = Playback(window, controls, Pace(0), fresh, source, Path(), 1)
        assert not playback.attend(frame, Reading())
        controls.threshold = 0.9
        controls.region = Box(0, 0, 640, 240)
        assert playback.attend(frame, Reading())
        assert fresh.threshold == 0.9
        assert fresh.read(picture).text == "1572"
        assert not playback.attend(frame, Reading())


@pytest.mark.parametrize(
    ("jump", "every", "expected"),
    [
        (Jump(seconds=0.5), 1, 20),
        (Jump(seconds=-0.25), 1, 5),
        (Jump(seconds=-60), 1, 0),
        (Jump(seconds=60), 1, 29),
        (Jump(frames=-1), 1, 9),
        (Jump(frames=-1), 4, 6),
    ],
)
def test_a_jump_leads_to_another_frame(
    reader: Reader, clip: Path, jump: Jump, every: int, expected: int
) -> None:
    controls = Controls(reader.threshold)
    with open_source(clip) as source:
        frames = iter(source)
        for _ in range(11):
            frame = next(frames)
        assert frame.index == 10
        window: Any = Wall()
        playback = Playback(window, controls, Pace(0), reader, source, Path(), every)
        controls.jump = jump
        assert playback.attend(frame, Reading())
        coming = [next(frames).index for _ in range(every)]
        assert coming[-1] == expected  # the others are left out
        assert controls.jump is None


def test_what_cannot_be_kept_is_told_and_the_stream_goes_on(
    reader: Reader, clip: Path, tmp_path: Path
) -> None:
    controls = Controls(reader.threshold)
    (tmp_path / "file").touch()
    with open_source(clip) as source:
        window: Any = Wall()
        playback = Playback(window, controls, Pace(0), reader, source, tmp_path / "file", 1)
        controls.snapshot = controls.recording = True
        assert not playback.attend(next(iter(source)), Reading())
    assert len(window.said) == 2
    assert all("cannot be written" in text for text in window.said)
    assert not controls.recording and not controls.snapshot
