"""Where readings go: onto the picture, into a window, a video, pictures, JSON Lines or CSV."""

from livedigits.present.images import ImageSink
from livedigits.present.jsonl import JsonLinesSink
from livedigits.present.overlay import annotate
from livedigits.present.sink import Sink
from livedigits.present.table import CsvSink
from livedigits.present.video import VIDEO_SUFFIXES, VideoSink
from livedigits.present.window import WindowSink, display_available

__all__ = [
    "VIDEO_SUFFIXES",
    "CsvSink",
    "ImageSink",
    "JsonLinesSink",
    "Sink",
    "VideoSink",
    "WindowSink",
    "annotate",
    "display_available",
]
