"""Readings as JSON Lines: one object of the schema livedigits/1 a line, one line a frame."""

import json
from pathlib import Path

from livedigits.capture.frame import Frame
from livedigits.present.sink import Sink
from livedigits.present.textfile import TextTarget
from livedigits.reading import Reading


class JsonLinesSink(Sink):
    """Writes JSON Lines (https://jsonlines.org), UTF-8; every frame is on disk when it is written.

    Args:
        target: path of a file, overwritten if it exists; "-" for standard output.

    Raises:
        OutputError: it cannot be opened for writing.
    """

    def __init__(self, target: str | Path) -> None:
        self._target = TextTarget(target)

    def write(self, frame: Frame, reading: Reading) -> None:
        """Write one line.

        Raises:
            OutputError: it could not be written.
            BrokenPipeError: whoever reads standard output has gone.
        """
        record = reading.to_dict(source=frame.source, frame=frame.index, time=frame.time)
        self._target.write(json.dumps(record, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Close the file; standard output stays open."""
        self._target.close()
