"""`Sink`, where readings go, and how the failures of writing are told."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from livedigits.capture.frame import Frame
from livedigits.errors import OutputError
from livedigits.reading import Reading


class Sink(Protocol):
    """Something that takes frames with their readings: open it with `with`, then write.

    A sink opens its target when it is made, so that a wrong path shows before the work begins.
    """

    def write(self, frame: Frame, reading: Reading) -> None:
        """Take one frame and what was read in it.

        Raises:
            OutputError: it could not be written.
        """
        ...

    def close(self) -> None:
        """Finish what was written; called at the end of the `with`, after an error too."""

    def __enter__(self) -> Self:
        """The sink itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the sink."""
        self.close()


_ADVICE = {
    errno.ENOENT: "there is no such folder; create it or name another",
    errno.ENOTDIR: "part of the path is a file, not a folder; name another path",
    errno.EEXIST: "a file of that name is in the way; name another folder",
    errno.EISDIR: "that is a folder; name a file in it",
    errno.EACCES: "permission denied; name a path that you may write to",
    errno.EPERM: "permission denied; name a path that you may write to",
    errno.EROFS: "the file system is read-only; name a path on another",
    errno.ENOSPC: "the disk is full; free some space or name a path on another disk",
    errno.EDQUOT: "the disk quota is used up; free some space or name a path on another disk",
    errno.ENAMETOOLONG: "the name is too long; use a shorter one",
}


@contextmanager
def writing(target: str | Path) -> Iterator[None]:
    """Turn every failure to write to `target` into an `OutputError` that says what to try.

    A closed pipe passes as the `BrokenPipeError` that it is: whoever reads has had enough.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        advice = _ADVICE.get(error.errno or 0, f"{reason}; name another path")
        raise OutputError(f"{target}: cannot be written: {advice}") from error


def check_writable(path: Path) -> None:
    """Find out whether a file can be written, leaving it as it is.

    Raises:
        OutputError: it cannot be.
    """
    with writing(path):
        existed = path.exists()
        path.open("ab").close()
        if not existed:
            path.unlink()


def is_same_file(path: Path, source: str) -> bool:
    """Whether `path` is the very file that a frame came from; sources need not be files."""
    try:
        return path.samefile(source)
    except (OSError, ValueError):
        return False
