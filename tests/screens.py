"""A virtual screen, with real keys, a real mouse and a look at what is on it."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

needs_screen = pytest.mark.skipif(
    not (
        sys.platform.startswith("linux")
        and shutil.which("Xvfb")
        and shutil.which("xdotool")
        and cv2.currentUIFramework()
    ),
    reason="needs Xvfb, xdotool and an OpenCV with windows",
)

PLATE = (20, 24, 28)
"""Ground of the line below the picture and of the help, in RGB."""


@contextmanager
def virtual_screen(folder: Path, size: str = "1600x1000") -> Iterator[str]:
    """An X server without a window manager; its name, and what it shows lies in `folder`."""
    with subprocess.Popen(
        # Without -noreset it starts over whenever its last client leaves, xdotool for one; whoever
        # connects at that moment is turned away, at which Qt aborts.
        ["Xvfb", "-displayfd", "1", "-noreset", "-fbdir", folder, "-screen", "0", f"{size}x24"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        try:
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def screenshot(folder: Path) -> npt.NDArray[np.uint8]:
    """What the screen shows, `(height, width, 3)`, RGB, from its X window dump (XWDFile.h)."""
    data = (folder / "Xvfb_screen0").read_bytes()
    header = np.frombuffer(data, ">u4", 25)
    size, width, height, row, colors = (int(header[i]) for i in (0, 4, 5, 12, 19))
    pixels = np.frombuffer(data, np.uint8, row * height, size + 12 * colors)
    return pixels.reshape(height, row // 4, 4)[:, :width, 2::-1]


def until(true: Callable[[], bool]) -> None:
    """Waits for something to come true, for at most two minutes: machines can be busy."""
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def xdotool(*arguments: object) -> str:
    """Runs xdotool; gives what it prints."""
    command = ["xdotool", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def window_of(name: str) -> str:
    """The number of a window once it is on the screen, with the mouse put over it.

    Without a window manager, keys go where the mouse is.
    """
    window = xdotool("search", "--sync", "--onlyvisible", "--name", name).split()[-1]
    xdotool("mousemove", "--window", window, 5, 5)
    return window


def painted(window: str, folder: Path) -> None:
    """Waits until a window's picture is on a screen that shows nothing else.

    On a busy machine Qt 5.15 may miss that its window was mapped (its log of `qt.qpa.events` then
    has no MapNotify), and never paints it, though keys and the mouse arrive. Mapped anew, it does.
    """
    deadline, patience = time.monotonic() + 120, 5.0
    while True:
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if screenshot(folder).any(axis=2).mean() > 0.01:  # more than the mouse's arrow
                return
            time.sleep(0.02)
        assert time.monotonic() < deadline
        xdotool("windowunmap", window)
        xdotool("windowmap", window)
        patience *= 2


def press(*keys: str) -> None:
    """Presses keys one after the other."""
    xdotool("key", "--delay", 50, *keys)


def drag(left: int, top: int, right: int, bottom: int) -> None:
    """Drags the mouse from one place on the screen to another."""
    xdotool("mousemove", left, top, "mousedown", 1, "mousemove", (left + right) // 2, bottom)
    xdotool("mousemove", right, bottom, "mouseup", 1)
