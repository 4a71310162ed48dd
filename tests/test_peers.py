"""livedigits beside others: what is printed, scored as evaluate scores, and left out.

The tutorials' pipeline is the peer that is always there; its model is a layer fitted here.
"""

import json
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import pytest
from sheets import digit_ink, sheet

from livedigits.capture import Image
from livedigits.classify.quiet import quiet_keras
from livedigits.cli import main as livedigits
from livedigits.reading import Box, Reading

CHECKOUT = Path(__file__).parent.parent
LINES = ("1572", "43890")
PAPER = 235

Command = Callable[..., tuple[int, str, list[str]]]

pytestmark = pytest.mark.skipif(
    not (CHECKOUT / "benchmarks" / "peers").is_dir(), reason="needs a checkout"
)


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command: its exit status, standard output, and the lines on standard error."""
    monkeypatch.syspath_prepend(CHECKOUT)

    def run(*argv: object) -> tuple[int, str, list[str]]:
        monkeypatch.setattr(sys, "argv", ["peers", *map(str, argv)])
        capsys.readouterr()
        status = import_module("benchmarks.peers.__main__").main()
        said = capsys.readouterr()
        return int(status), said.out, said.err.splitlines()

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page, the same with a digit more in its truth, an empty one, and one with a blot."""
    page = sheet(LINES, size=(640, 480), height=100, seed=1).picture()
    empty = np.full_like(page, PAPER)
    blot = cv2.rectangle(empty.copy(), (40, 60), (600, 400), (45, 45, 45), cv2.FILLED)
    pictures = {"right": page, "wrong": page, "empty": empty, "blot": blot}
    for name, picture in pictures.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    list_photos(
        tmp_path,
        {"file": "right.png", "lines": LINES, "tier": "core"},
        {"file": "wrong.png", "lines": [LINES[1], "15723"], "tier": "hard"},
        {"file": "empty.png", "lines": []},
        {"file": "blot.png", "lines": []},
    )
    return tmp_path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layer that reads stretched digits: ridge regression on thirty hands."""
    keras = quiet_keras()
    labels = np.tile(np.arange(10), 30)
    inks = [digit_ink(str(i), 100, seed=n // 10) for n, i in enumerate(labels)]
    pictures = np.array([cv2.resize(ink, (28, 28)) > 127 for ink in inks], float)
    inputs = np.c_[pictures.reshape(300, -1), np.ones(300)]
    weights = inputs.T @ np.linalg.solve(inputs @ inputs.T + 5 * np.eye(300), np.eye(10)[labels])
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    reader = keras.Sequential(layers)
    reader.set_weights([weights[:-1], weights[-1]])
    path = tmp_path_factory.mktemp("model") / "layer.keras"
    reader.save(path)
    return path


def list_photos(folder: Path, *entries: dict[str, object]) -> None:
    (folder / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")


def test_peers_are_scored_as_evaluate_scores(
    peers: Command, folder: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ("--peer", "tutorial", "--peer", "livedigits")
    status, out, told = peers(folder, "--json", *only, "--tutorial-model", model)
    assert (status, told) == (0, [])
    own, tutorial = json.loads(out)["peers"]
    assert (own["name"], tutorial["name"]) == ("livedigits", "tutorial")
    for read in (own, tutorial):
        assert [(i["name"], i["errors"]) for i in read["tiers"]] == [("core", 0), ("hard", 1)]
        assert 0 < read["median_ms"] <= read["p95_ms"]
    assert tutorial["false_digits_a_negative"] == 0.5  # whatever is dark enough is a digit to it

    assert livedigits(["evaluate", "--photos", str(folder), "--json"]) == 0
    evaluated = json.loads(capsys.readouterr().out)
    same = evaluated.keys() & own.keys() - {"median_ms"}
    assert {"digit_error_rate", "tiers", "false_digits", "calibration_error"} <= same
    assert {i: own[i] for i in same} == {i: evaluated[i] for i in same}


def test_table_has_a_column_for_each_peer_and_ends_with_versions_and_machine(
    peers: Command, folder: Path, model: Path
) -> None:
    only = ("--peer", "livedigits", "--peer", "tutorial")
    status, out, _ = peers(folder, *only, "--tutorial-model", model)
    assert status == 0
    counts, names, *rows, last = out.splitlines()
    assert counts == "pictures: 2 with 19 digits, 2 without any"
    assert names.split() == ["livedigits", "tutorial"]
    values = {row[:23].strip(): re.split(" {2,}", row[23:].strip()) for row in rows}
    assert values["core: exact lines"] == ["100.0 %", "100.0 %"]
    assert values["hard: digit error rate"] == ["10.0 %", "10.0 %"]
    assert values["all: exact lines"] == ["75.0 %", "75.0 %"]
    assert values["false digits a negative"][1] == "0.50"
    assert re.match(r"livedigits \d.*keras \d.*; \d{4}-\d\d-\d\d; \d+ cores, .+", last)


def test_each_peer_that_is_missing_is_told_in_one_line(
    peers: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("rapidocr_onnxruntime", "pytesseract"):
        monkeypatch.setitem(sys.modules, package, None)
    status, out, told = peers(folder)
    assert status == 0
    assert out.splitlines()[1].split() == ["livedigits"]
    assert len(told) == 3
    for line, (peer, remedy) in zip(
        told,
        (("RapidOCR", "pip install"), ("Tesseract", "pip install"), ("tutorial", "--data")),
        strict=True,
    ):
        assert re.search(f"{peer}.* is left out: .*{remedy}", line)

    status, out, told = peers(folder, "--peer", "tesseract")
    assert (status, out) == (2, "")
    assert "no peer" in told[-1]


def test_what_cannot_be_compared_is_told_and_the_rest_is_compared(
    peers: Command, folder: Path
) -> None:
    (folder / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nand nothing more")
    list_photos(
        folder, {"file": "damaged.png", "lines": ["1"]}, {"file": "right.png", "lines": LINES}
    )
    status, out, (told,) = peers(folder, "--peer", "livedigits")
    assert (status, out.splitlines()[0]) == (1, "pictures: 1 with 9 digits, 0 without any")
    assert "damaged.png" in told


def test_a_picture_at_which_a_peer_fails_counts_as_not_read(
    peers: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Picky:
        name, version = "picky", "picky 1"

        def read(self, image: Image) -> Reading:
            if image.min() == PAPER:
                raise ValueError("an empty page")
            return Reading()

    command = import_module("benchmarks.peers.__main__")
    monkeypatch.setitem(command.PEERS, "tesseract", lambda args: Picky())
    status, out, (told,) = peers(folder, "--peer", "tesseract")
    assert status == 1
    assert re.search(r"picky fails at .*empty\.png: an empty page", told)
    assert re.search("^pictures that it fails at +1$", out, re.MULTILINE)


def test_digits_are_picked_out_of_text_with_a_share_of_its_box(peers: Command) -> None:
    peer = import_module("benchmarks.peers.peer")
    rows = [
        [peer.Text("No. 4", 0.9, Box(0, 0, 50, 20))],
        [peer.Text("none", 0.8, Box(0, 30, 40, 20))],
        [peer.Text("05", 0.5, Box(10, 60, 40, 20)), peer.Text("7", 0.4, Box(70, 60, 20, 20))],
    ]
    reading = peer.reading_of(rows, np.zeros((100, 200, 3), np.uint8))
    assert [line.text for line in reading.lines] == ["4", "05 7"]
    assert [(i.value, i.line, i.confidence) for i in reading.digits] == [
        ("4", 0, 0.9),
        ("0", 1, 0.5),
        ("5", 1, 0.5),
        ("7", 1, 0.4),
    ]
    assert [tuple(i.box) for i in reading.digits] == [
        (40, 0, 10, 20),
        (10, 60, 20, 20),
        (30, 60, 20, 20),
        (70, 60, 20, 20),
    ]
    assert reading.lines[1].confidence == pytest.approx(0.2)
