"""Where frames come from: cameras, streams, videos and pictures, all opened by `open_source`."""

from livedigits.capture.base import ErrorHandler, Rotation
from livedigits.capture.frame import Frame, Image, Kind, Source
from livedigits.capture.images import decode_image
from livedigits.capture.live import CameraOptions
from livedigits.capture.open import open_source

__all__ = [
    "CameraOptions",
    "ErrorHandler",
    "Frame",
    "Image",
    "Kind",
    "Rotation",
    "Source",
    "decode_image",
    "open_source",
]
