"""`livedigits evaluate`: figures, their two forms, reports, and what it says of unusable data."""

import gzip
import json
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sheets import digit_ink

import livedigits
from livedigits.classify import load_classifier
from livedigits.find import make_patches

CHECKOUT = Path(livedigits.__file__).parent.parent
LINES = ("1572", "43890")
"""What the page shows."""

RECORDINGS = Path(__file__).parents[2] / "recordings"


@pytest.fixture(scope="session")
def handwriting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty digits as MNIST has them; three have a wrong label."""
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    labels = np.arange(60) % 10
    patches = make_patches([digit_ink(str(i), 60, seed=n) for n, i in enumerate(labels)])
    labels[[4, 15, 26]] = 9, 0, 1
    np.savez(path, x_test=np.rint(255 * patches).astype(np.uint8), y_test=labels)
    return path


@pytest.fixture
def photos(tmp_path: Path, page: Path) -> Path:
    """A page that is right, the same with a digit too many in its truth, and an empty one."""
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(page, folder / "right.png")
    shutil.copy(page, folder / "wrong.png")
    cv2.imwrite(str(folder / "empty.png"), np.full((300, 400, 3), 235, np.uint8))
    list_photos(
        folder,
        {"file": "right.png", "lines": LINES, "surface": "paper", "tier": "core"},
        {"file": "wrong.png", "lines": [LINES[1], "15723"], "surface": "board", "tier": "hard"},
        {"file": "empty.png", "lines": [], "tier": "core"},
    )
    return folder


def list_photos(folder: Path, *entries: Mapping[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")


def figure(table: str, name: str) -> float:
    (value,) = re.findall(rf"^{name} +([\d.]+)", table, re.MULTILINE)
    return float(value)


def test_figures_are_those_of_the_model(run: Any, handwriting: Path) -> None:
    outcome = run("evaluate", "--data", handwriting, "--json")
    assert (outcome.status, outcome.err) == (0, "")
    figures = json.loads(outcome.out)

    data = np.load(handwriting)
    own = load_classifier()(data["x_test"].astype(np.float32) / 255)
    right = own.argmax(axis=1) == data["y_test"]
    likelihood = own[np.arange(60), data["y_test"]].astype(float)
    assert figures["count"] == 60
    assert figures["accuracy"] == pytest.approx(right.mean())
    assert figures["accuracy"] <= 57 / 60
    assert figures["loss"] == pytest.approx(-np.log(np.maximum(likelihood, 1e-12)).mean(), rel=1e-4)
    assert np.trace(figures["confusion"]) == right.sum()
    assert np.sum(figures["confusion"]) == sum(i["count"] for i in figures["classes"]) == 60
    assert [len(row) for row in figures["confusion"]] == [11] * 10


def test_the_table_of_digits_says_what_the_json_says(run: Any, handwriting: Path) -> None:
    figures = json.loads(run("evaluate", "--data", handwriting, "--json").out)
    table = run("evaluate", "--data", handwriting).out
    for name, key in (
        ("accuracy", "accuracy"),
        ("error among digits", "digit_error"),
        ("calibration error", "calibration_error"),
    ):
        assert figure(table, name) == pytest.approx(100 * figures[key], abs=0.006)
    assert figure(table, "loss") == pytest.approx(figures["loss"], abs=1e-4)
    for of in figures["classes"]:
        (row,) = re.findall(rf"^{of['value']} +(.+)$", table, re.MULTILINE)
        count, *shares = re.findall(r"[\d.]+(?= |$)|-", row)
        assert int(count) == of["count"]
        for said, key in zip(shares, ("accuracy", "precision", "rejected"), strict=True):
            assert float(said) == pytest.approx(100 * of[key], abs=0.006)
        (row,) = re.findall(rf"^written {of['value']} +(.+)$", table, re.MULTILINE)
        counts = [0 if i == "." else int(i) for i in row.split()]
        assert counts == figures["confusion"][int(of["value"])]


def test_marks_that_are_no_digit_have_a_row_of_their_own(
    run: Any, handwriting: Path, tmp_path: Path
) -> None:
    data = np.load(handwriting)
    for number, (picture, label) in enumerate(zip(data["x_test"], data["y_test"], strict=True)):
        folder = tmp_path / "marks" / (str(label) if number else "not a digit")
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number}.png"), 255 - picture)
    (tmp_path / "marks" / "2" / "read.me").touch()
    cross = np.full((90, 90), 220, np.uint8)
    cv2.line(cross, (20, 20), (70, 70), 40, 5)
    cv2.line(cross, (20, 70), (70, 20), 40, 5)
    cv2.imwrite(str(tmp_path / "marks" / "not a digit" / "cross.png"), cross)

    outcome = run("evaluate", "--data", tmp_path / "marks", "--json", "--report", tmp_path / "out")
    assert outcome.status == 0
    assert "1 file" in outcome.err
    figures = json.loads(outcome.out)
    assert figures["count"] == 61
    assert [len(row) for row in figures["confusion"]] == [11] * 11
    assert figures["confusion"][10][0] == 1  # a true 0 among what is none
    assert (figures["classes"][10]["value"], figures["classes"][10]["count"]) == ("not a digit", 2)
    for name in ("confusion.png", "mistakes.png"):
        assert cv2.imread(str(tmp_path / "out" / name)) is not None
    table = run("evaluate", "--data", tmp_path / "marks").out
    assert re.search(r"^written none +1 ", table, re.MULTILINE)
    assert re.search(r"^not a digit +2 ", table, re.MULTILINE)


def test_the_figures_do_not_depend_on_the_kind_of_file(
    run: Any, handwriting: Path, tmp_path: Path
) -> None:
    data = np.load(handwriting)
    for name, array in (("images-idx3", data["x_test"]), ("labels-idx1", data["y_test"])):
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        packed = gzip.compress(header + array.astype(np.uint8).tobytes())
        (tmp_path / f"t10k-{name}-ubyte.gz").write_bytes(packed)
    for path in (tmp_path, tmp_path / "t10k-images-idx3-ubyte.gz"):
        other = json.loads(run("evaluate", "--data", path, "--json").out)
        own = json.loads(run("evaluate", "--data", handwriting, "--json").out)
        assert {**other, "source": ""} == {**own, "source": ""}


def test_a_limit_takes_the_first(run: Any, handwriting: Path) -> None:
    assert json.loads(run("evaluate", "--data", handwriting, "--json", "--limit", 7).out)[
        "classes"
    ][9]["count"] == np.count_nonzero(np.load(handwriting)["y_test"][:7] == 9)


def test_pictures_are_scored_and_the_misread_listed(run: Any, photos: Path) -> None:
    outcome = run("evaluate", "--photos", photos, "--json", "--rows")
    assert (outcome.status, outcome.err) == (0, "")
    figures = json.loads(outcome.out)
    assert (figures["pictures"], figures["digits"], figures["errors"]) == (2, 9 + 10, 1)
    assert figures["digit_error_rate"] == pytest.approx(1 / 19)
    assert figures["exact_lines"] == pytest.approx(3 / 4)
    assert figures["perfect_pictures"] == pytest.approx(1 / 2)
    assert (figures["negatives"], figures["false_digits_a_negative"]) == (1, 0)
    assert figures["unread"] == 0
    assert figures["median_ms"] > 0
    assert {i["name"]: i["errors"] for i in figures["surfaces"]} == {"board": 1, "paper": 0}
    assert {i["name"]: i["digits"] for i in figures["tiers"]} == {"core": 9, "hard": 10}
    assert sum(i["count"] for i in figures["calibration"]) == 18
    assert all(i["accuracy"] == 1 for i in figures["calibration"])
    (row,) = figures["rows"]
    assert (row["file"], row["errors"], row["read"]) == ("wrong.png", 1, list(LINES))


def test_the_table_of_pictures_says_what_the_json_says(run: Any, photos: Path) -> None:
    figures = json.loads(run("evaluate", "--photos", photos, "--json").out)
    table = run("evaluate", "--photos", photos, "--rows").out
    assert table.startswith("wrong.png: 1 of 10 wrong: 43890 | 15723 -> 1572 | 43890\n\n")
    for name, key in (
        ("digit error rate", "digit_error_rate"),
        ("exact lines", "exact_lines"),
        ("perfect pictures", "perfect_pictures"),
        ("calibration error", "calibration_error"),
    ):
        assert figure(table, name) == pytest.approx(100 * figures[key], abs=0.006)
    assert figure(table, "false digits") == 0
    assert [figure(table, name) for name in ("board", "paper", "core", "hard")] == [1, 1, 1, 1]


def test_a_tier_can_be_taken_alone(run: Any, photos: Path) -> None:
    figures = json.loads(run("evaluate", "--photos", photos, "--tier", "core", "--json").out)
    assert (figures["pictures"], figures["negatives"], figures["errors"]) == (1, 1, 0)


def test_reading_options_are_obeyed(run: Any, photos: Path) -> None:
    outcome = run("evaluate", "--photos", photos, "--roi", "0,0,40,40", "--json")  # bare paper
    assert json.loads(outcome.out)["errors"] == 9 + 10


def test_a_picture_that_cannot_be_read_counts_as_unread(run: Any, photos: Path) -> None:
    (photos / "damaged.png").write_bytes(b"no picture")
    list_photos(
        photos,
        {"file": "right.png", "lines": LINES},
        {"file": "missing.png", "lines": ["12"]},
        {"file": "damaged.png", "lines": ["345"]},
    )
    outcome = run("evaluate", "--photos", photos / "manifest.json", "--json")
    assert outcome.status == 1
    assert [Path(i.split()[1]).name for i in outcome.complaints] == ["missing.png", "damaged.png"]
    figures = json.loads(outcome.out)
    assert (figures["unread"], figures["errors"], figures["digits"]) == (2, 5, 9 + 5)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="needs the checkout's recordings")
def test_the_recordings_are_read_without_an_error(run: Any) -> None:
    figures = json.loads(run("evaluate", "--photos", RECORDINGS, "--json").out)
    entries = json.loads((RECORDINGS / "manifest.json").read_text(encoding="utf-8"))
    assert figures["pictures"] == len(entries)
    assert figures["digits"] == sum(c.isdigit() for i in entries for c in "".join(i["lines"]))
    assert (figures["errors"], figures["unread"]) == (0, 0)


def test_a_report_on_digits(run: Any, handwriting: Path, tmp_path: Path) -> None:
    outcome = run("evaluate", "--data", handwriting, "--report", tmp_path / "new" / "report")
    assert outcome.status == 0
    files = {i.name: cv2.imread(str(i)) for i in (tmp_path / "new" / "report").iterdir()}
    assert set(files) == {"confusion.png", "reliability.png", "mistakes.png"}
    for picture in files.values():
        assert picture is not None
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20  # there is something on it
    # The cell of the 4 that is labelled 9 is orange, its mirror image is empty.
    confusion = json.loads(run("evaluate", "--data", handwriting, "--json").out)["confusion"]
    cells = files["confusion.png"][170 + 6 : 170 + 640 : 64, 120 + 6 : 120 + 704 : 64].astype(int)
    wrong = np.array(confusion) * (1 - np.eye(10, 11, dtype=int)) > 0
    orange = cells[..., 2] - cells[..., 0] > 20
    assert wrong[9, 4]
    assert np.array_equal(orange, wrong)


def test_a_report_on_pictures_shows_the_misread_ones(
    run: Any, photos: Path, tmp_path: Path, page: Path
) -> None:
    assert run("evaluate", "--photos", photos, "--report", tmp_path / "report").status == 0
    assert sorted(i.name for i in (tmp_path / "report").iterdir()) == [
        "0002_wrong.png",
        "reliability.png",
    ]
    shown = cv2.imread(str(tmp_path / "report" / "0002_wrong.png"))
    height, width = cv2.imread(str(page)).shape[:2]
    assert shown.shape[1] >= width
    assert (shown[height:] != 255).any()  # truth and reading stand below it


def test_tensorflow_is_not_imported(handwriting: Path, photos: Path) -> None:
    program = (
        "import sys; from livedigits.cli import main\n"
        f"assert main(['evaluate', '-q', '--data', {str(handwriting)!r}]) == 0\n"
        f"assert main(['evaluate', '-q', '--photos', {str(photos)!r}]) == 0\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=120)


def test_without_scipy_it_says_how_to_get_it(
    run: Any, photos: Path, handwriting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    outcome = run("evaluate", "--photos", photos)
    assert (outcome.status, outcome.out, len(outcome.complaints)) == (2, "", 1)
    assert "livedigits[evaluate]" in outcome.err
    assert run("evaluate", "--data", handwriting).status == 0


PICTURES, LABELS = np.zeros((3, 28, 28), np.uint8), np.arange(3)
ARRAYS: dict[str, dict[str, Any]] = {
    "no labels": {"x_test": PICTURES},
    "too few labels": {"x_test": PICTURES, "y_test": LABELS[:2]},
    "labels above ten": {"x_test": PICTURES, "y_test": LABELS + 9},
    "no whole numbers": {"x_test": PICTURES, "y_test": LABELS / 2},
    "levels above 255": {"x_test": PICTURES + np.uint16(300), "y_test": LABELS},
    "no squares": {"x_test": PICTURES.reshape(3, -1)[:, 1:], "y_test": LABELS},
    "colours": {"x_test": PICTURES[..., None].repeat(3, 3), "y_test": LABELS},
    "nothing": {"x_test": PICTURES[:0], "y_test": LABELS[:0]},
}


@pytest.mark.parametrize("arrays", ARRAYS.values(), ids=ARRAYS.keys())
def test_unusable_arrays_are_refused(run: Any, tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez(tmp_path / "data.npz", **arrays)
    refused(run, "--data", tmp_path / "data.npz")


@pytest.mark.parametrize("content", [None, b"", b"no data", b"PK", b"PK\5\6" + bytes(18)])
def test_what_is_no_npz_is_refused(run: Any, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "data.npz").write_bytes(content)
    refused(run, "--data", tmp_path / "data.npz")


def test_a_bare_array_is_refused(run: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", PICTURES)
    refused(run, "--data", tmp_path / "data.npy")


def test_a_damaged_file_is_refused(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    noise = np.random.default_rng(0).integers(0, 255, (50, 28, 28)).astype(np.uint8)
    np.savez_compressed(path, x_test=noise, y_test=np.zeros(50, int))
    whole = path.read_bytes()
    path.write_bytes(whole[:300] + bytes(500) + whole[800:])
    refused(run, "--data", path)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{}",
        "[]",
        "[7]",
        '[{"lines": []}]',
        '[{"file": "a.png"}]',
        '[{"file": "a.png", "lines": "12"}]',
        '[{"file": "a.png", "lines": [12]}]',
        "[" * 100_000,
    ],
)
def test_an_unusable_manifest_is_refused(run: Any, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "list.json").write_text(content, encoding="utf-8")
    refused(run, "--photos", tmp_path / "list.json")


def refused(run: Callable[..., Any], option: str, path: Path) -> None:
    outcome = run("evaluate", option, path)
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1
    assert str(path) in outcome.err


@pytest.mark.parametrize(
    "options",
    [["--tier", "core"], ["--rows"], ["--roi", "1,2,3,4"], ["--min-confidence", "0"]],
)
def test_options_of_pictures_are_refused_for_digits(
    run: Any, handwriting: Path, options: list[str]
) -> None:
    outcome = run("evaluate", "--data", handwriting, *options)
    assert (outcome.status, len(outcome.complaints)) == (2, 1)
    assert options[0] in outcome.err
