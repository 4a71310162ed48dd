"""What a camera run keeps: events, recordings to replay; and the cameras that there are."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from livedigits.capture import Camera, CameraOptions
from livedigits.cli import camera
from livedigits.cli.options import settings_of
from livedigits.settings import CaptureSettings


def records_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def seen_in(records: list[dict[str, Any]]) -> list[Any]:
    """What was read in each frame, and when."""
    return [(i["frame"], i["time"], [line["text"] for line in i["lines"]]) for i in records]


def test_a_recording_is_read_again_as_it_was(run: Any, address: str, tmp_path: Path) -> None:
    video, again = tmp_path / "kept.mkv", tmp_path / "again.jsonl"
    outcome = run("camera", address, "--max-frames", "25", "--record", video, "-q")
    assert (outcome.status, outcome.err) == (0, "")
    outcome = run("replay", video, "--json", again, "-q")
    assert (outcome.status, outcome.err) == (0, "")
    kept = records_of(tmp_path / "kept.jsonl")
    assert len(kept) == 25
    assert seen_in(kept)[-1][2] == ["1572", "43890"]
    assert seen_in(records_of(again)) == seen_in(kept)


def test_digits_settle(run: Any, clip: Path) -> None:
    outcome = run("replay", clip, "--json", "-", "-q")
    readings = [json.loads(line)["digits"] for line in outcome.out.splitlines()]
    assert {digit["stable"] for digit in readings[2]} == {False}
    assert {digit["stable"] for digit in readings[15]} == {True}


def test_events_of_a_clip(run: Any, clip: Path, tmp_path: Path) -> None:
    config = tmp_path / "hasty.toml"  # the page is in view for one second of one and a half
    hasty = "[follow]\nmemory_s = 0.1\n[events]\nsettle_s = 0.3\ngone_s = 0.1\n"
    config.write_text(hasty, encoding="utf-8")
    pictures = tmp_path / "pictures"
    outcome = run(
        *("replay", clip, "--events", "-", "--event-snapshots", pictures, "--config", config, "-q")
    )
    events = [json.loads(line) for line in outcome.out.splitlines()]
    assert [(i["event"], i["text"], i["line"]) for i in events] == [
        ("appeared", "1572", 1),
        ("appeared", "43890", 2),
        ("gone", "1572", 1),
        ("gone", "43890", 2),
    ]
    assert all(Path(event["snapshot"]).parent == pictures for event in events)
    assert all(Path(event["snapshot"]).is_file() for event in events)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--json - --events -", "--json and --events would both go to standard output"),
        ("--event-snapshots pictures", "--event-snapshots goes with --events"),
        ("--record a.mkv --json a.jsonl", "--json and the readings of --record would both go"),
        ("--save a.mp4 --record ./a.mp4", "--save and --record would both go to a.mp4"),
        ("--save a.mp4 --csv a.mp4", "--csv and --save would both go to a.mp4"),
        ("--save a.xyz", "--save a.xyz: no video format goes with this name; end it in .mp4"),
        ("--record a", "--record a: no video format goes with this name; end it in .mp4"),
        ("--reconnect 0", "neither seconds, more than 0 and up to 3600, nor never"),
        ("--reconnect inf", "neither seconds, more than 0 and up to 3600, nor never"),
        ("--exposure bright", "neither a number nor auto"),
        ("--exposure nan", "neither a number nor auto"),
        ("--backend vfw", "invalid choice"),
    ],
)
def test_options_that_make_no_sense_are_refused(run: Any, options: str, complaint: str) -> None:
    outcome = run("camera", "/dev/video99", *options.split())  # which is not even looked for
    assert outcome.status == 2
    assert complaint in outcome.err


def test_what_a_stream_is_not_asked_for_is_told(run: Any, address: str) -> None:
    options = ["--max-frames", "1", "--no-show"]
    outcome = run("camera", address, "--size", "640x480", "--exposure", "auto", *options)
    assert outcome.status == 0
    assert outcome.complaints[0].startswith("livedigits: --size, --exposure: only a camera")
    outcome = run("camera", address, *options)
    assert "only a camera" not in outcome.err


def test_cameras_are_listed_with_what_they_give(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[CameraOptions] = []

    def find(options: CameraOptions) -> list[Camera]:
        asked.append(options)
        return [
            Camera(0, "V4L2", 1280, 720, 30.0, "HD Webcam"),
            Camera(2, "V4L2", 640, 480, None, ""),
        ]

    monkeypatch.setattr("livedigits.capture.find_cameras", find)
    outcome = run("camera", "--list", "--size", "1920x1080", "--backend", "v4l2")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "0  1280x720, 30 frames a second, V4L2  HD Webcam",
        "2  640x480, unknown frame rate, V4L2",
    ]
    assert asked == [CameraOptions(size=(1920, 1080), backend="v4l2")]


def test_where_there_is_no_camera_the_list_says_so(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livedigits.capture.devices._indices", lambda: [97])
    outcome = run("camera", "--list")
    assert (outcome.status, outcome.out) == (0, "")
    assert len(outcome.complaints) == 1
    assert "no camera opens here" in outcome.err


@pytest.mark.parametrize(("text", "seconds"), [("never", 0), ("2.5", 2.5)])
def test_the_pause_before_reconnecting_is_a_setting(text: str, seconds: float) -> None:
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    camera.add_parser(subparsers)
    settings = settings_of(parser.parse_args(["camera", "--reconnect", text]))
    assert settings.capture == CaptureSettings(reconnect_s=seconds)
