"""One way to open them all: what the user wrote, to the source that it means."""

import glob
import re
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from livedigits.capture.base import ErrorHandler, Rotation
from livedigits.capture.devices import (
    CameraOptions,
    check_backend,
    open_camera,
    open_stream,
    without_password,
)
from livedigits.capture.frame import Source
from livedigits.capture.images import ImageSource, is_image, only_images
from livedigits.capture.live import LiveSource, NoticeHandler
from livedigits.capture.opencv import check_name
from livedigits.capture.recording import recorded_times
from livedigits.capture.video import VideoSource
from livedigits.errors import SourceError
from livedigits.settings import CaptureSettings

_CAMERA_INDEX = re.compile(r"0|[1-9][0-9]?")
_CAMERA_DEVICE = re.compile(r"/dev/(video\d+|v4l/.+)")
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)  # two letters: C:/ is a disk


def open_source(
    spec: int | str | Path,
    *,
    rotate: Rotation = 0,
    on_error: ErrorHandler | None = None,
    camera: CameraOptions | None = None,
    settings: CaptureSettings | None = None,
    on_notice: NoticeHandler | None = None,
) -> Source:
    """Open whatever frames come from.

    Args:
        spec: a camera (0 or "0", "/dev/video0"), the URL of a stream (rtsp, rtmp, http, udp, ...),
            a video, an image, a folder of images, a glob, or "-" for one image on standard input.
            A `Path` is always a file or folder. A file whose very name is given wins over the
            glob that its name may look like.
        rotate: degrees clockwise by which every frame is turned: 0, 90, 180 or 270.
        on_error: called with each `SourceError` met while iterating; pictures go on with the next,
            videos end, and so do cameras and streams that are not to reconnect. With None, the
            error is raised.
        camera: what to ask a camera for; None asks for 1280x720.
        settings: how long to wait for cameras and streams, and how to reconnect.
        on_notice: called with a line of text when a camera or stream is lost and when it is back.
            With it, a stream that sends nothing from the start is told of and waited for as well,
            as `settings` have it.

    Returns:
        The source, open: its first frame is known to be there, save for pictures, which are read
        one by one. Iterate over it once, inside a `with`.

    Raises:
        SourceError: there is nothing there, or nothing that can be opened.
        SettingsError: `rotate` is not a quarter turn, or the backend reads no streams.
    """
    if isinstance(spec, str) and _CAMERA_INDEX.fullmatch(spec):
        spec = int(spec)
    if isinstance(spec, str) and spec.lower().startswith("file://"):
        spec = url2pathname(urlsplit(spec).path)
    camera, settings = camera or CameraOptions(), settings or CaptureSettings()
    if isinstance(spec, int) or (isinstance(spec, str) and _CAMERA_DEVICE.fullmatch(spec)):
        check_backend(camera)
        return LiveSource(
            f"camera {spec}",
            partial(open_camera, spec, camera),
            advice=_camera_advice(spec),
            open_timeout_s=settings.camera_open_timeout_s,
            settings=settings,
            rotate=rotate,
            on_error=on_error,
            on_notice=on_notice,
        )
    if isinstance(spec, str) and _URL.match(spec):
        check_backend(camera, stream=True)
        check_name(spec)
        return LiveSource(
            without_password(spec),
            partial(open_stream, spec, camera, settings),
            advice="check the address, the network, and any name and password that it asks for",
            open_timeout_s=settings.open_timeout_s,
            settings=settings,
            waits=on_notice is not None,
            rotate=rotate,
            on_error=on_error,
            on_notice=on_notice,
        )
    return _open_files(str(spec), rotate, on_error)


def _camera_advice(device: int | str) -> str:
    other = f"index, such as {0 if device else 1}" if isinstance(device, int) else "device"
    permission = "add yourself to the group video" if sys.platform == "linux" else "grant access"
    return (
        "there is no such camera, another program holds it, or permission is missing"
        f" ({permission}); try another {other}, or a recording; livedigits camera --list names "
        "those that open"
    )


def _open_files(name: str, rotate: Rotation, on_error: ErrorHandler | None) -> Source:
    """Open what lies on disk or on standard input."""
    path = Path(name)
    try:
        if name == "-":
            return ImageSource(name, [None], rotate=rotate, on_error=on_error)
        if not name:
            raise SourceError("the source has no name; give a camera, a file, a folder or a URL")
        if path.is_dir():
            images = only_images(path.iterdir())
            if not images:
                raise SourceError(f"the folder {name} has no images; name a video by its own name")
            return ImageSource(name, images, rotate=rotate, on_error=on_error)
        if path.is_file():
            if is_image(path):
                return ImageSource(name, [path], rotate=rotate, on_error=on_error)
            times = recorded_times(path)
            return VideoSource(name, path, rotate=rotate, on_error=on_error, times=times)
        if path.exists():
            raise SourceError(f"{name} is not a file; pipe a picture in with - instead")
        if glob.has_magic(name):
            matches = glob.glob(name)  # noqa: PTH207 - Path.glob takes no absolute patterns
            images = only_images(Path(i) for i in matches)
            if not images:
                what = "no file matches" if not matches else "there is no image among"
                raise SourceError(f"{what} the pattern {name}")
            return ImageSource(name, images, rotate=rotate, on_error=on_error)
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}") from error
    raise SourceError(f"{name} does not exist")
