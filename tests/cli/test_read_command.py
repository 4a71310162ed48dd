"""`livedigits read`: what it prints, writes and complains about."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.capture import decode_image
from livedigits.capture.frame import Image

TEXT = "1572\n43890\n"


def check_record(record: dict[str, Any]) -> None:
    """Asserts that an object is of the schema livedigits/1."""
    types = {
        "schema": str,
        "source": str,
        "frame": int,
        "time": float,
        "width": int,
        "height": int,
        "lines": list,
        "digits": list,
        "elapsed_ms": dict,
    }
    assert {name: type(value) for name, value in record.items()} == types
    assert record["schema"] == "livedigits/1"
    assert list(record["elapsed_ms"]) == ["total", "find", "classify", "follow"]
    assert record["elapsed_ms"]["total"] > 0
    for line in record["lines"]:
        assert list(line) == ["text", "confidence", "box"]
    for digit in record["digits"]:
        assert list(digit) == ["value", "confidence", "box", "line", "track", "stable"]
        assert digit["value"] in record["lines"][digit["line"]]["text"]
    for item in record["lines"] + record["digits"]:
        assert 0 <= item["confidence"] <= 1
        assert [type(i) for i in item["box"]] == [int] * 4


def test_one_picture_gives_its_lines_alone(run: Any, page: Path) -> None:
    outcome = run("read", page)
    assert (outcome.status, outcome.out, outcome.err) == (0, TEXT, "")


def test_several_pictures_have_their_names_before_each_line(
    run: Any, page: Path, picture: Image
) -> None:
    other = page.with_name("größe 2.png")
    other.write_bytes(page.read_bytes())
    expected = "".join(f"{path}: {line}\n" for path in (page, other) for line in TEXT.split())
    assert run("read", page, other).out == expected
    assert run("read", page.parent).out == "".join(
        f"{path}: {line}\n" for path in (other, page) for line in TEXT.split()
    )


def test_a_picture_without_digits_prints_nothing_and_says_so(run: Any, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((200, 300, 3), 220, np.uint8))
    outcome = run("read", blank)
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.complaints == [f"livedigits: {blank}: no digits found"]
    assert run("read", "-q", blank).err == ""
    assert "no digits found in 2 of 2 pictures" in run("read", blank, blank).err


def test_json_has_the_schema_and_one_object_a_picture(run: Any, page: Path) -> None:
    outcome = run("read", page, page, "--json", "-")
    records = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(records) == 2
    for record in records:
        check_record(record)
        assert record["source"] == str(page)
        assert (record["width"], record["height"]) == (640, 480)
        assert [line["text"] for line in record["lines"]] == TEXT.split()
        assert "".join(digit["value"] for digit in record["digits"]) == "157243890"
        assert {digit["track"] for digit in record["digits"]} == {None}
        assert {digit["stable"] for digit in record["digits"]} == {None}


def test_csv_to_a_file_leaves_the_text_on_standard_output(run: Any, page: Path) -> None:
    table = page.with_name("out.csv")
    assert run("read", page, "--csv", table).out == TEXT
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert [row["text"] for row in rows] == TEXT.split()
    assert {row["source"] for row in rows} == {str(page)}


def test_json_and_csv_may_not_share_a_target(run: Any, page: Path) -> None:
    outcome = run("read", page, "--json", "-", "--csv", "-")
    assert (outcome.status, outcome.out) == (2, "")
    assert "standard output" in outcome.err
    table = page.with_name("table")
    outcome = run("read", page, "--json", table, "--csv", f"{page.parent}/./table")
    assert (outcome.status, outcome.out) == (2, "")
    assert not table.exists()


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_results_never_overwrite_the_picture_that_is_read(
    run: Any, page: Path, option: str
) -> None:
    before = page.read_bytes()
    link = page.with_name("link.png")
    link.symlink_to(page)
    for target in (page, link):
        outcome = run("read", page, option, target)
        assert (outcome.status, outcome.out) == (2, "")
        assert f"{option} {target}" in outcome.err
        assert page.read_bytes() == before


def test_a_picture_yet_to_be_read_is_never_overwritten(run: Any, page: Path) -> None:
    other = page.parent / "deeper" / page.name
    other.parent.mkdir()
    other.write_bytes(page.read_bytes())
    for source, target in ((other, other), (other.parent, other), (other, other.parent)):
        outcome = run("read", page, source, "--save", target)
        assert len(outcome.complaints) == 1
        assert outcome.status == (2 if target == other else 1)
        assert str(target) in outcome.err
        assert other.read_bytes() == page.read_bytes()


def test_nothing_is_read_for_what_could_not_be_saved(run: Any, page: Path) -> None:
    for pictures, target, complaint in (
        ([page], page, "would overwrite what is to be read"),
        ([page, page], page.with_name("one.png"), "holds one picture; name a folder"),
    ):
        outcome = run("read", *pictures, "--save", target)
        assert (outcome.status, outcome.out, len(outcome.complaints)) == (2, "", 1)
        assert f"--save {target}" in outcome.err and complaint in outcome.err


def test_a_saved_picture_shows_which_part_of_it_was_read(
    run: Any, page: Path, picture: Image
) -> None:
    saved = page.with_name("part.png")
    run("read", page, "--roi", "10,20,300,200", "--save", saved)
    shown = cv2.imread(str(saved)).astype(int)
    assert shown.shape == picture.shape
    changed = np.abs(shown - picture).max(axis=2) > 60
    for edge in (changed[20, 10:310], changed[219, 10:310], changed[20:220, 10]):
        assert edge.mean() > 0.7  # labels may lie over it


def test_annotated_pictures_can_be_opened_again(run: Any, page: Path, picture: Image) -> None:
    single, folder = page.with_name("read.jpg"), page.with_name("read")
    run("read", page, "--save", single)
    run("read", page, page, "--save", folder)
    files = [single, *folder.iterdir()]
    assert len(files) == 3
    for file in files:
        drawn = decode_image(file.read_bytes(), file.name)
        assert drawn.shape == picture.shape
        assert np.abs(drawn.astype(int) - picture).max() > 100


def test_broken_pictures_get_a_line_each_and_the_rest_is_read(run: Any, page: Path) -> None:
    folder = page.parent
    (folder / "text.jpg").write_text("no picture at all")
    (folder / "empty.png").touch()
    (folder / "half.png").write_bytes(page.read_bytes()[:300])
    clip_like = folder / "text.mp4"
    clip_like.write_text("no video either")
    broken = [folder / i for i in ("text.jpg", "empty.png", "half.png", "text.mp4", "missing.png")]
    outcome = run("read", *broken[:3], page, *broken[3:])
    assert outcome.status == 1
    assert outcome.out == "".join(f"{page}: {line}\n" for line in TEXT.split())
    assert len(outcome.complaints) == len(broken)
    assert all(line.startswith("livedigits: ") for line in outcome.complaints)
    for path in broken:
        assert sum(str(path) in line for line in outcome.complaints) == 1


def test_a_video_is_sent_to_replay(run: Any, clip: Path) -> None:
    outcome = run("read", clip)
    assert outcome.status == 1
    assert outcome.complaints == [f"livedigits: {clip} is a video; use livedigits replay"]


@pytest.mark.parametrize("form", ["grey", "16 bit", "transparent", "quarter turn", "light ink"])
def test_every_form_of_a_picture_reads_alike(
    run: Any, tmp_path: Path, picture: Image, form: str
) -> None:
    grey = picture[..., 0]
    stored: dict[str, np.ndarray] = {
        "grey": grey,
        "16 bit": grey.astype(np.uint16) * 257,
        "transparent": np.dstack([np.zeros_like(picture), 255 - grey]),
        "quarter turn": cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE),
        "light ink": 255 - picture,
    }
    path = tmp_path / "form.png"
    cv2.imwrite(str(path), stored[form])
    options = ["--rotate", "90"] if form == "quarter turn" else []
    assert run("read", path, *options).out == TEXT


def test_a_picture_comes_through_standard_input(
    start: Callable[..., subprocess.Popen[bytes]], page: Path
) -> None:
    process = start("read", "-", "--json", "-")
    out, err = process.communicate(page.read_bytes())
    assert process.returncode == 0, err
    record = json.loads(out)
    assert record["source"] == "-"
    assert [line["text"] for line in record["lines"]] == TEXT.split()
    assert err == b""


def test_a_reader_that_leaves_early_ends_it_quietly(
    start: Callable[..., subprocess.Popen[bytes]], page: Path
) -> None:
    process = start("read", *[page] * 500, "--json", "-")
    assert process.stdout is not None and process.stderr is not None
    first = process.stdout.readline()
    process.stdout.close()
    check_record(json.loads(first))
    assert process.stderr.read() == b""
    assert process.wait() == 0
    process.stderr.close()
    assert process.stdin is not None
    process.stdin.close()


def test_what_cannot_be_written_is_told_in_one_line(run: Any, page: Path) -> None:
    missing = page.parent / "missing"
    for option, target in (
        ("--json", missing / "a.jsonl"),
        ("--csv", page.parent),
        ("--save", missing / "a.png"),
    ):
        outcome = run("read", page, option, target)
        assert outcome.status == 1
        assert len(outcome.complaints) == 1
        assert outcome.err.startswith(f"livedigits: {target}: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("options", [[], ["--json", "-"], ["--csv", "/dev/full"], ["--help"]])
def test_a_full_disk_is_told_in_one_line(
    start: Callable[..., subprocess.Popen[bytes]], page: Path, options: list[str]
) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start("read", page, *options, stdout=full)
        _, err = process.communicate()
    assert process.returncode == 1
    assert err.startswith(b"livedigits: ") and err.count(b"\n") == 1


def test_a_region_is_read_alone_and_must_lie_in_the_picture(run: Any, page: Path) -> None:
    assert run("read", page, "--roi", "0,0,640,220").out == "1572\n"
    outcome = run("read", page, "--roi", "600,400,200,200")
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1
    assert "600" in outcome.err


def test_a_picture_too_small_for_the_region_does_not_stop_the_rest(
    run: Any, page: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), np.full((100, 100, 3), 220, np.uint8))
    outcome = run("read", small, page, "--roi", "0,0,640,220")
    assert outcome.status != 0
    assert outcome.out == f"{page}: 1572\n"
    assert len(outcome.complaints) == 1


def test_every_and_max_frames_choose_among_pictures(run: Any, page: Path) -> None:
    names = [page.with_name(f"{i}.png") for i in range(1, 7)]
    for name in names:
        name.write_bytes(page.read_bytes())
    outcome = run("read", *names, "--every", "2", "--max-frames", "2", "--json", "-")
    sources = [json.loads(line)["source"] for line in outcome.out.splitlines()]
    assert sources == [str(names[0]), str(names[2])]


def test_too_much_in_view_is_told_once_with_what_helps(run: Any, page: Path) -> None:
    config = page.with_name("strict.toml")
    config.write_text("[find]\nmax_contours = 10\n")
    noise = np.random.default_rng(0).integers(0, 2, (90, 160), np.uint8) * 255
    noisy = page.with_name("noisy.png")
    cv2.imwrite(str(noisy), cv2.resize(noise, (1280, 720), interpolation=cv2.INTER_NEAREST))
    outcome = run("read", noisy, noisy, "--config", config)
    assert outcome.status == 0
    assert sum("more light" in line for line in outcome.complaints) == 1
