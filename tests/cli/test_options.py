"""Options that commands share: where values come from, and mistakes in them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TEXT = "1572\n43890\n"


def test_options_go_before_the_file_and_the_file_before_the_defaults(
    run: Any, page: Path, tmp_path: Path
) -> None:
    config = tmp_path / "my.toml"
    config.write_text('[find]\npolarity = "light"\n[follow]\nword_gap = 0.1\n')
    assert run("read", page).out == TEXT
    assert run("read", page, "--config", config).out != TEXT  # the ink is dark
    spaced = run("read", page, "--config", config, "--polarity", "dark").out
    assert spaced == "1 5 7 2\n4 3 8 9 0\n"  # the file's other value still holds


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[find]\npolarty = "light"', "polarity"),
        ("[fnd]\nblur_px = 3", "find"),
        ("[find]\nblur_px = 99", "15"),
        ("[find\n", "TOML"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_what_would_be_right(
    run: Any, page: Path, tmp_path: Path, content: str, expected: str
) -> None:
    config = tmp_path / "my.toml"
    config.write_text(content)
    outcome = run("read", page, "--config", config)
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1
    assert str(config) in outcome.err
    assert expected in outcome.err


@pytest.mark.parametrize(
    "options",
    [
        ["--roi", "1,2,3"],
        ["--roi", "0,0,0,10"],
        ["--rotate", "45"],
        ["--polarity", "green"],
        ["--every", "0"],
        ["--max-frames", "-1"],
        ["--engine", "torch"],
        ["--min-confidence", "2"],
        ["--min-confidence", "high"],
        ["--model", "missing.keras"],
        ["--config", "missing.toml"],
        ["--max", "3"],  # no abbreviations: new options would change their meaning
    ],
)
def test_wrong_values_are_wrong_usage(run: Any, page: Path, options: list[str]) -> None:
    outcome = run("read", page, *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert options[0] in outcome.err or options[1] in outcome.err
    assert len(outcome.complaints) == 1


def test_a_file_that_is_no_model_is_told_in_one_line(run: Any, page: Path, tmp_path: Path) -> None:
    for name in ("broken.tflite", "page.png"):
        model = tmp_path / name
        if not model.exists():
            model.write_bytes(b"nothing of the kind")
        outcome = run("read", page, "--model", model)
        assert outcome.status == 2
        assert len(outcome.complaints) == 1
        assert str(model) in outcome.err


def test_a_model_that_reads_no_digits_in_any_form_is_told(
    run: Any, page: Path, tmp_path: Path
) -> None:
    from livedigits.learn.architectures import build

    build("mlp", 0).save(tmp_path / "untrained.keras")
    outcome = run("read", page, "--model", tmp_path / "untrained.keras")
    assert outcome.status == 0
    assert "model untrained reads only " in outcome.complaints[0]


def test_no_command_shows_help_and_is_wrong_usage(run: Any) -> None:
    outcome = run()
    assert outcome.status == 2
    for command in ("camera", "replay", "read", "train", "bench"):
        assert f"\n    {command} " in outcome.err


@pytest.mark.parametrize("command", ["camera", "replay", "read", "train", "bench"])
def test_every_command_has_help_with_examples(run: Any, command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.status == 0
    assert f"\n  livedigits {command}" in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 100


def test_version(run: Any) -> None:
    outcome = run("--version")
    assert outcome.status == 0
    assert outcome.out.startswith("livedigits ")


def test_details_tell_engine_model_and_size(run: Any, page: Path) -> None:
    outcome = run("read", page, "-v")
    assert outcome.out == TEXT
    assert "litert" in outcome.err
    assert "640x480" in outcome.err


def test_the_library_and_help_load_no_heavy_packages() -> None:
    program = """
import sys
import livedigits
from livedigits.cli import main
main(["--help"])
main(["camera", "--help"])
heavy = {"numpy", "cv2", "tensorflow", "keras", "tqdm", "ai_edge_litert"} & set(sys.modules)
assert not heavy, heavy
for name in livedigits.__all__:
    assert getattr(livedigits, name) is not None, name
    assert name in dir(livedigits)
assert "cv2" in sys.modules
heavy = {"tensorflow", "keras"} & set(sys.modules)
assert not heavy, heavy
try:
    livedigits.nothing
except AttributeError as error:
    assert "nothing" in str(error)
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "loading", ["livedigits.cli.commands", "livedigits.cli.options", "numpy", "ai_edge_litert"]
)
def test_ctrl_c_while_packages_are_loaded_ends_it_silently(page: Path, loading: str) -> None:
    program = """
import signal
import sys


class Impatience:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt as interrupt:
                if name != "ai_edge_litert":
                    raise
                raise ImportError("initialization failed") from interrupt  # as pybind11 does


sys.meta_path.insert(0, Impatience())
from livedigits.cli import main

sys.exit(main(["read", sys.argv[2]]))
"""
    process = subprocess.run(
        [sys.executable, "-c", program, loading, str(page)], capture_output=True, check=False
    )
    assert (process.returncode, process.stdout, process.stderr) == (130, b"", b"")
