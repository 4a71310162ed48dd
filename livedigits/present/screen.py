"""The screen: whether there is one to show a window on, and how large it is."""

import ctypes
import ctypes.util
import os
import socket
import sys
from pathlib import Path

import cv2


def screen_size() -> tuple[int, int] | None:
    """Width and height of the screen in pixels, None where that cannot be told.

    OpenCV does not know it. Several screens side by side may count as one. Call it only where
    `display_available`.
    """
    try:
        if sys.platform == "win32":
            metric = ctypes.windll.user32.GetSystemMetrics
            return metric(0), metric(1)  # SM_CXSCREEN, SM_CYSCREEN
        if sys.platform == "darwin":
            graphics = ctypes.CDLL(ctypes.util.find_library("CoreGraphics"))
            main = graphics.CGMainDisplayID()
            return graphics.CGDisplayPixelsWide(main), graphics.CGDisplayPixelsHigh(main)
        return _x11_size()
    except (OSError, AttributeError):  # the library or a part of it is missing
        return None


def _x11_size() -> tuple[int, int] | None:
    x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    server = ctypes.c_void_p(x11.XOpenDisplay(None))
    if not server:
        return None
    try:
        number = x11.XDefaultScreen(server)
        return x11.XDisplayWidth(server, number), x11.XDisplayHeight(server, number)
    finally:
        x11.XCloseDisplay(server)


def display_available() -> bool:
    """Whether a window can be shown, without trying one: a failed try ends the whole process.

    On Linux a display server has to answer: that of DISPLAY (X11, XWayland), or that of
    WAYLAND_DISPLAY where OpenCV was built with a toolkit that speaks Wayland; the one in OpenCV's
    own packages does not. Elsewhere a display is taken for granted.
    """
    if sys.platform in ("win32", "darwin"):
        return True
    if _x11_answers(os.environ.get("DISPLAY", "")):
        return True
    return _speaks_wayland() and _wayland_answers(os.environ.get("WAYLAND_DISPLAY", ""))


def _x11_answers(display: str) -> bool:
    """Whether an X server listens at a display name, [host]:number[.screen] (man X)."""
    host, colon, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not colon or not number.isdigit():
        return False
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _listens(path) or _listens(f"\0{path}")
    try:
        socket.create_connection((host.strip("[]"), 6000 + int(number)), timeout=2).close()
    except (OSError, OverflowError):
        return False
    return True


def _wayland_answers(display: str) -> bool:
    return bool(display) and _listens(
        str(Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / display)
    )


def _speaks_wayland() -> bool:
    """Whether this OpenCV's windows do: GTK 3 does, Qt only with its plugin for Wayland."""
    toolkit = cv2.currentUIFramework()
    if not toolkit.startswith("QT"):
        return toolkit.startswith("GTK3")
    folder = os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH", "")
    return bool(folder) and any(Path(folder).rglob("libqwayland*"))


def _listens(address: str) -> bool:
    """Whether a server answers at a Unix socket; a leading NUL marks Linux's abstract ones."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(address)
        except OSError:
            return False
    return True
