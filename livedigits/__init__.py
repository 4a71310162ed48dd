"""Reads handwritten digits from a camera, a video or a picture, live.

    from livedigits import Reader, annotate, open_source
    reader = Reader()                                # the default model and settings
    reading = reader.read(cv2.imread("page.jpg"))    # one picture, nothing remembered
    picture = annotate(image, reading)               # a new image with the overlay drawn on it
    with open_source("clip.webm") as source:         # camera, stream, video, image, folder or glob
        for frame, reading in reader.stream(source): # follows digits from frame to frame
            print(reading.text)

Nothing is imported before it is used, so `import livedigits` costs no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = [
    "Box",
    "Digit",
    "Frame",
    "Line",
    "LivedigitsError",
    "Reader",
    "Reading",
    "Settings",
    "__version__",
    "annotate",
    "load_classifier",
    "open_source",
]

if TYPE_CHECKING:
    from livedigits.capture import Frame, open_source
    from livedigits.classify import load_classifier
    from livedigits.errors import LivedigitsError
    from livedigits.present import annotate
    from livedigits.reader import Reader
    from livedigits.reading import Box, Digit, Line, Reading
    from livedigits.settings import Settings

    __version__: str
else:
    _HOMES = {
        "Box": "reading",
        "Digit": "reading",
        "Frame": "capture",
        "Line": "reading",
        "LivedigitsError": "errors",
        "Reader": "reader",
        "Reading": "reading",
        "Settings": "settings",
        "annotate": "present",
        "load_classifier": "classify",
        "open_source": "capture",
    }

    def __getattr__(name: str) -> object:
        """Imports a name when it is first asked for (PEP 562)."""
        if name == "__version__":
            value: object = _version()
        elif name in _HOMES:
            value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(__name__)
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+unknown"
