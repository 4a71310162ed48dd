"""Commands in a window, in a real X server: what ends them, and with which status."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool") and cv2.currentUIFramework()),
    reason="needs Xvfb, xdotool and an OpenCV with windows",
)

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    reader, writer = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writer)
        with os.fdopen(reader) as answer:
            name = f":{answer.readline().strip()}"
        monkeypatch.setenv("DISPLAY", name)
        yield name
        server.terminate()


def press(key: str, process: subprocess.Popen[bytes]) -> None:
    """Presses a key over the window, time and again until the process has ended."""
    deadline = time.monotonic() + 60
    search = ["xdotool", "search", "--onlyvisible", "--name", "^livedigits$"]
    while process.poll() is None:
        assert time.monotonic() < deadline
        for window in subprocess.run(search, capture_output=True).stdout.split():
            # Without a window manager keys go where the pointer is. The window may close meanwhile.
            move = ["mousemove", "--window", window.decode(), "50", "50"]
            subprocess.run(["xdotool", *move, "key", key], stderr=subprocess.DEVNULL)
        time.sleep(0.2)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


def test_q_ends_a_replay_well(start: Start, display: str, clip: Path, tmp_path: Path) -> None:
    # Each of many clips takes over a second, so it is the key that ends them.
    process = start("replay", *[clip] * 60, "--csv", tmp_path / "out.csv")
    press("q", process)
    status, _, err = ended(process)
    assert status == 0
    assert "no display" not in err
    assert (tmp_path / "out.csv").read_text().endswith("\n")


def test_read_shows_a_picture_until_a_key(start: Start, display: str, page: Path) -> None:
    process = start("read", page, "--show")
    press("space", process)
    assert ended(process) == (0, "1572\n43890\n", "")


def test_q_ends_showing_pictures(start: Start, display: str, page: Path) -> None:
    process = start("read", page, page, "--show")
    press("q", process)
    status, out, err = ended(process)
    assert (status, out) == (0, f"{page}: 1572\n{page}: 43890\n"), err
