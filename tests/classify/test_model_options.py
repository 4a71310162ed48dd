"""What the command line says of a model: its network, its form, and whether its code may run."""

import argparse
from pathlib import Path
from typing import Any

import cv2
import pytest
from sheets import sheet

from livedigits.cli import main
from livedigits.cli.options import add_model_options, model_options_of

keras = pytest.importorskip("keras")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.png"
    cv2.imwrite(str(path), sheet(["12"]).picture())
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights alone, of a network that --arch knows."""
    from livedigits.learn.architectures import build

    path = tmp_path_factory.mktemp("weights") / "mine.weights.h5"
    build("mlp").save_weights(path)
    return path


def test_weights_alone_are_used_with_arch(page: Path, weights: Path) -> None:
    assert main(["read", str(page), "--model", str(weights), "--arch", "mlp", "-q"]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--arch"),
        (["--arch", "cnn"], "do not fit"),
        (["--arch", "resnet"], "resnet: unknown"),
        (["--scaling", "inches"], "0..255"),
        (["--model-polarity", "both"], "light"),
    ],
)
def test_what_does_not_fit_is_wrong_usage(
    capsys: Any, page: Path, weights: Path, options: list[str], message: str
) -> None:
    assert main(["read", str(page), "--model", str(weights), *options]) == 2
    assert message in capsys.readouterr().err


def test_options_come_to_what_they_say() -> None:
    parser = argparse.ArgumentParser()
    add_model_options(parser)
    plain = model_options_of(parser.parse_args([]))
    assert (plain.scaling, plain.polarity, plain.build, plain.allow_code) == (
        None,
        None,
        None,
        False,
    )
    line = ["--scaling", "l2", "--model-polarity", "dark", "--arch", "mlp", "--allow-code"]
    said = model_options_of(parser.parse_args(line))
    assert (said.scaling, said.polarity, said.architecture) == ("l2", "dark", "mlp")
    assert said.allow_code
    assert said.build is not None
    assert said.build().output_shape == (None, 10)
