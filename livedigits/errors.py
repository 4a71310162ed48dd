"""The errors a user can meet: each names the thing, what is wrong with it and what to try.

The command line prints the message as one line on standard error and exits with `exit_status`;
no traceback. Library users catch `LivedigitsError` or one of its kinds.
"""

from enum import IntEnum


class ExitStatus(IntEnum):
    """How a command ended, for the shell."""

    DONE = 0
    INPUT_FAILED = 1
    WRONG_USAGE = 2
    INTERRUPTED = 130


class LivedigitsError(Exception):
    """Anything that a user can put right; the message is one line that says how."""

    exit_status = ExitStatus.INPUT_FAILED


class SourceError(LivedigitsError):
    """A camera, stream, video or image that cannot be opened or read."""


class OutputError(LivedigitsError):
    """A file or folder that cannot be written, or a format that cannot be encoded."""


class DisplayError(LivedigitsError):
    """A window was asked for where no window can be shown."""


class ModelError(LivedigitsError):
    """A model that is missing, damaged or of a shape that reads no digits."""

    exit_status = ExitStatus.WRONG_USAGE


class SettingsError(LivedigitsError):
    """A setting, in a file or as an option, that does not exist or is out of range."""

    exit_status = ExitStatus.WRONG_USAGE


class DataError(LivedigitsError):
    """Training data that is missing, damaged or not what it claims to be."""

    exit_status = ExitStatus.WRONG_USAGE
