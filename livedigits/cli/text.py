"""Results as text for people, on standard output."""

from livedigits.capture.frame import Frame
from livedigits.cli.console import Console
from livedigits.present import Sink
from livedigits.present.textfile import TextTarget
from livedigits.reading import Reading

_STANDS_AFTER_S = 0.5
"""A text that has not changed for so long is worth telling; changes on the way to it are not."""


class PictureText(Sink):
    """The lines of each picture, with its name before them where there are several pictures.

    Args:
        console: is told of pictures without digits.
        several: whether there are several pictures.
    """

    def __init__(self, console: Console, *, several: bool) -> None:
        self._target = TextTarget("-")
        self._console = console
        self._several = several
        self._pictures = 0
        self._empty = 0

    def write(self, frame: Frame, reading: Reading) -> None:
        """Prints one picture's lines."""
        self._pictures += 1
        self._empty += not reading.lines
        if not reading.lines:
            tell = self._console.detail if self._several else self._console.note
            tell(f"{frame.source}: no digits found")
        before = f"{frame.source}: " if self._several else ""
        with self._console.cleared():
            self._target.write("".join(f"{before}{line.text}\n" for line in reading.lines))

    def close(self) -> None:
        """Tells how many pictures were without digits."""
        if self._several and self._empty:
            self._console.note(f"no digits found in {self._empty} of {self._pictures} pictures")


class StreamText(Sink):
    """What stands in a stream, with the time since when: `00:00:01.2  1572 | 43890`.

    A text is printed once it has stood for half a second, and again only after another or none has.
    A recording that ends before anything has stood so long gives what it ended with.

    Args:
        console: may have a progress bar in the way.
        several: there are several recordings, so the name stands before each text.
    """

    def __init__(self, console: Console, *, several: bool) -> None:
        self._target = TextTarget("-")
        self._console = console
        self._several = several
        self._source = ""
        self._text = ""
        self._since = 0.0
        self._told = ""
        self._silent = True

    def write(self, frame: Frame, reading: Reading) -> None:
        """Prints the text if it has stood for long enough."""
        if frame.source != self._source:
            self.close()
            self._source, self._text, self._since, self._told = frame.source, "", 0.0, ""
            self._silent = True
        if reading.text != self._text:
            self._text, self._since = reading.text, frame.time
        elif self._text != self._told and frame.time - self._since >= _STANDS_AFTER_S:
            self._tell()

    def close(self) -> None:
        """Prints what a short recording ended with."""
        if self._silent:
            self._tell()

    def _tell(self) -> None:
        self._told = self._text
        if self._text:
            self._silent = False
            before = f"{self._source}: " if self._several else ""
            text = self._text.replace("\n", " | ")
            with self._console.cleared():
                self._target.write(f"{before}{clock(self._since)}  {text}\n")


def clock(seconds: float) -> str:
    """Hours, minutes and seconds: `00:00:01.2`."""
    tenths = round(10 * seconds)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{tenths // 10:02}.{tenths % 10}"
