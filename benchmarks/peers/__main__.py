"""livedigits beside others on the same pictures: `python -m benchmarks.peers FOLDER...`.

Each folder has a manifest.json as `livedigits evaluate --photos` takes it. livedigits, RapidOCR,
Tesseract and the pipeline of the tutorials read the same decoded pictures, each after a first one
to warm up, and are scored as `evaluate` scores. What is not installed is left out:
pip install ".[benchmark]", and apt install tesseract-ocr.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.peers.measure import Outcome, cores, cpu_model, find_pictures, measure
from benchmarks.peers.own import Livedigits
from benchmarks.peers.peer import Peer, PeerMissingError
from benchmarks.peers.rapidocr import RapidOcr
from benchmarks.peers.tesseract import Tesseract
from benchmarks.peers.tutorial import Tutorial
from livedigits.cli.console import Console
from livedigits.cli.figures import photos_json
from livedigits.errors import ExitStatus, LivedigitsError, SettingsError
from livedigits.learn.photos import Tally

PEERS: dict[str, Callable[[argparse.Namespace], Peer]] = {
    "livedigits": lambda args: Livedigits(),
    "rapidocr": lambda args: RapidOcr(),
    "tesseract": lambda args: Tesseract(),
    "tutorial": lambda args: Tutorial(args.tutorial_model, args.data),
}
"""What makes each peer ready, in the order of their columns."""


def main() -> int:
    """Measures and prints; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="or a manifest")
    parser.add_argument(
        "--peer", action="append", choices=PEERS, help="only this one; may be given several times"
    )
    model = parser.add_mutually_exclusive_group()
    model.add_argument(
        "--tutorial-model", type=Path, metavar="PATH", help="a Keras model for the tutorial's"
    )
    model.add_argument("--data", type=Path, metavar="FILE.npz", help="MNIST, to train one")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args()
    console = Console()
    try:
        pictures, whole = find_pictures(args.folders, console)
        outcomes = []
        for name in [name for name in PEERS if name in (args.peer or PEERS)]:
            try:
                outcomes.append(measure(PEERS[name](args), pictures, console))
            except PeerMissingError as error:
                console.error(str(error))
        if not outcomes:
            raise SettingsError("there is no peer left to measure")
    except LivedigitsError as error:
        console.error(error)
        return error.exit_status
    print(json.dumps(as_json(outcomes), indent=2) if args.json else table(outcomes))
    whole &= not any(outcome.figures.unread for outcome in outcomes)
    return ExitStatus.DONE if whole else ExitStatus.INPUT_FAILED


def table(outcomes: list[Outcome]) -> str:
    """A column for each peer; rows of which there is nothing are left out."""
    figures = [outcome.figures for outcome in outcomes]
    rows = [["", *(outcome.name for outcome in outcomes)]]
    tiers = figures[0].tiers if len(figures[0].tiers) > 1 else ()
    for i, tier in enumerate(tiers):
        rows += tally_rows(tier.name, [own.tiers[i] for own in figures])
    if figures[0].overall.pictures:
        rows += tally_rows("all" if tiers else "", [own.overall for own in figures])
    if figures[0].negatives:
        rows.append(
            ["false digits a negative", *(f"{own.false_digits_a_negative:.2f}" for own in figures)]
        )
    rows.append(["ms a picture, median", *(milliseconds(own.seconds) for own in figures)])
    rows.append(["95th percentile", *(milliseconds(outcome.slow) for outcome in outcomes)])
    if any(own.unread for own in figures):
        rows.append(["pictures that it fails at", *(str(own.unread) for own in figures)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]
    first = figures[0]
    versions = ", ".join(outcome.version for outcome in outcomes)
    return "\n".join(
        [
            f"pictures: {first.overall.pictures} with {first.overall.digits} digits, "
            f"{first.negatives} without any",
            *lines,
            f"{versions}; {date.today()}; {cores()} cores, {cpu_model()}",
        ]
    )


def tally_rows(name: str, tallies: list[Tally]) -> list[list[str]]:
    """Both shares of some pictures, a column for each peer."""
    start = f"{name}: " if name else ""
    return [
        [
            f"{start}digit error rate",
            *(f"{100 * (i.digit_error_rate or 0):.1f} %" for i in tallies),
        ],
        [f"{start}exact lines", *(f"{100 * (i.exact_lines or 0):.1f} %" for i in tallies)],
    ]


def milliseconds(seconds: float | None) -> str:
    """A time."""
    return "-" if seconds is None else f"{1000 * seconds:.1f}"


def as_json(outcomes: list[Outcome]) -> dict[str, Any]:
    """The same and more, ready for `json.dumps`; figures as `evaluate --json` has them."""
    return {
        "date": date.today().isoformat(),
        "cores": cores(),
        "cpu": cpu_model(),
        "peers": [
            {
                "name": outcome.name,
                "version": outcome.version,
                **photos_json(outcome.figures),
                "p95_ms": None if outcome.slow is None else round(1000 * outcome.slow, 2),
            }
            for outcome in outcomes
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
