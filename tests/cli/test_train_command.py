"""`livedigits train`, with tiny data: what it says, what it refuses, and Ctrl-C."""

import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits.cli.commands import _parser
from livedigits.cli.train import options_of
from livedigits.learn.augment import plain_patches
from livedigits.learn.canvases import handwritten_digits

PATIENCE_S = 300
"""For a run to get to where it is stopped, on a machine that has much else to do."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """100 digits to learn from and 20 to judge by."""
    digits = handwritten_digits(120, np.random.default_rng(0))
    patches = np.rint(255 * plain_patches(digits.pictures)).astype(np.uint8)
    path = tmp_path / "digits.npz"
    np.savez(
        path,
        x_train=patches[:100],
        y_train=digits.labels[:100],
        x_test=patches[100:],
        y_test=digits.labels[100:],
    )
    return path


def test_ctrl_c_writes_the_best_so_far_and_the_same_command_goes_on(
    run: Any, start: Any, data: Path, page: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m.keras"
    command = ("train", "--arch", "mlp", "--data", data, "--epochs", 2000, "--out", out)
    process = start(*command)
    began = time.monotonic()
    while not (tmp_path / "m.progress" / "model.npz").exists() and process.poll() is None:
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    figures, said = (i.decode() for i in process.communicate(timeout=PATIENCE_S))
    assert process.returncode == 130
    assert said.splitlines()[0] == "livedigits: wrote m.keras, m.tflite, m.json and m.png"
    assert "the same command goes on" in said.splitlines()[1]
    assert len(said.splitlines()) == 2
    assert ["epochs_planned", "2000"] in [i.split() for i in figures.splitlines()]
    assert run("read", page, "--model", out).status == 0

    again = run(*command[:-4], "--epochs", 3, "--out", out)
    assert (again.status, again.out) == (2, "")
    assert "--epochs 2000, not 3" in again.err


@pytest.mark.parametrize("content", [None, b"", b"no data"])
def test_what_is_no_data_is_refused(run: Any, tmp_path: Path, content: bytes | None) -> None:
    data = tmp_path / "mnist.npz"
    if content is not None:
        data.write_bytes(content)
    outcome = run("train", "--data", data, "--out", tmp_path / "new.keras")
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1
    assert str(data) in outcome.err


@pytest.mark.parametrize(
    "options, named",
    [
        (["--out", "model.h5"], ".keras"),
        (["--arch", "resnet"], "deep-mnist"),
        (["--arch", "cnn", "--teacher-epochs", "3"], "--arch livedigits"),
        (["--arch", "mlp", "--negatives", "omniglot.npz"], "--arch livedigits"),
        (["--base-weights", "none"], "--arch vgg16"),
        (["--seed", "-1"], "0 to 999999999"),
    ],
)
def test_options_that_make_no_sense_are_refused(run: Any, options: list[str], named: str) -> None:
    outcome = run("train", *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert named in outcome.complaints[-1]


def test_an_output_below_a_file_is_refused(run: Any, data: Path) -> None:
    outcome = run("train", "--arch", "mlp", "--data", data, "--out", data / "m.keras")
    assert (outcome.status, outcome.out) == (1, "")
    assert len(outcome.complaints) == 1


@pytest.mark.parametrize(
    "words, recorded",
    [
        (
            "--data /home/me/mnist.npz --epochs 3 --out /x/y.keras",
            "--data mnist.npz --epochs 3 --teacher-epochs 10 --batch-size 256 --seed 7 "
            "--out y.keras",
        ),
        (
            "--negatives /a/omniglot.npz --teacher-epochs 0 --limit 500 --extra /a/b --extra /c/d",
            "--extra b --extra d --negatives omniglot.npz --limit 500 --epochs 20 "
            "--teacher-epochs 0 --batch-size 256 --seed 7 --out livedigits.keras",
        ),
        (
            "--arch vgg16 --base-weights /a/vgg.h5 --seed 1",
            "--arch vgg16 --base-weights vgg.h5 --epochs 3 --batch-size 256 --seed 1 "
            "--out livedigits.keras",
        ),
    ],
)
def test_the_recorded_command_makes_the_same_model_and_tells_no_folders(
    words: str, recorded: str
) -> None:
    options = options_of(_parser().parse_args(["train", *words.split()]))
    assert options.command == f"livedigits train {recorded}"
