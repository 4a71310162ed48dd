"""Opening cameras and network streams in OpenCV, and what can be asked of them."""

import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from livedigits.capture.opencv import cv2
from livedigits.capture.video import usable_fps
from livedigits.errors import SettingsError, SourceError
from livedigits.hush import hushed
from livedigits.settings import CaptureSettings

Backend: TypeAlias = Literal["any", "v4l2", "msmf", "dshow", "avfoundation", "ffmpeg", "gstreamer"]
"""What OpenCV reads a camera or stream with; any is the best that there is on this system."""

_BACKENDS: dict[Backend, int] = {
    "any": cv2.CAP_ANY,
    "v4l2": cv2.CAP_V4L2,
    "msmf": cv2.CAP_MSMF,
    "dshow": cv2.CAP_DSHOW,
    "avfoundation": cv2.CAP_AVFOUNDATION,
    "ffmpeg": cv2.CAP_FFMPEG,
    "gstreamer": cv2.CAP_GSTREAMER,
}
BACKENDS = tuple(_BACKENDS)
"""The names of all backends."""

_STREAM_BACKENDS = ("any", "ffmpeg", "gstreamer")
_WARM_UP_GRABS = 5  # some cameras give nothing at first
_MOST_CAMERAS = 10  # indices tried where the system does not tell which there are
_SYSFS = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """What to ask a camera for; it gives the nearest that it can. Streams heed the backend only.

    Attributes:
        size: width and height in pixels; None leaves the camera's own, often 640x480.
        fps: frames a second; None leaves the camera's own.
        backend: what reads it.
        exposure: a fixed exposure in the units of the camera and backend, which keeps the picture
            from pumping when a hand comes in; "auto" for its automatic, None leaves it as it is.
    """

    size: tuple[int, int] | None = (1280, 720)
    fps: float | None = None
    backend: Backend = "any"
    exposure: float | Literal["auto"] | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that opens.

    Attributes:
        index: what to open it by.
        backend: what OpenCV reads it with.
        width: of its frames, in pixels.
        height: of its frames, in pixels.
        fps: frames a second, None where it does not tell.
        name: the maker's name for it, where the system tells; else empty.
    """

    index: int
    backend: str
    width: int
    height: int
    fps: float | None
    name: str


def open_camera(device: int | str, options: CameraOptions) -> cv2.VideoCapture:
    """Open a camera by its index, or by its path on Linux (`/dev/video0`).

    Returns:
        The capture, set up; whether it is open is for the caller to check.
    """
    capture = _opened(device, options, compressed=True)
    if capture.isOpened() and not any(capture.grab() for _ in range(_WARM_UP_GRABS)):
        capture.release()  # some promise MJPG and do not keep it
        capture = _opened(device, options, compressed=False)
    return capture


def _opened(device: int | str, options: CameraOptions, *, compressed: bool) -> cv2.VideoCapture:
    backend = _BACKENDS[options.backend]
    if backend == cv2.CAP_ANY and isinstance(device, str):
        backend = cv2.CAP_V4L2
    capture = cv2.VideoCapture(device, backend)
    if not capture.isOpened():
        return capture
    # USB carries 5 to 10 raw frames a second at 720p; MJPG has to be set before the size
    # (opencv#9540), and the rate after it.
    if compressed:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    if options.size is not None:
        width, height = options.size
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    if options.fps is not None:
        capture.set(cv2.CAP_PROP_FPS, options.fps)
    if options.exposure is not None:
        _expose(capture, options.exposure)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _expose(capture: cv2.VideoCapture, exposure: float | Literal["auto"]) -> None:
    """Lock the exposure, or free it; the automatic has to be off before a value is taken."""
    # V4L2 hands its own menu through, V4L2_EXPOSURE_MANUAL and _APERTURE_PRIORITY (videodev2.h);
    # the other backends have a switch.
    manual, automatic = (1, 3) if capture.getBackendName() == "V4L2" else (0, 1)
    if exposure == "auto":
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, automatic)
    else:
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, manual)
        capture.set(cv2.CAP_PROP_EXPOSURE, exposure)


def open_stream(url: str, options: CameraOptions, settings: CaptureSettings) -> cv2.VideoCapture:
    """Open a network stream.

    Returns:
        The capture; whether it is open is for the caller to check.
    """
    if options.backend not in ("any", "ffmpeg"):
        return cv2.VideoCapture(url, _BACKENDS[options.backend])
    # The time limits hold only where FFmpeg is asked for by name (opencv#23207); it is to give up
    # later than `LiveSource`, which takes what fails sooner for no stream at all. One thread
    # decodes: several hold back one frame each (of H.264, 15 frames with 16 threads).
    parameters = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(1000 * settings.open_timeout_s) + 400),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(1000 * settings.frame_timeout_s)),
        *(cv2.CAP_PROP_N_THREADS, 1),
    ]
    return cv2.VideoCapture(url, cv2.CAP_FFMPEG, parameters)


def check_backend(options: CameraOptions, *, stream: bool = False) -> None:
    """Refuse a backend that cannot be used.

    Args:
        options: name it.
        stream: whether it is to read a network stream.

    Raises:
        SettingsError: it reads cameras alone.
        SourceError: this OpenCV does not have it.
    """
    if stream and options.backend not in _STREAM_BACKENDS:
        raise SettingsError(
            f"the backend {options.backend} reads cameras; streams are read with "
            f"{', '.join(_STREAM_BACKENDS[:-1])} or {_STREAM_BACKENDS[-1]}"
        )
    if not _has(_BACKENDS[options.backend]):
        there = [name for name, code in _BACKENDS.items() if _has(code)]
        raise SourceError(
            f"this OpenCV has no backend {options.backend}; it has {', '.join(there)}"
        )


def _has(backend: int) -> bool:
    return backend == cv2.CAP_ANY or bool(cv2.videoio_registry.hasBackend(backend))


def describe(capture: cv2.VideoCapture) -> str:
    """What an open capture gives: `1280x720 MJPG, 30 frames a second, V4L2, exposure 157`."""
    width, height = _size(capture)
    parts = [f"{width}x{height}{_codec(capture)}"]
    fps = usable_fps(capture.get(cv2.CAP_PROP_FPS))
    parts.append(f"{fps:.3g} frames a second" if fps else "unknown frame rate")
    backend = capture.getBackendName()
    parts.append(backend)
    exposure = capture.get(cv2.CAP_PROP_EXPOSURE)
    if backend not in ("FFMPEG", "GSTREAMER") and math.isfinite(exposure):  # a stream has none
        parts.append(f"exposure {exposure:g}")
    return ", ".join(parts)


def _size(capture: cv2.VideoCapture) -> tuple[int, int]:
    told = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    width, height = (int(i) if math.isfinite(i) else 0 for i in told)
    return width, height


def _codec(capture: cv2.VideoCapture) -> str:
    """The name of the format that frames come in, after a space; nothing where it has none."""
    code = capture.get(cv2.CAP_PROP_FOURCC)
    if not math.isfinite(code) or code <= 0:
        return ""
    name = int(code).to_bytes(8, "little")[:4].decode("ascii", "replace").strip("\0 ")
    return f" {name}" if name.isprintable() else ""


def find_cameras(options: CameraOptions) -> list[Camera]:
    """All cameras that open, by their index; nothing is said on standard error.

    A camera that another program holds does not open, nor do the second devices that Linux has for
    the metadata of many a camera.

    Args:
        options: what to ask each of them for.

    Raises:
        SourceError: this OpenCV does not have the backend.
    """
    check_backend(options)
    with hushed():
        found = (_look_at(index, options) for index in _indices())
        return [camera for camera in found if camera is not None]


def _look_at(index: int, options: CameraOptions) -> Camera | None:
    capture = open_camera(index, options)
    try:
        if not capture.isOpened() or not capture.grab():
            return None
        fps = usable_fps(capture.get(cv2.CAP_PROP_FPS))
        return Camera(index, capture.getBackendName(), *_size(capture), fps, _name_of(index))
    finally:
        capture.release()


def _indices() -> list[int]:
    """The cameras that there may be."""
    if sys.platform != "linux":
        return list(range(_MOST_CAMERAS))
    devices = (*_SYSFS.glob("video*"), *Path("/dev").glob("video*"))
    numbers = (re.fullmatch(r"video(\d+)", device.name) for device in devices)
    return sorted({int(number[1]) for number in numbers if number is not None})


def _name_of(index: int) -> str:
    try:
        return (_SYSFS / f"video{index}" / "name").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def without_password(url: str) -> str:
    """A URL fit for messages and logs: `rtsp://user:secret@host` as `rtsp://user:***@host`."""
    return re.sub(r"(?<=://)([^/@:]*):[^/]*@", r"\1:***@", url)
