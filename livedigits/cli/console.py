"""What is said to a person, all of it on standard error."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from livedigits.errors import ExitStatus, LivedigitsError

Item = TypeVar("Item")


class Console:
    """Speaks to the person at the terminal.

    Args:
        quiet: say nothing but errors.
        verbose: say details too.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._bar: Any = None
        self._said: set[str] = set()

    @classmethod
    def of(cls, args: argparse.Namespace) -> Self:
        """One that speaks as much as -q and -v ask for."""
        return cls(quiet=args.quiet, verbose=args.verbose)

    def error(self, error: Exception | str) -> None:
        """Tells what went wrong."""
        self._say(str(error))

    def note(self, text: str) -> None:
        """Tells something worth knowing."""
        if not self._quiet:
            self._say(text)

    def once(self, text: str) -> None:
        """Tells something worth knowing, however often it is called, once."""
        if text not in self._said:
            self._said.add(text)
            self.note(text)

    def detail(self, text: str) -> None:
        """Tells something for those who look closely."""
        if self._verbose:
            self._say(text)

    @property
    def watched(self) -> bool:
        """Whether somebody is there to see progress."""
        return not self._quiet and sys.stderr is not None and sys.stderr.isatty()

    def progress(self, items: Iterable[Item], total: int | None, unit: str) -> Iterator[Item]:
        """The items, with a progress bar where somebody watches.

        Whatever is printed to standard output meanwhile has to be `cleared`.
        """
        if not self.watched:
            yield from items
            return
        from tqdm import tqdm

        with tqdm(
            items, total=total, unit=f" {unit}", file=sys.stderr, leave=False, dynamic_ncols=True
        ) as self._bar:
            yield from self._bar
        self._bar = None

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Takes the progress bar away while results are printed, on the same terminal perhaps."""
        if self._bar is None or sys.stdout is None or not sys.stdout.isatty():
            yield
            return
        self._bar.clear()
        yield
        self._bar.refresh()

    def _say(self, text: str) -> None:
        if sys.stderr is None:  # closed by whoever started this
            return
        if self._bar is not None:
            self._bar.clear()
        print(f"livedigits: {text}", file=sys.stderr, flush=True)
        if self._bar is not None:
            self._bar.refresh()


class Failures:
    """Tells errors as they come, and keeps the gravest of their exit statuses.

    Args:
        console: speaks to the person.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self.status = ExitStatus.DONE

    def __call__(self, error: LivedigitsError) -> None:
        """Takes one in."""
        self.status = max(self.status, error.exit_status)
        self._console.error(error)
