"""The delay from a frame to its overlay: `python benchmarks/delay.py [--size WxH] [--fps N]`.

Runs `livedigits camera` in a window on a page of handwriting that carries the frame's number in a
code along its upper edge, once from a stand-in for a camera in this process, once as Motion JPEG
over HTTP from another. The delay counts from the moment at which the camera has the frame, or the
stream sends it, to the moment at which the picture with the overlay is handed to the window, where
the code is read again. It is printed in milliseconds and in frames, median and 95th percentile.

Needs a display; `xvfb-run -a -s "-screen 0 1600x1000x24"` makes one.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import MutableSequence, Sequence
from contextlib import redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np

from livedigits.capture import Image
from livedigits.cli import main as livedigits
from livedigits.cli.measure import filmed, render_page
from livedigits.cli.options import positive, size
from livedigits.present.status import STATUS_HEIGHT

NUMBERS = 64
"""Frames are counted up to this and from 0 again, two seconds later at 30 a second."""

BITS = 6
CELLS = 40
"""A bit of the code is as wide as the picture's so-many-th part."""

STRIP = 12
"""Height of the code in pixels: too low for a digit."""

WARM_UP = 30
"""Frames that do not count: the window opens and digits are confirmed meanwhile."""

BOUNDARY = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"


def coded(image: Image, number: int) -> Image:
    """The picture with a dark cell for each bit of the number that is set."""
    image = image.copy()
    cell = image.shape[1] // CELLS
    image[:STRIP] = 255
    for bit in range(BITS):
        if number >> bit & 1:
            image[:STRIP, (bit + 1) * cell : (bit + 2) * cell] = 0
    return image


def number_of(canvas: Image) -> int:
    """The number in a window's picture, whatever its size."""
    cell = canvas.shape[1] / CELLS
    middles = [canvas[STRIP // 3, round((bit + 1.5) * cell)].mean() for bit in range(BITS)]
    return sum(int(middle < 128) << bit for bit, middle in enumerate(middles))


class StandIn:
    """What `cv2.VideoCapture` is to a camera: gives a frame when it is due, not before.

    Args:
        frames: one for each number.
        fps: frames a second.
        came: is told when each came, by `time.monotonic`.
    """

    def __init__(self, frames: Sequence[Image], fps: float, came: MutableSequence[float]) -> None:
        self._frames = frames
        self._fps = fps
        self._came = came
        self._counts = count()
        self._began = time.monotonic()

    def read(self) -> tuple[bool, Image]:
        """The next frame."""
        index = next(self._counts)
        time.sleep(max(0.0, self._began + index / self._fps - time.monotonic()))
        image = self._frames[index % NUMBERS].copy()
        self._came[index % NUMBERS] = time.monotonic()
        return True, image

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's own name
        """Always."""
        return True

    def get(self, prop: int) -> float:
        """The rate, and nothing else."""
        return self._fps if prop == cv2.CAP_PROP_FPS else 0.0

    def getBackendName(self) -> str:  # noqa: N802
        """No backend of OpenCV's."""
        return "stand-in"

    def release(self) -> None:
        """Nothing is held."""


def serve(
    jpegs: Sequence[bytes], fps: float, came: MutableSequence[float], told: Connection
) -> None:
    """Streams frames to one who asks, for ever; the port is told first."""

    class Stream(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            began = time.monotonic()
            for index in count():
                time.sleep(max(0.0, began + index / fps - time.monotonic()))
                jpeg = jpegs[index % NUMBERS]
                came[index % NUMBERS] = time.monotonic()
                try:
                    self.wfile.write(BOUNDARY % (len(jpeg), jpeg))
                except OSError:  # the reader has left
                    return

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Stream) as server:
        told.send(server.server_port)
        server.serve_forever()


def watch(source: str, frames: int, came: Sequence[float]) -> list[float]:
    """Runs the command; gives the seconds of each frame that it showed."""
    delays = []
    show = cv2.imshow

    def shown(name: str, canvas: Image) -> None:
        delays.append(time.monotonic() - came[number_of(canvas[:-STATUS_HEIGHT])])
        show(name, canvas)

    arguments = ["camera", source, "--show", "--max-frames", str(frames + WARM_UP), "-q"]
    with (
        patch.object(cv2, "imshow", shown),
        Path(os.devnull).open("w", encoding="utf-8") as nothing,
        redirect_stdout(nothing),
    ):
        status = livedigits(arguments)
    if status:
        sys.exit(status)
    return delays[WARM_UP:]


def row(name: str, delays: Sequence[float], fps: float) -> str:
    """The figures of a source in a line."""
    middle, high = np.percentile(delays, (50, 95))
    return (
        f"{name:12} {1000 * middle:10.1f} {1000 * high:8.1f} {fps * middle:12.2f} {fps * high:8.2f}"
    )


def main() -> None:
    """Measures and prints a row for each source."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=size, default=(1280, 720), metavar="WxH")
    parser.add_argument("--digits", type=positive, default=32, metavar="N")
    parser.add_argument("--fps", type=positive, default=30, metavar="N")
    parser.add_argument("--frames", type=positive, default=600, metavar="N", help="to be shown")
    args = parser.parse_args()
    page = render_page(args.size, args.digits)
    frames = [coded(i.image, i.index) for i in filmed(page, "moving", NUMBERS)]
    processes = multiprocessing.get_context("spawn")
    came = processes.Array("d", NUMBERS, lock=False)

    print(f"{'':12} {'ms: median':>10} {'95th':>8} {'frames: med.':>12} {'95th':>8}")
    with patch("livedigits.capture.open.open_camera", lambda *_: StandIn(frames, args.fps, came)):
        print(row("camera", watch("0", args.frames, came), args.fps), flush=True)
    heard, told = processes.Pipe(duplex=False)
    jpegs = [cv2.imencode(".jpg", i)[1].tobytes() for i in frames]
    server = processes.Process(target=serve, args=(jpegs, args.fps, came, told), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{heard.recv()}/"
    print(row("MJPEG, HTTP", watch(url, args.frames, came), args.fps), flush=True)
    server.terminate()


if __name__ == "__main__":
    main()
