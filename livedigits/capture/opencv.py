"""OpenCV set up for capture: import `cv2` from here, so that its switches are set before it loads.

OpenCV and FFmpeg report every failed camera, codec and packet on standard error; what matters of
that reaches the user as a `SourceError` instead. Whoever wants to see it all sets
`OPENCV_LOG_LEVEL=DEBUG` and `OPENCV_FFMPEG_LOGLEVEL=48`.
"""

import os
import sys

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
if sys.platform == "win32":
    # With hardware transforms, Media Foundation takes up to 20 s to open a camera (opencv#17687).
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")

import cv2

from livedigits.errors import SourceError

if "OPENCV_LOG_LEVEL" not in os.environ:
    # OpenCV 4 has it at the top, OpenCV 5 in utils.logging.
    _set_log_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
    _set_log_level(0)  # silent

__all__ = ["check_name", "cv2"]


def check_name(name: str) -> None:
    """Refuses a name that is not valid UTF-8, at which OpenCV's video readers crash.

    Raises:
        SourceError: it is such a name.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raise SourceError(
            f"{name} cannot be opened: its name is not valid UTF-8; rename it"
        ) from None
