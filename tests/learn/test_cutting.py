"""Cutting: the network that tells seams is trained by one command."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from livedigits.find.seams import NETWORK, ROOM, ROWS, SLANTS, WIDTH, Network
from livedigits.learn.canvases import handwritten_digits
from livedigits.learn.cutting import make_strips
from livedigits.learn.strings import Makers


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    digits = handwritten_digits(400, np.random.default_rng(0))
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez(path, x_train=digits.pictures, y_train=digits.labels)
    return path


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "livedigits.learn.cutting", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def test_a_run_writes_a_network_that_knows_seams_and_its_card(data: Path, tmp_path: Path) -> None:
    outcome = run("--data", data, "--out", tmp_path, "--marks", 1000, "--epochs", 70)
    assert outcome.returncode == 0, outcome.stderr
    card = json.loads((tmp_path / "cuts.json").read_text())
    content = (tmp_path / NETWORK.name).read_bytes()
    assert card["files"] == {NETWORK.name: sha256(content).hexdigest()}
    assert "--marks 1000" in card["command"]
    # Seams are 4 % of all lines.
    assert card["figures"]["average_precision"] > 0.3
    strips = make_strips(
        Makers(handwritten_digits(100, np.random.default_rng(1))), 200, np.random.default_rng(2)
    )
    told = np.stack([Network(content)(strip) for strip in strips.pictures])
    assert told.shape == strips.labels.shape
    assert told[strips.labels == 1].mean() > 3 * told[strips.labels == 0].mean()


def test_strips_hold_marks_with_room_between_them() -> None:
    digits = handwritten_digits(50, np.random.default_rng(3))
    strips = make_strips(Makers(digits), 60, np.random.default_rng(4))
    assert strips.pictures.shape[1:] == (ROWS, WIDTH)
    assert strips.labels.shape[1:] == (WIDTH, len(SLANTS))
    assert set(np.unique(strips.labels)) <= {-1, 0, 1}
    inked: NDArray[np.bool_] = strips.pictures.any(axis=1)
    assert not inked[:, :ROOM].any() and not inked[:, -ROOM:].any()
    # Where nothing is, nothing is to be cut.
    assert (strips.labels.max(axis=2)[~inked] < 1).all()


def test_the_card_of_the_shipped_network_is_of_its_file() -> None:
    card = json.loads(NETWORK.with_suffix(".json").read_text())
    assert card["files"][NETWORK.name] == sha256(NETWORK.read_bytes()).hexdigest()


def test_data_that_are_none_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "digits.npz").write_text("no digits")
    outcome = run("--data", tmp_path / "digits.npz", "--out", tmp_path / "out", "--marks", 10)
    assert outcome.returncode == 2
    assert "digits.npz" in outcome.stderr.splitlines()[-1]
    assert "Traceback" not in outcome.stderr
    assert not (tmp_path / "out" / "cuts.tflite").exists()
