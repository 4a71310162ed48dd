"""Readings as a table: CSV with one row for each line of numbers."""

import csv
import io
from pathlib import Path

from livedigits.capture.frame import Frame
from livedigits.present.sink import Sink
from livedigits.present.textfile import TextTarget
from livedigits.reading import Reading

COLUMNS = ("source", "frame", "time", "line", "text", "confidence", "x", "y", "w", "h")
"""`line` counts from 0 in each frame, `time` is in seconds, the box in pixels."""


class CsvSink(Sink):
    """Writes CSV, UTF-8, with a header; every frame is on disk when it is written.

    Args:
        target: path of a file, overwritten if it exists; "-" for standard output.

    Raises:
        OutputError: it cannot be opened for writing.
    """

    def __init__(self, target: str | Path) -> None:
        self._target = TextTarget(target)
        self._write_rows([COLUMNS])

    def write(self, frame: Frame, reading: Reading) -> None:
        """Write a row for each line that was read in a frame, none if there was none.

        Raises:
            OutputError: it could not be written.
            BrokenPipeError: whoever reads standard output has gone.
        """
        where = (frame.source, frame.index, round(frame.time, 4))
        self._write_rows(
            [
                (*where, number, line.text, round(line.confidence, 4), *line.box)
                for number, line in enumerate(reading.lines)
            ]
        )

    def _write_rows(self, rows: list[tuple[object, ...]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._target.write(text.getvalue())

    def close(self) -> None:
        """Close the file; standard output stays open."""
        self._target.close()
