"""Where frames come from: cameras, streams, videos and pictures, all opened by `open_source`."""

from livedigits.capture.base import ErrorHandler, Rotation
from livedigits.capture.devices import Camera, CameraOptions, find_cameras
from livedigits.capture.frame import Frame, Image, Kind, Source
from livedigits.capture.images import decode_image
from livedigits.capture.live import LiveSource, NoticeHandler
from livedigits.capture.open import open_source

__all__ = [
    "Camera",
    "CameraOptions",
    "ErrorHandler",
    "Frame",
    "Image",
    "Kind",
    "LiveSource",
    "NoticeHandler",
    "Rotation",
    "Source",
    "decode_image",
    "find_cameras",
    "open_source",
]
