"""Commands in a window, in a real X server, with real keys and a real mouse."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest
from screens import (
    PLATE,
    drag,
    needs_screen,
    painted,
    press,
    screenshot,
    until,
    virtual_screen,
    window_of,
)

from livedigits.capture import open_source

pytestmark = needs_screen

SURE = (0, 158, 115)
"""Colour of the boxes around sure digits, in RGB."""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def screen(tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Iterator[Path]:
    """A virtual screen, which commands use; where what is on it lies."""
    folder = tmp_path_factory.mktemp("screen")
    with virtual_screen(folder) as name:
        monkeypatch.setenv("DISPLAY", name)
        yield folder


class Shown:
    """A command that shows a stream and writes its records to a file."""

    def __init__(self, start: Start, folder: Path, screen: Path, *argv: object) -> None:
        self._log = folder / "log.jsonl"
        self._process = start(*argv, "--json", self._log, "--snapshots", folder / "kept")
        painted(window_of("^livedigits$"), screen)
        until(lambda: len(self.records()) > 0)

    def records(self) -> list[dict[str, Any]]:
        """All records so far."""
        text = self._log.read_text("utf-8") if self._log.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1:] == "\n"]

    def press(self, key: str) -> dict[str, Any]:
        """Presses a key that has another frame read, while paused; gives its record."""
        before = len(self.records())
        press(key)
        until(lambda: len(self.records()) > before)
        (record,) = self.records()[before:]
        return record

    def pause(self) -> dict[str, Any]:
        """Pauses; gives the record of the frame shown."""
        press("space")
        self.settle()
        return self.records()[-1]

    def settle(self) -> None:
        """Waits until no more records come."""
        last = -1
        while last < (last := len(self.records())):
            time.sleep(2)

    def quit(self) -> str:
        """Ends it by its key; gives what it said to the person."""
        press("q")
        _, err = self._process.communicate(timeout=60)
        assert self._process.returncode == 0
        return err.decode()


@pytest.fixture
def show(start: Start, screen: Path, tmp_path: Path) -> Iterator[Callable[..., Shown]]:
    """Starts a command in a window."""
    started: list[Shown] = []

    def show(*argv: object) -> Shown:
        started.append(Shown(start, tmp_path, screen, *argv))
        return started[-1]

    yield show
    for shown in started:
        shown._process.kill()
        shown._process.communicate()


@pytest.fixture
def replay(show: Callable[..., Shown], clip: Path) -> Shown:
    """A replay so slow that it lasts for as long as any test."""
    return show("replay", clip, "--speed", "0.02")


def texts(record: dict[str, Any]) -> list[str]:
    return [line["text"] for line in record["lines"]]


def tracks(record: dict[str, Any]) -> set[int]:
    return {digit["track"] for digit in record["digits"]}


def test_a_paused_replay_steps_and_seeks_and_follows_anew(replay: Shown) -> None:
    first = replay.pause()
    assert texts(first) == ["1572", "43890"]
    at = first["frame"]
    following = replay.press("Down")
    assert following["frame"] == at + 1
    assert tracks(following) == tracks(first)
    again = replay.press("Up")
    assert again["frame"] == at
    assert texts(again) == texts(first)
    assert not tracks(again) & tracks(following)  # no digit's number is given to another
    assert replay.press("period")["frame"] == at + 1
    end = replay.press("Right")
    assert (end["frame"], texts(end)) == (29, [])  # nothing is there, and nothing was carried over
    back = replay.press("Left")
    assert (back["frame"], back["time"], texts(back)) == (0, 0.0, ["1572", "43890"])
    said = replay.quit()
    assert "frames" in said


def test_every_view_shows_what_it_says(replay: Shown, screen: Path) -> None:
    record = replay.pause()
    # The surest is drawn as sure, in whatever frame the pause came.
    x, y, _, h = max(record["digits"], key=lambda digit: digit["confidence"])["box"]

    def share(color: tuple[int, int, int]) -> float:
        return float((screenshot(screen)[:480, :640] == color).all(axis=2).mean())

    def on_the_box(color: tuple[int, int, int]) -> bool:
        beside = screenshot(screen)[y + h // 3 : y + h // 2, x - 3 : x + 3]  # the box's left line
        return bool((beside == color).all(axis=2).any(axis=1).all())

    until(lambda: on_the_box(SURE))
    press("m")
    until(lambda: share((0, 0, 0)) + share((255, 255, 255)) > 0.99)
    assert 0.01 < share((255, 255, 255)) < 0.3
    press("m")
    until(lambda: share(PLATE) > 0.2)  # between the patches
    assert share((0, 0, 0)) > 0.05  # their ground
    press("m")
    until(lambda: on_the_box(SURE))
    line = screenshot(screen)[480:502, :640]
    assert (line == PLATE).all(axis=2).mean() > 0.5
    assert (line.max(axis=2) > 200).mean() > 0.01
    press("h")
    until(lambda: share(PLATE) > 0.1)
    replay.quit()


@pytest.mark.parametrize("how", ["plain", "mirrored"])
def test_a_region_drawn_with_the_mouse_is_all_that_is_read(
    show: Callable[..., Shown], clip: Path, how: str
) -> None:
    options = ["--mirror"] if how == "mirrored" else []
    replay = show("replay", clip, "--speed", "0.02", *options)
    record = replay.pause()
    one = next(digit for digit in record["digits"] if digit["value"] == "5")
    x, y, w, h = one["box"]
    left = 640 - x - w if options else x
    drag(left - 8, y - 8, left + w + 8, y + h + 8)
    assert texts(replay.press("Down")) == ["5"]
    press("c")
    assert texts(replay.press("Down")) == ["1572", "43890"]
    replay.quit()


def test_snapshots_hold_the_frame_its_overlay_and_its_reading(
    replay: Shown, clip: Path, tmp_path: Path
) -> None:
    record = replay.pause()
    name = f"clip_{record['frame']:06}"
    kept = tmp_path / "kept"
    press("s")
    until((kept / f"{name}.json").exists)
    press("s")
    until((kept / f"{name}_2.json").exists)
    assert len(list(kept.iterdir())) == 6
    assert json.loads((kept / f"{name}.json").read_text("utf-8")) == record
    with open_source(clip) as source:
        frame = list(source)[record["frame"]].image
    assert np.array_equal(cv2.imread(str(kept / f"{name}_raw.png")), frame)
    annotated = cv2.imread(str(kept / f"{name}.png"))
    assert (annotated == SURE[::-1]).all(axis=2).mean() > 0.01
    replay.quit()


def test_a_recording_is_kept_from_one_press_to_the_next(
    replay: Shown, tmp_path: Path, clip: Path
) -> None:
    replay.pause()
    press("r")
    recorded = [replay.press("Down"), replay.press("Down"), replay.press("Down")]
    press("r")
    replay.press("Down")
    replay.quit()
    (video,) = (tmp_path / "kept").glob("*.avi")
    with open_source(video) as source:
        frames = [frame.image for frame in source]
    assert len(frames) == 3
    with open_source(clip) as source:
        original = list(source)[recorded[0]["frame"]].image
    assert np.abs(frames[0].astype(int) - original).mean() < 2  # raw, but for compression
    lines = video.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["lines"] for line in lines] == [i["lines"] for i in recorded]


def test_a_window_and_a_saved_video_share_one_overlay(
    show: Callable[..., Shown], clip: Path, screen: Path, tmp_path: Path
) -> None:
    replay = show("replay", clip, "--speed", "0.02", "--save", tmp_path / "saved.avi")
    x, y, _, h = replay.pause()["digits"][0]["box"]
    until(lambda: bool((screenshot(screen)[y + h // 3, x - 3 : x + 3] == SURE).all(axis=1).any()))
    replay.quit()
    with open_source(tmp_path / "saved.avi") as source:
        image = next(iter(source)).image
    assert np.abs(image[y + h // 3, x - 3 : x + 3].astype(int) - SURE[::-1]).max(axis=1).min() < 80


def test_a_paused_camera_drops_frames_and_goes_on_with_the_newest(
    show: Callable[..., Shown], address: str
) -> None:
    camera = show("camera", address)
    before = camera.pause()
    count = len(camera.records())
    press("Left", "Down")  # a camera cannot go back, and has no next frame
    camera.settle()
    assert len(camera.records()) == count
    press("space")
    until(lambda: len(camera.records()) > count)
    after = camera.records()[count]
    assert after["frame"] > before["frame"] + 1
    assert not tracks(after) & tracks(before)
    said = camera.quit()
    assert " dropped" in said


def test_q_ends_a_camera_that_has_fallen_silent(
    show: Callable[..., Shown], address: str, unplugged: Event
) -> None:
    camera = show("camera", address)
    unplugged.set()
    camera.settle()
    camera.quit()


def test_while_a_camera_is_silent_the_frame_shown_can_be_kept_and_nothing_is_recorded(
    show: Callable[..., Shown], address: str, unplugged: Event, screen: Path, tmp_path: Path
) -> None:
    camera = show("camera", address)
    unplugged.set()
    camera.settle()
    shown = camera.records()[-1]
    kept = tmp_path / "kept"
    press("r")
    press("s")
    until(lambda: len(list(kept.glob("*.json"))) == 1)
    press("r")
    (record,) = kept.glob("*.json")
    assert json.loads(record.read_text("utf-8")) == shown
    camera.quit()
    assert {path.suffix for path in kept.iterdir()} == {".png", ".json"}


def press_until_ended(key: str, process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Presses a key over the window, time and again until the process has ended."""
    window_of("^livedigits$")
    while process.poll() is None:
        press(key)
        time.sleep(0.2)
    out, err = process.communicate()
    return process.returncode, out.decode(), err.decode()


def test_q_ends_a_replay_of_many_well(
    start: Start, screen: Path, clip: Path, tmp_path: Path
) -> None:
    # Each of many clips takes over a second, so it is the key that ends them.
    process = start("replay", *[clip] * 60, "--csv", tmp_path / "out.csv")
    status, _, err = press_until_ended("q", process)
    assert status == 0
    assert "no display" not in err
    assert (tmp_path / "out.csv").read_text().endswith("\n")


def test_read_shows_a_picture_until_a_key(start: Start, screen: Path, page: Path) -> None:
    process = start("read", page, "--show")
    assert press_until_ended("space", process) == (0, "1572\n43890\n", "")


def test_q_ends_showing_pictures(start: Start, screen: Path, page: Path) -> None:
    process = start("read", page, page, "--show")
    status, out, err = press_until_ended("q", process)
    assert (status, out) == (0, f"{page}: 1572\n{page}: 43890\n"), err
