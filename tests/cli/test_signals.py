import signal
import sys
from collections.abc import Iterator

import pytest

from livedigits.cli.signals import Signals


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        numbers.append(signal.SIGALRM)
    before = [(number, signal.getsignal(number)) for number in numbers]
    yield
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in before:
        signal.signal(number, handler)


def test_a_signal_waits_while_records_are_written() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), Signals() as signals:
        with signals.held():
            signal.raise_signal(signal.SIGINT)
            done.append("record")
        done.append("after")
    assert done == ["record"]


def test_a_second_signal_does_not_wait() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), Signals() as signals, signals.held():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        done.append("record")
    assert not done


def test_a_program_that_is_ending_is_left_to_it() -> None:
    with pytest.raises(SystemExit), Signals():
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)


def test_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Signals():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
