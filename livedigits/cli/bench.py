"""`livedigits bench`: how fast this machine reads, step by step."""

import argparse
import json
from typing import Any, Literal, get_args

from livedigits.cli.console import Console
from livedigits.cli.options import Subparsers, add_command, positive, size
from livedigits.errors import ExitStatus

Scene = Literal["moving", "static"]

_DETAILS = """\
Measures how fast this machine reads: streams a page of handwriting, in a hand that is not quite
still and on a stand, and prints the milliseconds of each step, three columns for each engine and
scene.
"""

_EXAMPLES = """\
  livedigits bench                               the default model at 1280x720, 32 digits
  livedigits bench --size 1920x1080 --digits 100
  livedigits bench --engine litert --engine keras --scene moving     side by side
  livedigits bench --cold --json                 with the time to the first reading, as JSON
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(
        subparsers, "bench", "measure the speed of this machine", _DETAILS, _EXAMPLES
    )
    group = parser.add_argument_group("measuring")
    group.add_argument(
        "--model", metavar="NAME|PATH", help="a .keras or .tflite file (default: livedigits)"
    )
    group.add_argument(
        "--engine",
        action="append",
        choices=("auto", "litert", "keras"),
        dest="engines",
        help="what runs the model; give it several times to compare (default: auto)",
    )
    group.add_argument(
        "--scene",
        action="append",
        choices=get_args(Scene),
        dest="scenes",
        help="what is filmed: a page that moves a little, or one that stands still, with new noise "
        "in every frame; give it once or twice (default: both)",
    )
    group.add_argument(
        "--size",
        type=size,
        default=(1280, 720),
        metavar="WxH",
        help="of the frames (default: 1280x720)",
    )
    group.add_argument(
        "--digits", type=positive, default=32, metavar="N", help="in view (default: 32)"
    )
    group.add_argument(
        "--frames", type=positive, default=300, metavar="N", help="to read (default: 300)"
    )
    group.add_argument(
        "--cold",
        action="store_true",
        help="also measure the wall time from starting livedigits read to its first output",
    )
    group.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Measures every engine with every scene and prints the figures."""
    console = Console.of(args)
    from livedigits.cli.measure import measure_engines
    from livedigits.present.textfile import TextTarget

    figures = measure_engines(args, console)
    text = json.dumps(figures, indent=2) if args.json else _table(figures)
    TextTarget("-").write(text + "\n")
    return ExitStatus.DONE


def _table(figures: dict[str, Any]) -> str:
    """The figures with a row for each step and three columns for each engine and scene."""
    runs = figures["runs"]
    width, height = figures["size"]
    rows = [
        [
            f"{width}x{height}, {figures['frames']} frames",
            *(f"{run['engine']}, {run['scene']}" for run in runs),
        ],
        ["ms a frame", *("{:>8}{:>8}{:>8}".format("median", "95th", "99th") for _ in runs)],
        *(
            [step, *("".join(f"{run['ms'][step][of]:8.2f}" for of in _STATISTICS) for run in runs)]
            for step in runs[0]["ms"]
        ),
        ["frames a second", *(f"{run['frames_per_second']:.0f}" for run in runs)],
        ["digits seen", *(f"{run['digits_seen']:.0f} of {figures['digits']}" for run in runs)],
        ["peak memory, MB", *(_known(run["peak_memory_mb"], ".0f") for run in runs)],
    ]
    if any(run["cold_start_s"] is not None for run in runs):
        rows.append(["cold start, s", *(_known(run["cold_start_s"], ".2f") for run in runs)])
    first = max(len(row[0]) for row in rows)
    return "\n".join(row[0].ljust(first) + "".join(f"  {i:>24}" for i in row[1:]) for row in rows)


_STATISTICS = ("median", "p95", "p99")


def _known(value: float | None, form: str) -> str:
    return "unknown" if value is None else format(value, form)
