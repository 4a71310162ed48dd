"""Hush: keeps libraries from writing to standard error past Python."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hushed() -> Iterator[None]:
    """Standard error leads nowhere meanwhile, for native code as well.

    FFmpeg, LiteRT and TensorFlow greet and complain there whatever they are told; what matters of
    it reaches the user as an error of `livedigits.errors`.
    """
    try:
        kept = os.dup(2)
    except OSError:  # closed: nothing to hush
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
