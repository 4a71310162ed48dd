"""Options of the window in which `camera` and `replay` show what they read."""

import argparse
from pathlib import Path


def add_viewing_options(parser: argparse.ArgumentParser) -> None:
    """Adds how the window shows things, and where it keeps what a person wants kept."""
    group = parser.add_argument_group("window (h in it shows its keys)")
    group.add_argument(
        "--mirror", action="store_true", help="show the picture as in a mirror; it is read as it is"
    )
    group.add_argument(
        "--snapshots",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="folder for what the keys s and r save (default: the current one)",
    )
