"""Streams that are cut, fall silent or never answer: told, waited for, and left at once."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path
from threading import Timer, main_thread

import pytest
from mjpeg import MjpegServer

import livedigits
from livedigits.capture import Frame, LiveSource, open_source
from livedigits.capture.live import is_stuck
from livedigits.errors import SourceError
from livedigits.settings import CaptureSettings

IMPATIENT = CaptureSettings(open_timeout_s=3, frame_timeout_s=1, reconnect_s=0.5)
PATIENT = "[capture]\nopen_timeout_s = 300\nframe_timeout_s = 300\n"
RUN = sys.executable, "-m", "livedigits", "camera"
CHECKOUT = Path(livedigits.__file__).parent.parent


@contextmanager
def silent_server() -> Iterator[tuple[str, socket.socket]]:
    """One that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}/live", server


@contextmanager
def broadcast(port: int) -> Iterator[None]:
    """A network camera by FFmpeg, for one connection."""
    command = "ffmpeg -nostdin -v quiet -re -f lavfi -i testsrc=size=320x240:rate=25 "
    command += f"-c:v mpeg2video -g 5 -f mpegts -listen 1 http://127.0.0.1:{port}/live.ts"
    with subprocess.Popen(command.split()) as process:
        try:
            yield
        finally:
            process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def opened(url: str, notices: list[str]) -> LiveSource:
    """The source as soon as it can be opened."""
    for _ in range(100):
        try:
            source = open_source(url, settings=IMPATIENT, on_notice=notices.append)
        except SourceError:
            time.sleep(0.1)
        else:
            assert isinstance(source, LiveSource)
            return source
    raise AssertionError(f"{url} does not open")


def is_steady(frames: list[Frame]) -> bool:
    """Whether index and time only ever grow."""
    return all(a.index < b.index and a.time < b.time for a, b in pairwise(frames))


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_a_stream_that_is_cut_and_restored_goes_on() -> None:
    port, notices = free_port(), list[str]()
    url = f"http://127.0.0.1:{port}/live.ts"
    with broadcast(port):
        source = opened(url, notices)
        assert source.given.startswith("320x240")
        stream = iter(source)
        frames = list(islice(stream, 10))
        assert notices == []
    with source, broadcast(port):
        while len(notices) < 2:
            frames.append(next(stream))
        frames += islice(stream, 10)
    assert is_steady(frames)
    assert notices[0] == f"{url} stopped delivering frames; trying to reconnect"
    assert notices[1].startswith(f"{url} is back after ")
    assert len(notices) == 2


def test_a_stream_that_falls_silent_is_noticed_and_goes_on(mjpeg_server: MjpegServer) -> None:
    notices: list[str] = []
    waits = 0

    def wait() -> None:
        nonlocal waits
        waits += 1
        if len(notices) == 1:
            mjpeg_server.running.set()

    with open_source(mjpeg_server.url, settings=IMPATIENT, on_notice=notices.append) as source:
        assert isinstance(source, LiveSource)
        source.on_wait = wait
        stream = iter(source)
        frames = list(islice(stream, 5))
        mjpeg_server.running.clear()
        while len(notices) < 2:
            frames.append(next(stream))
    assert "stopped delivering frames" in notices[0]
    assert "is back after" in notices[1]
    assert is_steady(frames)
    assert waits > 10  # it was not left alone while it waited


def test_closing_while_it_waits_ends_the_iteration(mjpeg_server: MjpegServer) -> None:
    notices: list[str] = []
    with open_source(mjpeg_server.url, settings=IMPATIENT, on_notice=notices.append) as source:
        assert isinstance(source, LiveSource)
        source.on_wait = lambda: source.close() if notices else None
        stream = iter(source)
        next(stream)
        mjpeg_server.unplugged.set()
        mjpeg_server.shutdown()
        list(stream)  # ends
    assert len(notices) == 1


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_server_that_never_answers_is_told_apart_from_none(scheme: str) -> None:
    notices: list[str] = []
    never = CaptureSettings(open_timeout_s=1, reconnect_s=0)
    with silent_server() as (address, _):
        url = f"{scheme}://{address}"
        for settings, on_notice in ((IMPATIENT, None), (never, notices.append)):
            with pytest.raises(SourceError, match=f"^{url} sends nothing: no frame came within"):
                open_source(url, settings=settings, on_notice=on_notice)
    with pytest.raises(SourceError, match=f"^{url} cannot be opened: check the address"):
        open_source(url, settings=IMPATIENT, on_notice=notices.append)
    assert notices == []


def test_a_stream_that_is_silent_from_the_start_is_told_and_waited_for(
    mjpeg_server: MjpegServer,
) -> None:
    notices: list[str] = []

    def tell(text: str) -> None:
        notices.append(text)
        mjpeg_server.running.set()

    mjpeg_server.running.clear()
    with open_source(mjpeg_server.url, settings=IMPATIENT, on_notice=tell) as source:
        frames = list(islice(source, 5))
    assert is_steady(frames)
    assert frames[0].time < 1
    assert notices[0].startswith(f"{mjpeg_server.url} sends nothing; trying to reconnect: check ")
    assert notices[1].startswith(f"{mjpeg_server.url} is back after ")
    assert len(notices) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("state", ["opening", "silent", "stalled", "lost"])
def test_signals_end_a_run_whatever_it_waits_for(
    mjpeg_server: MjpegServer, tmp_path: Path, state: str, number: signal.Signals
) -> None:
    config, log = tmp_path / "patient.toml", tmp_path / "log.jsonl"
    patience = PATIENT.replace("300", "1", 1) if state == "silent" else PATIENT
    config.write_text(patience, encoding="utf-8")
    with silent_server() as (silent, server):
        url = f"rtsp://{silent}" if state in ("opening", "silent") else mjpeg_server.url
        process = subprocess.Popen(
            (*RUN, url, "--no-show", "--config", config, "--json", log),
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        with process:
            if state in ("opening", "silent"):
                server.settimeout(60)
                _connection = server.accept()  # stays open as long as it has a name
                if state == "silent":
                    assert process.stderr is not None
                    assert "sends nothing; trying to reconnect" in process.stderr.readline()
            else:
                while not log.exists() or log.read_bytes().count(b"\n") < 5:
                    assert process.poll() is None
                    time.sleep(0.05)
                mjpeg_server.running.clear()
                if state == "lost":
                    mjpeg_server.unplugged.set()
                    assert process.stderr is not None
                    assert "trying to reconnect" in process.stderr.readline()
            time.sleep(0.5)
            began = time.monotonic()
            process.send_signal(number)
            process.wait(60)
            took = time.monotonic() - began
            assert process.stderr is not None
            said = process.stderr.read()
    assert process.returncode == {signal.SIGTERM: 143, signal.SIGINT: 130}[number]
    assert took < 5  # a second, on a machine with nothing else to do; the stream takes 300
    assert "Traceback" not in said
    assert not log.exists() or log.read_bytes().endswith(b"}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_a_thread_inside_opencv_is_known_after_an_impatient_ctrl_c(
    mjpeg_server: MjpegServer,
) -> None:
    with open_source(mjpeg_server.url, settings=CaptureSettings(frame_timeout_s=60)) as source:
        next(iter(source))
        mjpeg_server.running.clear()
        time.sleep(0.3)
        impatience = Timer(0.1, signal.pthread_kill, (main_thread().ident, signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            impatience.start()
            source.close()  # waits 0.3 s for it
            impatience.join()  # late, on a busy machine
        assert is_stuck()
        mjpeg_server.running.set()
        deadline = time.monotonic() + 30
        while is_stuck():
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_thread_that_never_started_is_not_waited_for() -> None:
    """Ctrl-C may come just before it would have."""
    program = (
        "import threading, livedigits.capture as capture\n"
        "def interrupted(thread): raise KeyboardInterrupt\n"
        "threading.Thread.start = interrupted\n"
        "try: capture.open_source('http://127.0.0.1:9/live')\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert done.stdout == "interrupted\n"
    assert done.stderr == ""
