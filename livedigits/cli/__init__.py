"""The command line: `livedigits camera`, `replay`, `read`, `inspect`, `train` and the others.

Results go to standard output, everything said to a person to standard error.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: "Sequence[str] | None" = None) -> int:
    """Runs one command line, which the process is to end with: after a signal it heeds no other.

    Args:
        argv: its arguments; None for those of this process.

    Returns:
        The exit status, see `ExitStatus`.
    """
    try:
        from livedigits.cli.commands import run  # in here: Ctrl-C may come while Python loads it

        return run(argv)
    except KeyboardInterrupt:
        return 130  # ExitStatus.INTERRUPTED, which may not be loaded yet
