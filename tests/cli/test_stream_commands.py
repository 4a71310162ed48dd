"""`livedigits replay` and `livedigits camera`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import livedigits
from livedigits.capture import open_source
from livedigits.capture.frame import Frame
from livedigits.cli.console import Console
from livedigits.cli.text import StreamText, clock
from livedigits.reading import Box, Line, Reading

STANDS = "00:00:00.0  1572 | 43890\n"


def frames_in(video: Path) -> int:
    with open_source(video) as source:
        return sum(1 for _ in source)


def test_replay_without_a_display_says_so_and_prints_what_stands(run: Any, clip: Path) -> None:
    outcome = run("replay", clip)
    assert (outcome.status, outcome.out) == (0, STANDS)
    assert "no display" in outcome.complaints[0]
    assert "30 frames" in outcome.complaints[1]
    assert len(outcome.complaints) == 2


def test_replay_can_be_quiet(run: Any, clip: Path) -> None:
    outcome = run("replay", "-q", clip)
    assert (outcome.status, outcome.out, outcome.err) == (0, STANDS, "")


def test_a_pattern_that_no_shell_has_expanded_names_all_that_match(run: Any, clip: Path) -> None:
    for name in ("take2.avi", "take10.avi"):
        clip.with_name(name).write_bytes(clip.read_bytes())
    outcome = run("replay", clip.with_name("take*.avi"), "--no-show", "--max-frames", "5")
    assert outcome.status == 0
    assert "10 frames" in outcome.err
    assert outcome.out.index("take2.avi") < outcome.out.index("take10.avi")
    assert "no file matches" in run("replay", clip.with_name("none*.avi")).err


def test_replay_says_so_where_there_is_no_digit(run: Any, clip: Path) -> None:
    outcome = run("replay", clip, "--no-show", "--polarity", "light")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.complaints[-1].endswith("no digits found")


def test_a_window_that_was_asked_for_and_cannot_be_is_an_error(run: Any, clip: Path) -> None:
    outcome = run("replay", clip, "--show")
    assert (outcome.status, outcome.out) == (1, "")
    assert len(outcome.complaints) == 1
    assert "--no-show" in outcome.err


def test_replay_gives_a_json_object_a_frame_with_steady_tracks(run: Any, clip: Path) -> None:
    outcome = run("replay", clip, "--json", "-", "--no-show", "--max-frames", "15")
    records = [json.loads(line) for line in outcome.out.splitlines()]
    assert [record["frame"] for record in records] == list(range(15))
    assert [record["time"] for record in records] == pytest.approx(np.arange(15) / 20, abs=1e-3)
    tracks = [{digit["track"] for digit in record["digits"]} for record in records[5:]]
    assert len(tracks[0]) == 9 and None not in tracks[0]
    assert all(i == tracks[0] for i in tracks)


def test_every_nth_frame_is_read(run: Any, clip: Path) -> None:
    outcome = run("replay", clip, "--json", "-", "--every", "10")
    assert [json.loads(line)["frame"] for line in outcome.out.splitlines()] == [0, 10, 20]


def test_a_saved_video_plays_as_long_as_the_original(run: Any, clip: Path, tmp_path: Path) -> None:
    whole, thinned = tmp_path / "whole.mp4", tmp_path / "thinned.mp4"
    run("replay", clip, "--save", whole)
    run("replay", clip, "--save", thinned, "--every", "2")
    with open_source(whole) as source:
        assert source.fps == pytest.approx(20)
        frames = list(source)
    assert len(frames) == 30
    with open_source(clip) as source:
        original = next(iter(source)).image
    assert np.abs(frames[5].image.astype(int) - original).max() > 100  # annotated
    with open_source(thinned) as source:
        assert source.fps == pytest.approx(10)
    assert frames_in(thinned) == 15


def test_several_videos_get_a_file_each_and_broken_ones_a_line(
    run: Any, clip: Path, page: Path, tmp_path: Path
) -> None:
    other = tmp_path / "deeper" / clip.name
    other.parent.mkdir()
    other.write_bytes(clip.read_bytes())
    folder = tmp_path / "saved"
    outcome = run("replay", "-q", clip, page, "missing.mp4", other, "--save", folder)
    assert outcome.status == 1
    assert outcome.out == f"{clip}: {STANDS}{other}: {STANDS}"
    assert outcome.complaints == [
        f"livedigits: {page} is a picture; use livedigits read",
        "livedigits: missing.mp4 does not exist",
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["clip.avi", "clip_2.avi"]
    assert {frames_in(path) for path in folder.iterdir()} == {30}


def test_several_videos_do_not_go_into_one_file(run: Any, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "one.mp4"
    outcome = run("replay", "-q", clip, clip, "--save", target)
    assert outcome.status == 2
    assert len(outcome.complaints) == 1
    assert "folder" in outcome.err
    assert not target.exists()


def test_a_video_is_never_written_onto_itself(run: Any, clip: Path) -> None:
    before = clip.read_bytes()
    outcome = run("replay", "-q", clip, "--save", clip)
    assert outcome.status == 2
    assert len(outcome.complaints) == 1
    assert clip.read_bytes() == before


def test_a_video_yet_to_be_read_is_never_overwritten(run: Any, clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "deeper" / clip.name
    other.parent.mkdir()
    other.write_bytes(clip.read_bytes())
    outcome = run("replay", "-q", clip, other, "--save", other.parent)
    assert outcome.status == 1
    assert outcome.complaints[0].startswith(f"livedigits: {other}: is a video being read")
    assert other.read_bytes() == clip.read_bytes()


def test_a_video_cut_off_is_read_as_far_as_it_goes(run: Any, clip: Path) -> None:
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) * 2 // 3])
    outcome = run("replay", "-q", clip)
    assert (outcome.status, outcome.out) == (1, STANDS)
    assert len(outcome.complaints) == 1
    assert "cut off" in outcome.err


def test_a_video_damaged_at_its_end_is_read_up_to_there(
    run: Any, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cv2.VideoCapture

    class Damaged:
        def __init__(self) -> None:
            self._capture = real()
            self._decoded = 0

        def retrieve(self) -> tuple[bool, object]:
            self._decoded += 1
            return self._capture.retrieve() if self._decoded <= 20 else (False, None)

        def __getattr__(self, name: str) -> object:
            return getattr(self._capture, name)

    monkeypatch.setattr(cv2, "VideoCapture", Damaged)
    outcome = run("replay", "-q", clip)
    assert (outcome.status, outcome.out) == (1, STANDS)
    assert outcome.complaints == [
        f"livedigits: {clip} is damaged: 20 of about 30 frames could be read"
    ]


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal that nobody sits at")
def test_without_a_window_a_terminal_is_told_how_much_time_is_left(
    clip: Path, tmp_path: Path
) -> None:
    import termios

    argv = ["replay", clip, "--speed", "0.5", "--csv", tmp_path / "out.csv"]
    terminal, standard_error = os.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    with subprocess.Popen(
        [sys.executable, "-m", "livedigits", *map(str, argv)],
        stdout=subprocess.DEVNULL,
        stderr=standard_error,
        env={**os.environ, "PYTHONPATH": str(Path(livedigits.__file__).parent.parent)},
    ) as process:
        os.close(standard_error)
        said = b""
        with suppress(OSError):  # how a terminal ends on Linux
            while piece := os.read(terminal, 1 << 16):
                said += piece
        os.close(terminal)
    assert process.returncode == 0
    assert re.search(rb"\d+/30 \[\d\d:\d\d<\d\d:\d\d", said)


@pytest.mark.parametrize("speed", ["-1", "nan", "inf", "fast"])
def test_a_speed_that_is_none_is_told(run: Any, clip: Path, speed: str) -> None:
    outcome = run("replay", clip, f"--speed={speed}")
    assert outcome.status == 2
    assert f"{speed!r} is no factor" in outcome.err


@pytest.mark.parametrize(("command", "advice"), [("replay", "read"), ("camera", "read")])
def test_a_picture_is_sent_to_read(run: Any, page: Path, command: str, advice: str) -> None:
    outcome = run(command, page)
    assert outcome.status == 1
    assert outcome.complaints == [f"livedigits: {page} is a picture; use livedigits {advice}"]
    outcome = run(command, page.parent)
    assert outcome.status == 1
    assert outcome.complaints == [
        f"livedigits: {page.parent} is a folder of pictures; use livedigits {advice}"
    ]


def test_a_video_is_not_a_camera(run: Any, clip: Path) -> None:
    outcome = run("camera", clip)
    assert outcome.status == 1
    assert outcome.complaints == [f"livedigits: {clip} is a video; use livedigits replay"]


def test_camera_reads_live_and_stops_after_so_many_frames(run: Any, address: str) -> None:
    outcome = run("camera", address, "--max-frames", "8", "--json", "-")
    records = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.status == 0
    assert len(records) == 8
    assert [line["text"] for line in records[-1]["lines"]] == ["1572", "43890"]
    assert "no display" in outcome.err


ENDS = pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
"""How a run ends by a signal."""


@ENDS
def test_signals_end_a_live_run_with_whole_files(
    start: Callable[..., subprocess.Popen[bytes]],
    address: str,
    tmp_path: Path,
    number: int,
    status: int,
) -> None:
    log, video = tmp_path / "log.jsonl", tmp_path / "video.mp4"
    process = start("camera", address, "--json", log, "--save", video)
    deadline = time.monotonic() + 60
    while not log.exists() or log.read_bytes().count(b"\n") < 20:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == status
    assert out.decode().endswith("1572 | 43890\n")
    assert b"Traceback" not in err
    content = log.read_text(encoding="utf-8")
    assert f" {len(content.splitlines())} frames, " in err.decode()
    assert content.endswith("}\n")
    assert all(json.loads(line)["schema"] == "livedigits/1" for line in content.splitlines())
    assert frames_in(video) > 5


def wait_until_stalled(process: subprocess.Popen[bytes], table: Path) -> None:
    """Waits until the pipe that nobody reads is full, and no more rows come."""
    before, size = -1, 0
    while size == 0 or size > before:
        assert process.poll() is None
        time.sleep(1)
        before, size = size, table.stat().st_size if table.exists() else 0


@pytest.mark.skipif(sys.platform == "win32", reason="nothing interrupts a write there")
@ENDS
def test_a_reader_that_has_stopped_reading_holds_up_no_end(
    start: Callable[..., subprocess.Popen[bytes]],
    address: str,
    tmp_path: Path,
    number: int,
    status: int,
) -> None:
    table, video = tmp_path / "table.csv", tmp_path / "kept.avi"
    process = start("camera", address, "--json", "-", "--csv", table, "--record", video)
    wait_until_stalled(process, table)
    process.send_signal(number)
    try:
        process.wait(30)  # half a second, on a machine with nothing else to do
    finally:
        process.kill()
        _, err = process.communicate()
    assert process.returncode == status
    assert b"Traceback" not in err
    readings = video.with_suffix(".jsonl").read_text(encoding="utf-8")
    assert readings.count("\n") == frames_in(video) > 20
    assert table.read_text().count("43890") == frames_in(video)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_that_ends_the_reader_as_well_is_told_as_such(
    start: Callable[..., subprocess.Popen[bytes]], address: str, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    process = start("camera", address, "--json", "-", "--csv", table)
    wait_until_stalled(process, table)
    assert process.stdout is not None
    process.send_signal(signal.SIGINT)
    process.stdout.close()
    assert process.wait(30) == 130


def test_a_camera_that_is_not_there_is_told_in_one_line(run: Any) -> None:
    outcome = run("camera", "/dev/video99")
    assert (outcome.status, outcome.out) == (1, "")
    assert len(outcome.complaints) == 1


def reading(text: str) -> Reading:
    box = Box(0, 0, 10, 10)
    return Reading(tuple(Line(line, 1.0, box) for line in text.split("/") if line))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("aaaaaaaaaa", ["00:00:00.0  a"]),
        ("bbaaaaaaaa", ["00:00:00.2  a"]),
        ("aaaaaaabaaaaaaa", ["00:00:00.0  a"]),  # a flicker is not worth telling
        ("aaaaaaabbbbbbbb", ["00:00:00.0  a", "00:00:00.7  b"]),
        ("aaaaaaa.......aaaaaaa", ["00:00:00.0  a", "00:00:01.4  a"]),
        (".......aa", ["00:00:00.7  a"]),  # all that was to be had
        ("..........", []),
    ],
)
def test_text_is_told_once_it_stands(run: Any, capsys: Any, texts: str, expected: Any) -> None:
    with StreamText(Console(), several=False) as sink:
        for index, text in enumerate(texts):
            sink.write(
                Frame(np.zeros((1, 1, 3), np.uint8), index, index / 10, "s"),
                reading(text.strip(".")),
            )
    assert capsys.readouterr().out.splitlines() == expected


def test_clock() -> None:
    assert clock(0) == "00:00:00.0"
    assert clock(59.96) == "00:01:00.0"
    assert clock(3 * 3600 + 25 * 60 + 45.67) == "03:25:45.7"


def test_progress_is_silent_where_nobody_watches(capsys: Any) -> None:
    assert list(Console().progress("abc", 3, "letters")) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""
