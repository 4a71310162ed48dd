"""livedigits itself: the default model and settings."""

from importlib.metadata import version

from livedigits import Reader
from livedigits.capture import Image
from livedigits.hush import hushed
from livedigits.reading import Reading


class Livedigits:
    """The reader as anyone gets it."""

    name = "livedigits"

    def __init__(self) -> None:
        """Loads the default model."""
        with hushed():  # LiteRT greets
            self._reader = Reader()
        self.version = f"livedigits {version('livedigits')}"

    def read(self, image: Image) -> Reading:
        """Reads one picture."""
        return self._reader.read(image)
