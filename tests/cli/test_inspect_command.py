"""`livedigits inspect`: what it prints, writes and complains about."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from screens import needs_screen, painted, press, screenshot, until, virtual_screen, window_of

from livedigits.capture import decode_image
from livedigits.present.inspection import WIDTH


@pytest.fixture(autouse=True)
def in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


def test_without_more_words_it_draws_every_step_and_prints_the_verdicts(
    run: Any, page: Path
) -> None:
    outcome = run("inspect", page)
    assert outcome.status == 0
    assert outcome.complaints == ["livedigits: every step is drawn in page-inspected.png"]
    drawn = decode_image(Path("page-inspected.png").read_bytes(), "page")
    assert drawn.shape[1] == WIDTH
    counts, marks = (part.splitlines() for part in outcome.out.split("\n\n"))
    assert counts[0].split()[:2] == ["9", "read"]
    assert "min_confidence" in counts[0]
    assert [row.split()[:3] for row in marks[1:]] == [
        [str(number), "read", value] for number, value in enumerate("157243890", 1)
    ]
    # Another look does not overwrite the first.
    assert "page-inspected_2.png" in run("inspect", page).err
    assert run("inspect", "-q", page).err == ""


def test_what_is_asked_for_is_written_and_nothing_else(run: Any, page: Path) -> None:
    outcome = run("inspect", page, "--save", "why.jpg", "--json", "why.json")
    assert outcome.status == 0 and "9  read" in outcome.out
    assert sorted(i.name for i in Path().iterdir()) == ["why.jpg", "why.json"]
    record = json.loads(Path("why.json").read_text("utf-8"))
    assert record["schema"] == "livedigits-inspect/1"
    outcome = run("inspect", page, "--json", "-")
    assert json.loads(outcome.out)["marks"] == record["marks"]
    assert outcome.err == ""
    assert len(list(Path().iterdir())) == 2


def test_the_options_of_reading_are_obeyed(run: Any, page: Path) -> None:
    def told(*options: object) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(run("inspect", page, "--json", "-", *options).out)
        return record

    everything = told()
    x, y, w, h = everything["lines"][0]["box"]
    part = told("--roi", f"{x - 9},{y - 9},{w + 18},{h + 18}")
    assert [line["text"] for line in part["lines"]] == ["1572"]
    assert part["marks"][0]["box"] == everything["marks"][0]["box"]
    assert told("--polarity", "light")["polarity"] == "light"
    assert told("--min-confidence", "1")["counts"] == {"unsure": 9}
    assert told("--rotate", "90")["width"] == everything["height"]


def test_what_is_inspected_is_never_overwritten(run: Any, page: Path) -> None:
    before = page.read_bytes()
    link = page.with_name("link.png")
    link.symlink_to(page)
    for option in ("--save", "--json"):
        for target in (page, link):
            outcome = run("inspect", page, option, target)
            assert (outcome.status, outcome.out) == (2, "")
            assert f"{option} {target} would overwrite" in outcome.err
    outcome = run("inspect", page, "--json", "one.png", "--save", "./one.png")
    assert (outcome.status, outcome.out) == (2, "")
    assert page.read_bytes() == before


def test_what_cannot_be_inspected_gets_one_line(run: Any, page: Path, clip: Path) -> None:
    broken = page.with_name("broken.jpg")
    broken.write_text("no picture at all")
    for source, complaint in (
        (broken, "is not an image"),
        (page.with_name("missing.png"), "does not exist"),
        (clip, "is a video"),
        (page.parent, "holds 2 pictures; name one of them"),
    ):
        outcome = run("inspect", source)
        assert (outcome.status, outcome.out, len(outcome.complaints)) == (1, "", 1)
        assert complaint in outcome.err and str(source) in outcome.err
    assert run("inspect", page, "--save", "why.txt").status == 2
    assert run("inspect", page, "--save", "missing/why.png").status == 1
    assert "no display" in run("inspect", page, "--show").err
    assert list(Path().iterdir()) == []


def test_a_picture_without_ink_is_no_error(run: Any, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((200, 300, 3), 220, np.uint8))
    outcome = run("inspect", blank)
    assert (outcome.status, outcome.out) == (0, "no ink found\n")
    assert Path("blank-inspected.png").exists()


def test_a_picture_comes_through_standard_input(
    start: Callable[..., subprocess.Popen[bytes]], page: Path
) -> None:
    process = start("inspect", "-")
    out, err = process.communicate(page.read_bytes())
    assert process.returncode == 0, err
    assert b"9  read" in out
    assert Path("stdin-inspected.png").exists()


@needs_screen
def test_the_window_moves_down_and_closes(
    start: Callable[..., subprocess.Popen[bytes]],
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = tmp_path / "screen"
    screen.mkdir()
    with virtual_screen(screen, "1500x500") as name:
        monkeypatch.setenv("DISPLAY", name)
        process = start("inspect", page, "--show")
        painted(window_of("^livedigits: page.png$"), screen)
        top = screenshot(screen).copy()
        press("Down")
        until(lambda: not np.array_equal(screenshot(screen), top))
        press("Up")
        until(lambda: np.array_equal(screenshot(screen), top))
        press("q")
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert b"9  read" in out
    assert list(Path().iterdir()) == []
