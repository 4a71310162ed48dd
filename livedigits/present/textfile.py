"""A text file or standard output, written so that a reader never sees half a record."""

import os
import sys
from contextlib import suppress
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
        content = memoryview(record.encode("utf-8", "backslashreplace"))
        written = 0
        with writing(self._name):
            try:
                while written < len(content):  # a pipe or a full disk may take less than all
                    written += self._file.write(content[written:]) or 0
                self._file.flush()
            except OSError:
                if written:
                    self._take_back(written)
                raise

    def _take_back(self, count: int) -> None:
        """Cuts the last bytes off a file; what went down a pipe is gone."""
        with suppress(OSError):
            self._file.truncate(self._file.seek(-count, os.SEEK_CUR))

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
