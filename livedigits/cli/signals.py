"""Ctrl-C and SIGTERM: an end between two frames, with every file finished."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self


class Signals:
    """Turns SIGINT and SIGTERM into an exception, but never in the middle of a record.

    SIGINT raises `KeyboardInterrupt` and SIGTERM `SystemExit`, at once or, while `held`, right
    after; a second one raises at once in any case, lest a reader of ours that has stopped reading
    keeps us for ever.
    """

    def __init__(self) -> None:
        self._holding = False
        self._received: int | None = None
        self._former: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Takes the signals over."""
        if threading.current_thread() is threading.main_thread():  # Python allows it there only
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Gives the signals back, unless one has come: further ones are not to disturb the end."""
        for number, handler in self._former.items():
            signal.signal(number, handler if self._received is None else signal.SIG_IGN)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While records are written: signals wait until all of them are."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._received is not None:
            self._raise(self._received)

    def _receive(self, number: int, _: FrameType | None) -> None:
        again, self._received = self._received is not None, number
        if again or not self._holding:
            self._raise(number)

    @staticmethod
    def _raise(number: int) -> None:
        if number == signal.SIGTERM:
            raise SystemExit(128 + number)
        raise KeyboardInterrupt
