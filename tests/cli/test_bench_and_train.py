"""`livedigits bench` and `livedigits train`, as far as they go without minutes of training."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits.cli import _parser
from livedigits.cli.train import recorded_command

STEPS = ["find", "classify", "follow", "overlay", "total"]
SMALL = ["--size", "320x240", "--digits", "4", "--frames", "10"]


def test_bench_as_json_has_every_step(run: Any) -> None:
    outcome = run("bench", *SMALL, "--json", "--cold", "--engine", "litert")
    assert outcome.status == 0
    figures = json.loads(outcome.out)
    assert figures["size"] == [320, 240]
    assert figures["digits"] == 4
    (engine,) = figures["engines"]
    assert engine["engine"] == "litert"
    assert list(engine["ms"]) == STEPS
    for step in engine["ms"].values():
        assert 0 < step["median"] <= step["p95"] <= step["p99"]
    assert engine["ms"]["total"]["median"] > engine["ms"]["find"]["median"]
    assert engine["frames_per_second"] > 0
    assert engine["cold_start_s"] > 0


def test_bench_compares_engines_side_by_side(run: Any) -> None:
    outcome = run("bench", *SMALL, "--engine", "litert", "--engine", "auto")
    rows = outcome.out.splitlines()
    assert rows[0].split()[-2:] == ["litert", "litert"]  # what auto came to
    for step in STEPS:
        (row,) = (i for i in rows if i.startswith(step))
        assert len([float(i) for i in row.split()[1:]]) == 6


@pytest.mark.parametrize(
    "options", [["--model", "missing.keras"], ["--size", "64x64", "--digits", "5000"]]
)
def test_bench_tells_a_mistake_in_one_line(run: Any, options: list[str]) -> None:
    outcome = run("bench", "-q", *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1


@pytest.mark.parametrize("content", [None, b"", b"no data"])
def test_train_refuses_what_is_no_data(run: Any, tmp_path: Path, content: bytes | None) -> None:
    data = tmp_path / "mnist.npz"
    if content is not None:
        data.write_bytes(content)
    outcome = run("train", "--data", data, "--out", tmp_path / "new.keras")
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1
    assert str(data) in outcome.err


def test_train_refuses_data_of_another_shape(run: Any, tmp_path: Path) -> None:
    data = tmp_path / "other.npz"
    pictures, labels = np.zeros((4, 32, 32), np.uint8), np.zeros(4, np.uint8)
    np.savez(data, x_train=pictures, y_train=labels, x_test=pictures, y_test=labels)
    outcome = run("train", "--data", data, "--out", tmp_path / "new.keras")
    assert outcome.status == 2
    assert "28x28" in outcome.err


def test_train_writes_models_only_under_their_own_ending(run: Any) -> None:
    outcome = run("train", "--out", "model.h5")
    assert outcome.status == 2
    assert ".keras" in outcome.err


def test_the_recorded_command_makes_the_same_model_and_tells_no_folders() -> None:
    words = ["train", "--data", "/home/me/my mnist.npz", "--epochs", "3", "--out", "/x/y.keras"]
    recorded = recorded_command(_parser().parse_args(words))
    assert recorded == (
        "livedigits train --data 'my mnist.npz' --epochs 3 --batch-size 256 --seed 7 --out y.keras"
    )
