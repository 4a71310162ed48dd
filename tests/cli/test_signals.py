import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits.capture import open_source
from livedigits.capture.frame import Frame
from livedigits.cli.signals import Signals
from livedigits.present import RecordingSink
from livedigits.reading import Reading


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


class Impatience(Reading):
    """Two signals come while it is written."""

    def to_dict(self, **about: Any) -> dict[str, Any]:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return super().to_dict(**about)


def test_two_signals_leave_a_recording_with_a_reading_for_each_frame(tmp_path: Path) -> None:
    path = tmp_path / "kept.avi"
    with pytest.raises(KeyboardInterrupt), Signals() as signals, RecordingSink(path) as sink:
        for index, reading in enumerate((Reading(), Reading(), Impatience())):
            with signals.held():
                sink.write(Frame(np.zeros((48, 64, 3), np.uint8), index), reading)
    with open_source(path) as source:
        assert len(list(source)) == 3
    assert len(path.with_suffix(".jsonl").read_bytes().splitlines()) == 3


def test_a_second_signal_does_not_wait_if_it_comes_a_while_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("livedigits.cli.signals._PATIENCE_S", 0.01)
    done = []
    with pytest.raises(KeyboardInterrupt), Signals() as signals, signals.held():
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.02)
        signal.raise_signal(signal.SIGINT)
        done.append("record")
    assert not done


@pytest.mark.skipif(sys.platform == "win32", reason="nothing interrupts a write there")
def test_a_slow_reader_gets_the_whole_record(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    record, taken = bytes(400_000), []

    def read_slowly() -> None:
        while piece := os.read(read_end, 20_000):
            taken.append(piece)
            time.sleep(0.1)

    reader = threading.Thread(target=read_slowly)
    with os.fdopen(write_end, "wb") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        reader.start()
        with pytest.raises(KeyboardInterrupt), Signals() as signals, signals.held():
            signal.raise_signal(signal.SIGINT)
            pipe.write(record)
            pipe.flush()
    reader.join()
    os.close(read_end)
    assert b"".join(taken) == record


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
