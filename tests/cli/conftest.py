"""What the tests of the command line share: pictures, a clip, and ways to run a command."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

import cv2
import numpy as np
import pytest
from sheets import sheet

import livedigits
from livedigits.capture.frame import Frame, Image
from livedigits.cli import main
from livedigits.present import VideoSink
from livedigits.reading import Reading

LINES = ("1572", "43890")
TEXT = "1572\n43890\n"
CHECKOUT = Path(livedigits.__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""

    def run(*argv: object) -> Outcome:
        capsys.readouterr()
        status = main([str(i) for i in argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Outcome(int(status), said.out, said.err)

    return run


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[bytes]]:
    """Starts a command line as a process of its own; its streams are pipes."""

    def start(*argv: object, stdout: int | BinaryIO = subprocess.PIPE) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        environment.pop("PYTHONUNBUFFERED", None)
        return subprocess.Popen(
            [sys.executable, "-m", "livedigits", *map(str, argv)],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment,
        )

    return start


@pytest.fixture(scope="session")
def picture() -> Image:
    """A sheet with `LINES` in large, clear digits."""
    return sheet(LINES, size=(640, 480), height=100, seed=1).picture()


@pytest.fixture
def page(tmp_path: Path, picture: Image) -> Path:
    """The picture as a file."""
    return saved(tmp_path / "page.png", picture)


@pytest.fixture
def clip(tmp_path: Path, picture: Image) -> Path:
    """A second of the picture, then half a second of nothing, at 20 frames a second."""
    path = tmp_path / "clip.avi"
    blank = np.full_like(picture, 235)
    with VideoSink(path, 20, annotated=False) as sink:
        for index in range(30):
            sink.write(Frame(picture if index < 20 else blank, index), Reading())
    return path


@pytest.fixture
def unplugged() -> Event:
    """Ends the stream of the network camera when it is set."""
    return Event()


@pytest.fixture
def address(picture: Image, unplugged: Event) -> Iterator[str]:
    """A camera on the network before which the picture lies."""
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    head = f"--f\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()

    class Stream(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=f")
            self.end_headers()
            try:
                while not unplugged.wait(0.02):
                    self.wfile.write(head + jpeg + b"\r\n")
            except OSError:  # the reader has left
                return

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stream) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/video"
        unplugged.set()
        server.shutdown()
        thread.join()


def saved(path: Path, image: np.ndarray) -> Path:
    """Writes a picture in the format of the name's ending, whatever the name."""
    done, data = cv2.imencode(path.suffix, image)
    assert done
    path.write_bytes(data.tobytes())
    return path
