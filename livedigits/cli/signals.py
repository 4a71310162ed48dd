"""Ctrl-C and SIGTERM: an end between two frames, with every file finished."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select
from types import FrameType, TracebackType
from typing import Any, Self

_STALLED_S = 0.3
"""So long after a signal it is looked whether our output is read on; whoever then takes nothing for
as long again has stopped reading."""

_PATIENCE_S = 1.0
"""A second signal that comes sooner is of the same impatience as the first."""


class Signals:
    """Turns SIGINT and SIGTERM into an exception, but never in the middle of a record.

    SIGINT raises `KeyboardInterrupt` and SIGTERM `SystemExit`, at once or, while `held`, right
    after. Whoever has stopped reading standard output or error is then waited for no longer: what
    is still to be written there is dropped. Should all else fail, a second signal, a second later,
    raises at once in any case.
    """

    def __init__(self) -> None:
        self._holding = False
        self._received: int | None = None
        self._since = 0.0
        self._former: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Takes the signals over."""
        if threading.current_thread() is threading.main_thread():  # Python allows it there only
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._receive)
            if sys.platform != "win32":  # where no signal interrupts a write
                self._former[signal.SIGALRM] = signal.signal(signal.SIGALRM, _drop_stalled)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Gives the signals back, unless one has come: further ones are not to disturb the end.

        Ctrl-C in a pipeline ends whoever reads our output as well, which is not to hide it.
        """
        if self._received is not None and sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._former.items():
            signal.signal(number, handler if self._received is None else signal.SIG_IGN)
        if self._received is not None and isinstance(error, BrokenPipeError):
            self._raise(self._received)

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
        if self._received is None:
            self._received, self._since = number, time.monotonic()
            if sys.platform != "win32":
                signal.setitimer(signal.ITIMER_REAL, _STALLED_S)
            if not self._holding:
                self._raise(number)
        elif time.monotonic() - self._since > _PATIENCE_S:
            self._raise(number)

    @staticmethod
    def _raise(number: int) -> None:
        if number == signal.SIGTERM:
            raise SystemExit(128 + number)
        raise KeyboardInterrupt


def _drop_stalled(*_: object) -> None:
    """Leads standard output and error nowhere where nobody takes what is written to them.

    A write that waits for that is begun anew once this returns (PEP 475), and then succeeds.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, TypeError, ValueError):  # closed, or no file
            if not select([], [stream], [], _STALLED_S)[1]:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
    # Not at an interval: it would interrupt its own waiting.
    signal.setitimer(signal.ITIMER_REAL, _STALLED_S)
