"""One way to open them all: what the user wrote, to the source that it means."""

import glob
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from livedigits.capture.base import ErrorHandler, Rotation
from livedigits.capture.frame import Source
from livedigits.capture.images import ImageSource, is_image, only_images
from livedigits.capture.live import (
    CameraOptions,
    LiveSource,
    open_camera,
    open_stream,
    without_password,
)
from livedigits.capture.video import VideoSource
from livedigits.errors import SourceError

_CAMERA_INDEX = re.compile(r"0|[1-9][0-9]?")
_CAMERA_DEVICE = re.compile(r"/dev/(video\d+|v4l/.+)")
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)  # two letters: C:/ is a disk


def open_source(
    spec: int | str | Path,
    *,
    rotate: Rotation = 0,
    on_error: ErrorHandler | None = None,
    camera: CameraOptions | None = None,
) -> Source:
    """Open whatever frames come from.

    Args:
        spec: a camera (0 or "0", "/dev/video0"), the URL of a stream (rtsp, rtmp, http, udp, ...),
            a video, an image, a folder of images, a glob, or "-" for one image on standard input.
            A `Path` is always a file or folder. A file whose very name is given wins over the
            glob that its name may look like.
        rotate: degrees clockwise by which every frame is turned: 0, 90, 180 or 270.
        on_error: called with each `SourceError` met while iterating; pictures go on with the next,
            videos and streams end. With None, the error is raised.
        camera: what to ask a camera for; None asks for 1280x720.

    Returns:
        The source, open: its first frame is known to be there, save for pictures, which are read
        one by one. Iterate over it once, inside a `with`.

    Raises:
        SourceError: there is nothing there, or nothing that can be opened.
        SettingsError: `rotate` is not a quarter turn.
    """
    if isinstance(spec, int) or (isinstance(spec, str) and _CAMERA_INDEX.fullmatch(spec)):
        name, index = f"camera {spec}", int(spec)
        capture = open_camera(index, camera or CameraOptions())
        advice = _camera_advice(f"try another index, such as {0 if index else 1}")
        return LiveSource(name, capture, advice=advice, rotate=rotate, on_error=on_error)
    if isinstance(spec, str) and _CAMERA_DEVICE.fullmatch(spec):
        capture = open_camera(spec, camera or CameraOptions())
        advice = _camera_advice("try another device")
        return LiveSource(
            f"camera {spec}", capture, advice=advice, rotate=rotate, on_error=on_error
        )
    if isinstance(spec, str) and spec.lower().startswith("file://"):
        spec = url2pathname(urlsplit(spec).path)
    if isinstance(spec, str) and _URL.match(spec):
        name = without_password(spec)
        advice = "check the address, the network, and any name and password that it asks for"
        return LiveSource(name, open_stream(spec), advice=advice, rotate=rotate, on_error=on_error)
    return _open_files(str(spec), rotate, on_error)


def _camera_advice(other: str) -> str:
    permission = "add yourself to the group video" if sys.platform == "linux" else "grant access"
    return (
        "there is no such camera, another program holds it, or permission is missing"
        f" ({permission}); {other}, or a recording"
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
            return VideoSource(name, path, rotate=rotate, on_error=on_error)
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
