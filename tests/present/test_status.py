"""Figures of the line below the picture, and the line itself."""

import numpy as np
import pytest

from livedigits.capture.frame import Frame
from livedigits.present.controls import Controls
from livedigits.present.status import Meter, Notice, help_panel, status_line
from livedigits.reading import Box, Elapsed, Reading

IMAGE = np.zeros((1, 1, 3), np.uint8)
READING = Reading(elapsed=Elapsed(total=0.010))


def test_delay_counts_from_when_a_live_frame_arrived() -> None:
    meter = Meter(live=True)
    for index in range(21):  # 20 frames a second; each is taken up 30 ms late, but for the first
        arrived, late = index / 20, 0.03 if index else 0.0
        begun = 500 + arrived + late + 0.010
        meter.shown(Frame(IMAGE, index, arrived, dropped=7 + index), READING, begun, begun + 0.005)
    assert meter.fps == pytest.approx(20, abs=0.5)
    assert meter.delay_s == pytest.approx(0.045)
    assert meter.dropped == 20  # those before the first frame are no news


def test_delay_of_a_recording_is_what_reading_and_drawing_take_at_any_speed() -> None:
    meter = Meter(live=False)
    for index in range(21):
        begun = index / 20
        meter.shown(Frame(IMAGE, index, 10 * begun), READING, begun, begun + 0.005)
    assert meter.delay_s == pytest.approx(0.015)


def test_a_pause_counts_neither_as_delay_nor_as_a_slow_frame() -> None:
    meter = Meter(live=False)
    for index in range(40):
        begun = index / 20 + (100 if index >= 20 else 0)
        if index == 20:
            meter.rest()
        meter.shown(Frame(IMAGE, index, index / 20), READING, begun, begun)
    assert meter.fps == pytest.approx(20, abs=1)


def line(width: int, controls: Controls, notice: str = "", stalled: str = "") -> np.ndarray:
    return status_line(
        width,
        Meter(live=True),
        controls,
        engine="litert",
        position="",
        stalled=stalled,
        notice=notice,
    )


def test_what_is_switched_on_shows_in_the_line() -> None:
    lines = [
        line(900, controls).tobytes()
        for controls in (
            Controls(),
            Controls(paused=True),
            Controls(recording=True),
            Controls(threshold=0.65),
            Controls(region=Box(1, 2, 3, 4)),
        )
    ]
    assert len(set(lines)) == len(lines)
    assert line(900, Controls(), "saved größe.png").tobytes() not in lines


def test_a_stall_stands_beside_what_just_happened() -> None:
    stalls = [
        line(900, Controls(), notice, stalled).tobytes()
        for stalled in ("", "no frames for 2 s", "no frames for 3 s")
        for notice in ("", "saved a.png", "saved b.png")
    ]
    assert len(set(stalls)) == len(stalls)


@pytest.mark.parametrize("width", [1, 40, 160])
def test_a_narrow_line_leaves_things_out(width: int) -> None:
    assert line(width, Controls(paused=True), "a long notice " * 9).shape == (22, width, 3)


def test_a_narrow_line_keeps_the_figures_and_leaves_out_the_threshold() -> None:
    dropping, still = Meter(live=True), Meter(live=True)
    dropping.dropped = 7

    def shown(width: int, meter: Meter, threshold: float) -> bytes:
        controls = Controls(threshold)
        return status_line(
            width, meter, controls, engine="litert", position="", stalled="", notice=""
        ).tobytes()

    assert shown(200, still, 0.5) == shown(200, still, 0.6)
    assert shown(200, still, 0.5) != shown(200, dropping, 0.5)
    assert shown(500, still, 0.5) != shown(500, still, 0.6)


@pytest.mark.parametrize("size", [(500, 278), (640, 480), (320, 218)])
def test_the_help_finds_room(size: tuple[int, int]) -> None:
    height, width = help_panel(Controls(seekable=True), *size).shape[:2]
    assert width <= size[0] and height <= size[1]


def test_a_notice_stands_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10.0
    monkeypatch.setattr("livedigits.present.status.time.monotonic", lambda: now)
    notice = Notice()
    assert notice.text == ""
    notice.say("saved")
    assert notice.text == "saved"
    now = 15.0
    assert notice.text == ""
