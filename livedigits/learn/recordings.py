"""The recordings that come with the project: short clips and a picture, with their truth.

    python -m livedigits.learn.recordings recordings/

writes all of them anew, with the same pictures every time, and manifest.json beside them. No camera
has seen these pages: they are `scenes`, each rendered once, larger than the frame, and then looked
at by a camera that a hand holds, so that a digit is the very same in every frame.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from livedigits.capture.frame import Image
from livedigits.errors import OutputError
from livedigits.learn.handwriting import STYLES, Writer, new_writer
from livedigits.learn.scenes.camera import Homography, Pose, Shot, expose, warp
from livedigits.learn.scenes.layout import Area
from livedigits.learn.scenes.page import Page, compose_page
from livedigits.learn.scenes.pens import PenKind, draw_pen
from livedigits.learn.scenes.scene import seen_box
from livedigits.learn.scenes.surfaces import Surface
from livedigits.learn.scenes.texture import Size

_DETAIL = 1.5
"""Pixels of the page for one of the frame, where the camera stands as it should."""

_BEYOND = 1.35
"""Size of the page against what the frame shows of it: room for the camera to move."""

_SHUTTER = 0.25
"""Share of the time from one frame to the next during which the shutter is open."""

UPRIGHT = Pose()

TREMBLE = Pose(x=1.4, y=1.1, zoom=0.0008, roll=0.06, pitch=0.04, yaw=0.05)
"""How far a hand that means to keep still lets the camera wander to either side: about a pixel."""

WEBCAM = Shot(defocus=0.5, noise=1.0, vignette=0.2, jpeg=45)
"""A webcam by daylight, which sends each frame as a JPEG, as most do."""

EUROPEAN = {"1": "upstroke", "5": "two strokes", "7": "crossed"}
AMERICAN = {"1": "plain", "7": "plain", "4": "closed"}
ROUND = {"0": "closed", "1": "upstroke", "5": "one stroke", "7": "crossed"}
TECHNICAL = {"0": "slashed", "1": "flag and base", "7": "crossed"}


@dataclass(frozen=True, slots=True)
class Recording:
    """One clip, or a picture, before it is made.

    Attributes:
        file: its name; the ending chooses the format.
        lines: what is written, one space between separate numbers.
        surface: what it is written on.
        pen: what it is written with.
        styles: how each writer, row by row in turn, writes some of the digits, by name.
        seed: of all that is left to chance.
        pose: where the camera stands, in the middle of its movement.
        sway: how far it moves to either side of that.
        tempo: how fast, in swings a second.
        shot: what lens and sensor do.
        digit_height: in pixels of the frame.
        difficulty: "easy", "medium" or "hard".
        note: what there is to see.
        fps: frames a second; None for a picture.
        frames: how many.
        size: of a frame, in pixels.
        edges: room between the sheet's edges and the frame's, as a share of its height, where the
            edges of the sheet are in view.
    """

    file: str
    lines: tuple[str, ...]
    surface: Surface
    pen: PenKind
    styles: tuple[Mapping[str, str], ...]
    seed: int
    note: str
    pose: Pose = UPRIGHT
    sway: Pose = TREMBLE
    tempo: float = 1.1
    shot: Shot = WEBCAM
    digit_height: float = 76.0
    difficulty: str = "easy"
    fps: float | None = 15.0
    frames: int = 36
    size: Size = (1280, 720)
    edges: float | None = None


RECORDINGS = (
    Recording(
        file="paper.webm",
        lines=("0522 18597", "17 04 2026", "30176 41", "0171 7149"),
        surface="paper",
        pen="ballpoint",
        styles=(EUROPEAN,),
        seed=11,
        note="telephone numbers and a date, hand-held; crossed 7, 1 with an upstroke",
        pose=Pose(roll=-1.5, pitch=5, yaw=-4),
    ),
    Recording(
        file="ruled.webm",
        lines=("21 18 9", "15 21 24", "36 39 33", "7 11 25", "43 50 58"),
        surface="ruled",
        pen="pencil",
        styles=(AMERICAN, EUROPEAN),
        seed=12,
        note="a score sheet in pencil by two people, on a writing pad, hand-held",
        pose=Pose(roll=1.2, pitch=-4, yaw=3),
        digit_height=62.0,
        difficulty="medium",
    ),
    Recording(
        file="board.webm",
        lines=("3 14159265", "2 71828", "1 41421 06", "6 02214"),
        surface="board",
        pen="chalk",
        styles=(AMERICAN,),
        seed=25,
        note="chalk on a school board, light on dark, hand-held",
        pose=Pose(roll=0.8, pitch=-5, yaw=6),
        difficulty="medium",
    ),
    Recording(
        file="moving.webm",
        lines=("48 1207 335", "9061 72 58", "2694 10 873"),
        surface="kraft",
        pen="felt",
        styles=(TECHNICAL,),
        seed=14,
        note="the camera pans, zooms and tilts; slashed 0; every line stays in view",
        pose=Pose(zoom=0.88),
        sway=Pose(x=95, y=60, zoom=0.1, roll=6, pitch=9, yaw=11),
        tempo=0.32,
        difficulty="hard",
        fps=15.0,
        frames=45,
    ),
    Recording(
        file="squared.avi",
        lines=("10 4082 6", "20 4117 35", "30 4159 42", "40 4203 44"),
        surface="squared",
        pen="ballpoint",
        styles=(EUROPEAN,),
        seed=15,
        note="readings of a meter on squared paper, hand-held; Motion JPEG",
        pose=Pose(roll=-2, pitch=6, yaw=2),
        frames=30,
        difficulty="medium",
    ),
    Recording(
        file="whiteboard.mp4",
        lines=("08 30", "09 45 112", "13 15 206", "16 40 37"),
        surface="whiteboard",
        pen="board marker",
        styles=(AMERICAN,),
        seed=25,
        note="times and rooms on a whiteboard with reflections, hand-held; MPEG-4",
        pose=Pose(roll=1, pitch=-3, yaw=-7),
        frames=36,
        difficulty="medium",
    ),
    Recording(
        file="page.jpg",
        lines=("0157 2983 64", "21 11 2026", "48 50 1730", "9 365 07"),
        surface="ruled",
        pen="felt",
        styles=(ROUND,),
        seed=33,
        note="a sheet on a table, as a phone takes it",
        pose=Pose(x=-20, zoom=0.97, roll=-2, pitch=7, yaw=-3),
        sway=Pose(zoom=0.0),
        shot=Shot(defocus=0.6, noise=2.2, vignette=0.25, sharpening=0.4),
        digit_height=112.0,
        size=(1600, 1200),
        fps=None,
        frames=1,
        edges=0.045,
    ),
)


def make_recordings(folder: Path) -> None:
    """Writes every recording and manifest.json into a folder, which is made if need be.

    Raises:
        OutputError: a file cannot be written, or this build of OpenCV has no encoder for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for recording in RECORDINGS:
        _write(folder / recording.file, recording)
    manifest = [truth(recording) for recording in RECORDINGS]
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def truth(recording: Recording) -> dict[str, Any]:
    """A recording's entry in the manifest."""
    writing = {"ballpoint": "pen", "felt": "pen", "board marker": "marker"}
    return {
        "file": recording.file,
        "lines": list(recording.lines),
        "surface": recording.surface,
        "writing": writing.get(recording.pen, recording.pen),
        "polarity": "light-on-dark" if recording.surface == "board" else "dark-on-light",
        "layout": "lines",
        "difficulty": recording.difficulty,
        "size": list(recording.size),
        "fps": recording.fps,
        "frames": recording.frames,
        "note": recording.note,
    }


def render_frames(recording: Recording) -> list[Image]:
    """Every frame of a recording, before it is encoded.

    Raises:
        ValueError: a digit leaves the view, so that the truth would not hold.
    """
    rng = np.random.default_rng(recording.seed)
    page, page_size = _render_page(rng, recording)
    phases = rng.uniform(0, 2 * np.pi, (2, len(fields(Pose))))
    step = 1 / (recording.fps or 1.0)
    images = []
    for index in range(recording.frames):
        view = _pose(recording, index * step, phases).homography(page_size, recording.size)
        after = _pose(recording, (index + _SHUTTER) * step, phases)
        _check_in_view(recording, page, view)
        motion = _drift(view, after.homography(page_size, recording.size), recording.size)
        shot = replace(recording.shot, motion=motion)
        images.append(expose(rng, warp(page.image, view, recording.size), shot))
    return images


def _render_page(rng: np.random.Generator, recording: Recording) -> tuple[Page, Size]:
    """The page that a recording shows, and its size in pixels."""
    width, height = (_DETAIL * side for side in recording.size)
    size = (round(width * _BEYOND), round(height * _BEYOND))
    frame = Area((size[0] - width) / 2, (size[1] - height) / 2, width, height)
    sheet = None if recording.edges is None else frame.within(recording.edges * height)
    return (
        compose_page(
            rng,
            surface=recording.surface,
            size=size,
            area=frame.within(0.1 * height),
            lines=recording.lines,
            digit_height=recording.digit_height * _DETAIL,
            writers=[_careful_writer(rng, styles) for styles in recording.styles],
            pen=draw_pen(rng, recording.pen),
            sheet=sheet,
        ),
        size,
    )


def _careful_writer(rng: np.random.Generator, styles: Mapping[str, str]) -> Writer:
    """Someone who writes so that nobody can take one digit for another."""
    named = {
        character: [style.name for style in STYLES[character]].index(name)
        for character, name in styles.items()
    }
    writer = new_writer(rng, styles=named)
    return replace(writer, looseness=0.6, size_spread=0.03, baseline_spread=0.02, tremor=0.0)


def _pose(recording: Recording, time: float, phases: np.ndarray[Any, Any]) -> Pose:
    """Where the camera is at a time: each of its freedoms swings by itself, in two sines."""
    swing = 2 * np.pi * recording.tempo * time
    values = {}
    for freedom, slow, quick in zip(fields(Pose), *phases, strict=True):
        wave = 0.75 * np.sin(swing + slow) + 0.25 * np.sin(2.3 * swing + quick)
        reach = getattr(recording.sway, freedom.name)
        values[freedom.name] = float(getattr(recording.pose, freedom.name) + reach * wave)
    values["zoom"] /= _DETAIL
    return Pose(**values)


def _drift(view: Homography, after: Homography, size: Size) -> tuple[float, float]:
    """How far the middle of the frame moves from one view to a later one, in pixels."""
    middle = np.array((size[0] / 2, size[1] / 2))
    there = after @ np.linalg.inv(view) @ np.array((*middle, 1.0))
    x, y = there[:2] / there[2] - middle
    return float(x), float(y)


def _check_in_view(recording: Recording, page: Page, view: Homography) -> None:
    """All of a recording's truth is in each of its frames."""
    width, height = recording.size
    for digit in page.digits:
        box = seen_box(digit, view)
        if box.x < 6 or box.y < 6 or box.right > width - 6 or box.bottom > height - 6:
            raise ValueError(f"{recording.file}: {digit.value} leaves the view at {box}")


def _write(path: Path, recording: Recording) -> None:
    """Encodes a recording in the format that its file's ending names."""
    images = render_frames(recording)
    if recording.fps is None:
        if not cv2.imwrite(str(path), images[0], (cv2.IMWRITE_JPEG_QUALITY, 90)):
            raise OutputError(f"{path}: cannot be written; is the folder writable?")
        return
    code = cv2.VideoWriter.fourcc(*{".webm": "VP90", ".avi": "MJPG", ".mp4": "mp4v"}[path.suffix])
    video = cv2.VideoWriter(str(path), code, recording.fps, recording.size)
    if not video.isOpened():
        raise OutputError(f"{path}: cannot be written; OpenCV may be built without this encoder")
    for image in images:
        video.write(image)
    video.release()


def main() -> None:
    """Makes all recordings, in the folder that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m livedigits.learn.recordings",
        description="Makes the recordings that come with the project, with their truth.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as recordings/")
    make_recordings(parser.parse_args().folder)


if __name__ == "__main__":
    main()
