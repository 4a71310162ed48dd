"""The window, in a real X server that has no window manager."""

import ctypes
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

from livedigits.errors import DisplayError
from livedigits.present import WindowSink, display_available

needs_x = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool") and cv2.currentUIFramework()),
    reason="needs Xvfb, xdotool and an OpenCV with windows",
)

# Shows a frame over and over; says so once it stands, and again when the user has closed it.
PROGRAM = """
import numpy as np, sys, time
from livedigits.capture.frame import Frame
from livedigits.present import WindowSink
from livedigits.reading import Box, Digit, Line, Reading
box = Box(40, 40, 30, 50)
reading = Reading((Line("7", 0.99, box),), (Digit("7", 0.99, box),))
width, height = int(sys.argv[1]), int(sys.argv[2])
frame = Frame(np.full((height, width, 3), 180, np.uint8))
end = time.monotonic() + 20
with WindowSink("livedigits - größe") as window:
    shown = 0
    while not window.closed and time.monotonic() < end:
        window.write(frame, reading)
        shown += 1
        if shown == 5:
            print("shown", flush=True)
    print("closed" if window.closed else "too late", flush=True)
    window.write(frame, reading)
print("left", flush=True)
"""

Window = tuple[subprocess.Popen[str], str]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    reader, writer = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        yield f":{number}"
        server.terminate()


@pytest.fixture
def show(display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Window]]:
    """Starts the program; gives the process and its window's number, once that is on screen."""
    monkeypatch.setenv("DISPLAY", display)
    started: list[subprocess.Popen[str]] = []

    def start(width: int = 640, height: int = 480) -> Window:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(width), str(height)],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "shown\n"
        found = xdotool("search", "--sync", "--onlyvisible", "--name", "livedigits - größe").split()
        return process, found[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def xdotool(*arguments: str) -> str:
    return subprocess.run(
        ["xdotool", *arguments], check=True, capture_output=True, text=True, timeout=15
    ).stdout


def geometry(window: str) -> tuple[int, ...]:
    size = re.search(r"Geometry: (\d+)x(\d+)", xdotool("getwindowgeometry", window))
    assert size is not None
    return tuple(map(int, size.groups()))


def press_close_button(window: int) -> None:
    """Send what a window manager sends when a window's close button is pressed (ICCCM 4.2.8.1)."""

    class Message(ctypes.Structure):
        _fields_ = (
            ("type", ctypes.c_int),
            ("serial", ctypes.c_ulong),
            ("send_event", ctypes.c_int),
            ("display", ctypes.c_void_p),
            ("window", ctypes.c_ulong),
            ("message_type", ctypes.c_ulong),
            ("format", ctypes.c_int),
            ("data", ctypes.c_long * 5),
            ("rest", ctypes.c_long * 24),
        )

    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    server = ctypes.c_void_p(x11.XOpenDisplay(None))
    protocols, delete = (
        x11.XInternAtom(server, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")
    )
    message = Message(type=33, window=window, message_type=protocols, format=32)
    message.data[0] = delete
    x11.XSendEvent(server, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(message))
    x11.XCloseDisplay(server)


@needs_x
@pytest.mark.parametrize("key", ["q", "Escape"])
def test_a_key_closes_the_window(show: Callable[..., Window], key: str) -> None:
    process, window = show()
    xdotool("key", "--window", window, "a")  # any other key does not
    time.sleep(0.2)
    assert process.poll() is None
    xdotool("key", "--window", window, key)
    assert process.communicate(timeout=15)[0].split() == ["closed", "left"]
    assert process.returncode == 0


@needs_x
def test_the_close_button_closes_the_window(show: Callable[..., Window]) -> None:
    try:
        ctypes.CDLL("libX11.so.6")
    except OSError:
        pytest.skip("needs libX11")
    process, window = show()
    press_close_button(int(window))
    assert process.communicate(timeout=15)[0].split() == ["closed", "left"]
    assert process.returncode == 0


@needs_x
@pytest.mark.parametrize(
    ("frame", "expected"),
    [((640, 480), (640, 480)), ((3840, 2160), (1280, 720)), ((600, 1800), (240, 720))],
)
def test_a_window_opens_at_a_size_that_fits_the_screen(
    show: Callable[..., Window], frame: tuple[int, int], expected: tuple[int, int]
) -> None:
    _, window = show(*frame)
    end = time.monotonic() + 5  # the server may be a moment behind
    while (size := geometry(window)) != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert size == expected


@needs_x
def test_a_display_that_answers_is_available(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    assert display_available()
    monkeypatch.setenv("DISPLAY", f"{display}.0")
    assert display_available()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is a matter of Linux")
@pytest.mark.parametrize(
    "name", [None, "", ":987", "unix:987", "127.0.0.1:987", "localhost:59000000", "nonsense", ":x"]
)
def test_a_display_that_is_missing_or_dead_is_told_instead_of_ending_the_process(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    if name is not None:
        monkeypatch.setenv("DISPLAY", name)
    assert not display_available()
    if cv2.currentUIFramework():
        with pytest.raises(DisplayError, match=r"no display .*--no-show"):
            WindowSink()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Wayland is a matter of Linux")
def test_wayland_counts_only_where_opencv_speaks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        monkeypatch.setattr(cv2, "currentUIFramework", lambda: "QT5")
        monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", str(tmp_path))
        assert not display_available()
        (tmp_path / "libqwayland-generic.so").touch()
        assert display_available()
    assert not display_available()


def test_an_opencv_without_windows_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    with pytest.raises(DisplayError, match="uninstall opencv-python-headless"):
        WindowSink()
