"""The window, in a real X server that has no window manager."""

import ctypes
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from screens import (
    PLATE,
    drag,
    needs_screen,
    painted,
    press,
    screenshot,
    until,
    virtual_screen,
    xdotool,
)

from livedigits.errors import DisplayError
from livedigits.present import WindowSink, display_available

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
end = time.monotonic() + 300
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

# Shows a grey frame with a blue corner; tells what keys and the mouse have changed.
INTERACTIVE = """
import numpy as np, sys, time
from livedigits.capture.frame import Frame
from livedigits.present import WindowSink
from livedigits.present.controls import Controls
from livedigits.reading import Reading
image = np.full((int(sys.argv[2]), int(sys.argv[1]), 3), 180, np.uint8)
image[: image.shape[0] // 4, : image.shape[1] // 4] = (255, 0, 0)
controls = Controls(mirrored="mirrored" in sys.argv)
end = time.monotonic() + 300
with WindowSink("livedigits - größe", controls=controls) as window:
    window.show(Frame(image), Reading())
    before, shown = None, 0
    while not window.closed and time.monotonic() < end:
        if not controls.paused:
            window.show(Frame(image), Reading())
        else:
            window.pump(0.02)
        shown += 1
        if shown == 5:
            print("shown", flush=True)
        if (controls.paused, controls.region) != before:
            before = controls.paused, controls.region
            print(*before[:1], *(before[1] or ()), flush=True)
"""

Window = tuple[subprocess.Popen[str], str]


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what is on the screen lies."""
    return tmp_path_factory.mktemp("screen")


@pytest.fixture(scope="module")
def display(screen: Path) -> Iterator[str]:
    with virtual_screen(screen) as name:
        yield name


@pytest.fixture
def show(
    display: str, screen: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Window]]:
    """Starts the program; gives the process and its window's number, once that is on screen."""
    monkeypatch.setenv("DISPLAY", display)
    started: list[subprocess.Popen[str]] = []

    def start(
        width: int = 640,
        height: int = 480,
        *how: str,
        program: str = PROGRAM,
        screen: Path = screen,
    ) -> Window:
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(width), str(height), *how],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        while (line := process.stdout.readline()) != "shown\n":
            assert line
        found = xdotool("search", "--sync", "--onlyvisible", "--name", "livedigits - größe").split()
        painted(found[-1], screen)
        return process, found[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


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


@needs_screen
def test_a_stall_is_told_until_a_frame_comes(show: Callable[..., Window], screen: Path) -> None:
    stalls = INTERACTIVE.replace("window.pump(0.02)", "window.stall(7); window.pump(0.02)")
    _, window = show(program=stalls)
    xdotool("mousemove", "--window", window, 5, 5)

    def told() -> int:
        return int((screenshot(screen)[480:502] == (130, 200, 255)).all(axis=2).sum())

    keys = told()
    press("space")
    until(lambda: told() > 2 * keys)
    press("space")
    until(lambda: told() == keys)


@needs_screen
@pytest.mark.parametrize("key", ["q", "Escape"])
def test_a_key_closes_the_window(show: Callable[..., Window], key: str) -> None:
    process, window = show()
    xdotool("key", "--window", window, "a")  # any other key does not
    time.sleep(0.2)
    assert process.poll() is None
    xdotool("key", "--window", window, key)
    assert process.communicate(timeout=60)[0].split() == ["closed", "left"]
    assert process.returncode == 0


@needs_screen
def test_the_close_button_closes_the_window(show: Callable[..., Window]) -> None:
    try:
        ctypes.CDLL("libX11.so.6")
    except OSError:
        pytest.skip("needs libX11")
    process, window = show()
    press_close_button(int(window))
    assert process.communicate(timeout=60)[0].split() == ["closed", "left"]
    assert process.returncode == 0


@needs_screen
@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ((640, 480), (640, 480)),
        ((3840, 2160), (1280, 720)),
        ((600, 1800), (240, 720)),
        ((64, 48), (640, 480)),
        ((1, 1), (480, 480)),
    ],
)
def test_a_window_opens_at_a_size_that_fits_the_screen(
    show: Callable[..., Window], frame: tuple[int, int], expected: tuple[int, int]
) -> None:
    _, window = show(*frame)
    until(lambda: geometry(window) == expected)  # the server may be a moment behind


@needs_screen
def test_a_window_fits_a_small_screen_with_its_status_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, show: Callable[..., Window]
) -> None:
    with virtual_screen(tmp_path, "800x600") as name:
        monkeypatch.setenv("DISPLAY", name)
        process, window = show(1920, 1080, program=INTERACTIVE, screen=tmp_path)
        until(lambda: geometry(window) == (720, 405 + 22))
        process.kill()
        process.wait()


def told(process: subprocess.Popen[str], line: str) -> None:
    """Waits until the program tells this."""
    assert process.stdout is not None
    while (heard := process.stdout.readline().strip()) != line:
        assert heard


@needs_screen
def test_a_resized_window_keeps_the_aspect_of_its_picture(
    show: Callable[..., Window], screen: Path
) -> None:
    _, window = show(640, 480, program=INTERACTIVE)
    xdotool("windowsize", window, 1000, 422)  # 400 for the picture, so it is 533 wide

    def picture() -> tuple[int, ...]:
        grey = np.flatnonzero((screenshot(screen)[390] == 180).all(axis=1))
        return tuple(grey[[0, -1]]) if grey.size else ()

    until(lambda: picture() == (233, 765))


@needs_screen
@pytest.mark.parametrize("how", ["plain", "mirrored"])
def test_a_drag_selects_a_region_of_the_frame_and_c_clears_it(
    show: Callable[..., Window], screen: Path, how: str
) -> None:
    # The frame is shown at half its size, 960x720.
    process, _ = show(1920, 1440, how, program=INTERACTIVE)
    drag(100, 120, 300, 240)
    left = 200 if how == "plain" else 1920 - 600
    told(process, f"False {left} 240 400 240")
    outline = [240, 190, 0]  # orange as RGB has it
    until(lambda: screenshot(screen)[120, 200].tolist() == outline)
    xdotool("mousemove", 100, 100, "click", 1)  # a click is no region
    press("c")
    told(process, "False")
    until(lambda: screenshot(screen)[120, 200].tolist() != outline)


@needs_screen
def test_the_region_is_shown_while_it_is_drawn_even_in_a_pause(
    show: Callable[..., Window], screen: Path
) -> None:
    process, window = show(640, 480, program=INTERACTIVE)
    xdotool("mousemove", "--window", window, 100, 100)
    press("space")
    told(process, "True")
    xdotool("mousedown", 1, "mousemove", 300, 200)
    until(lambda: screenshot(screen)[100, 150].tolist() == [240, 190, 0])
    xdotool("mousemove", 300, 300)
    until(lambda: screenshot(screen)[299, 200].tolist() == [240, 190, 0])
    xdotool("mouseup", 1)
    told(process, "True 100 100 200 200")


@needs_screen
def test_a_mirror_shows_the_picture_the_other_way_round(
    show: Callable[..., Window], screen: Path
) -> None:
    show(640, 480, "mirrored", program=INTERACTIVE)
    until(lambda: screenshot(screen)[50, 600].tolist() == [0, 0, 255])
    assert screenshot(screen)[50, 40].tolist() == [180] * 3


@needs_screen
def test_the_status_line_is_there_and_h_shows_the_keys(
    show: Callable[..., Window], screen: Path
) -> None:
    _, window = show(640, 480, program=INTERACTIVE)
    assert geometry(window) == (640, 480 + 22)
    xdotool("mousemove", "--window", window, 5, 5)

    def share_of_plate(top: int, bottom: int, left: int, right: int) -> float:
        return float((screenshot(screen)[top:bottom, left:right] == PLATE).all(axis=2).mean())

    until(lambda: share_of_plate(480, 502, 0, 640) > 0.5)
    text = screenshot(screen)[480:502, :640].max(axis=2) > 200
    assert 0.01 < text.mean() < 0.3
    assert share_of_plate(200, 280, 280, 360) == 0
    press("h")
    until(lambda: share_of_plate(200, 280, 280, 360) > 0.5)
    press("h")
    until(lambda: share_of_plate(200, 280, 280, 360) == 0)


@needs_screen
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
