"""A text file or standard output, written so that a reader never sees half a record."""

import sys
from pathlib import Path
from typing import Any, BinaryIO

from livedigits.errors import OutputError
from livedigits.present.sink import writing


class TextTarget:
    """Takes whole records, UTF-8, each handed to the operating system at once.

    There is no buffer in between, so neither Ctrl-C nor a crash nor a full disk loses or halves a
    record that was written before it.

    Args:
        target: path of a file, overwritten if it exists; "-" for standard output.

    Raises:
        OutputError: it cannot be opened for writing.
    """

    def __init__(self, target: str | Path) -> None:
        self._standard = str(target) == "-"
        self._name = "standard output" if self._standard else str(target)
        with writing(self._name):
            self._file: BinaryIO = _standard_output() if self._standard else _file(target)

    def write(self, record: str) -> None:
        """Write one record.

        Args:
            record: whole lines. File names that are not valid UTF-8 come out escaped.

        Raises:
            OutputError: it could not be written.
            BrokenPipeError: whoever reads standard output has gone.
        """
        rest = memoryview(record.encode("utf-8", "backslashreplace"))
        with writing(self._name):
            while rest:  # a pipe may take less than all at once
                rest = rest[self._file.write(rest) or 0 :]
            self._file.flush()

    def close(self) -> None:
        """Close the file; standard output stays open."""
        if not self._standard:
            with writing(self._name):
                self._file.close()


def _file(path: str | Path) -> BinaryIO:
    return Path(path).open("wb", buffering=0)


def _standard_output() -> BinaryIO:
    """Standard output below its buffer, which would complain again at exit if a write failed."""
    if sys.stdout is None:
        raise OutputError("standard output: cannot be written: it is closed; name a file instead")
    sys.stdout.flush()
    buffer: Any = sys.stdout.buffer
    raw: BinaryIO = getattr(buffer, "raw", buffer)
    return raw
