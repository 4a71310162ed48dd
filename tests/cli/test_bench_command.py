"""`livedigits bench`."""

import json
import re
from typing import Any

import pytest

STEPS = ["find", "classify", "follow", "overlay", "total"]
SMALL = ["--size", "320x240", "--digits", "4", "--frames", "10"]


def test_bench_as_json_has_every_step(run: Any) -> None:
    outcome = run("bench", *SMALL, "--json", "--cold", "--engine", "litert", "--scene", "static")
    assert outcome.status == 0
    figures = json.loads(outcome.out)
    assert figures["size"] == [320, 240]
    assert figures["digits"] == 4
    (engine,) = figures["runs"]
    assert (engine["engine"], engine["scene"]) == ("litert", "static")
    assert list(engine["ms"]) == STEPS
    for step in engine["ms"].values():
        assert 0 < step["median"] <= step["p95"] <= step["p99"]
    assert engine["ms"]["total"]["median"] > engine["ms"]["find"]["median"]
    assert engine["frames_per_second"] > 0
    assert engine["cold_start_s"] > 0


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        (("--engine", "litert", "--engine", "auto", "--scene", "moving"), "litert, moving|" * 2),
        ((), "litert, moving|litert, static|"),
    ],
)
def test_bench_compares_engines_and_scenes_side_by_side(
    run: Any, options: tuple[str, ...], columns: str
) -> None:
    rows = run("bench", *SMALL, *options).out.splitlines()
    assert "|".join(re.split(r"\s{2,}", rows[0])[1:]) + "|" == columns
    for step in STEPS:
        (row,) = (i for i in rows if i.startswith(step))
        assert len([float(i) for i in row.split()[1:]]) == 6


@pytest.mark.parametrize(
    "options",
    [
        ["--model", "missing.keras"],
        ["--size", "64x64", "--digits", "5000"],
        ["--size", "100000x100000"],
    ],
)
def test_bench_tells_a_mistake_in_one_line(run: Any, options: list[str]) -> None:
    outcome = run("bench", "-q", *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1
