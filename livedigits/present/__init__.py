"""Where readings go: onto the picture, into a window, a video, pictures, JSON Lines or CSV."""

from livedigits.present.events import Event, EventFinder, EventSink
from livedigits.present.images import ImageSink
from livedigits.present.inspection import inspection_picture
from livedigits.present.jsonl import JsonLinesSink
from livedigits.present.live_video import LiveVideoSink
from livedigits.present.overlay import annotate
from livedigits.present.recording import RecordingSink
from livedigits.present.screen import display_available
from livedigits.present.sink import Sink
from livedigits.present.table import CsvSink
from livedigits.present.video import VIDEO_SUFFIXES, VideoSink
from livedigits.present.window import WindowSink

__all__ = [
    "VIDEO_SUFFIXES",
    "CsvSink",
    "Event",
    "EventFinder",
    "EventSink",
    "ImageSink",
    "JsonLinesSink",
    "LiveVideoSink",
    "RecordingSink",
    "Sink",
    "VideoSink",
    "WindowSink",
    "annotate",
    "display_available",
    "inspection_picture",
]
