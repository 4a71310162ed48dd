"""What the tests of several kinds of sources share."""

from collections.abc import Iterator
from threading import Thread

import pytest
from mjpeg import MjpegServer


@pytest.fixture
def mjpeg_server() -> Iterator[MjpegServer]:
    """A running network camera."""
    with MjpegServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.unplugged.set()
        server.shutdown()
        thread.join()
