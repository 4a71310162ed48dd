"""A camera on the network: coded frames as Motion JPEG over HTTP."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

from coded_frames import encoded


class MjpegServer(ThreadingHTTPServer):
    """Streams coded frames as Motion JPEG over HTTP, as network cameras do.

    Attributes:
        running: frames are sent while it is set; the stream only stalls while it is not.
        unplugged: connections are closed while it is set.
        last_sent: number of the newest frame on its way.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Stream)
        self.url = f"http://127.0.0.1:{self.server_port}/video"
        self.running = Event()
        self.running.set()
        self.unplugged = Event()
        self.last_sent = -1


class _Stream(BaseHTTPRequestHandler):
    server: MjpegServer

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        number = 0
        while not self.server.unplugged.wait(0.01):
            if self.server.running.is_set():
                try:
                    self._send(encoded(number))
                except OSError:  # the reader has left
                    return
                self.server.last_sent = number
                number += 1

    def _send(self, jpeg: bytes) -> None:
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, *_: object) -> None:
        pass
