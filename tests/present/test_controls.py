"""Keys without a window: what each does, on every platform's codes."""

import pytest

from livedigits.present.controls import KEYS, Controls, Jump, View
from livedigits.reading import Box

LEFT = [0xFF51, 0x250000, 63234, 0x10FF51]  # X11, Windows, macOS, GTK with Num Lock


def test_no_two_keys_share_a_code() -> None:
    codes = [code for key in KEYS for code in key.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("key", ["q", "Q", "\x1b"])
def test_quitting(key: str) -> None:
    controls = Controls()
    controls.press(ord(key))
    assert controls.closed


@pytest.mark.parametrize("code", LEFT)
def test_an_arrow_key_seeks_and_adds_up(code: int) -> None:
    controls = Controls(seekable=True)
    controls.press(code)
    controls.press(code)
    assert controls.jump == Jump(seconds=-10)


def test_steps_pause() -> None:
    controls = Controls(seekable=True)
    controls.press(ord("."))
    assert (controls.jump, controls.paused) == (Jump(frames=1), True)


def test_a_live_stream_knows_no_seeking() -> None:
    controls = Controls()
    controls.press(LEFT[0])
    controls.press(ord(","))
    assert controls == Controls()
    assert not any(key.seeks for key in controls.usable_keys())


def test_keys_without_a_meaning_do_nothing() -> None:
    controls = Controls()
    for code in (ord("x"), 0xFFE1, 0x240000):  # Shift alone, Home on Windows
        controls.press(code)
    assert controls == Controls()


def test_the_threshold_goes_in_even_steps_and_stays_in_range() -> None:
    controls = Controls(threshold=0.58)
    controls.press(ord("+"))
    assert controls.threshold == 0.65
    for _ in range(30):
        controls.press(ord("-"))
    assert controls.threshold == 0.05


def test_toggles_come_back_and_views_come_round() -> None:
    region = Box(1, 2, 30, 40)
    controls = Controls(region=region)
    seen = []
    for _ in View:
        controls.press(ord("m"))
        seen.append(controls.view)
    assert seen == [View.INK, View.PATCHES, View.CAMERA]
    for key in "rrhh  ":
        controls.press(ord(key))
    assert controls == Controls(region=region)
    controls.press(ord("c"))
    assert controls.region is None
