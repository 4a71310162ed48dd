"""Match: lines as they were read against lines as they were written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livedigits.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Match:
    """How lines that were read agree with the truth.

    Attributes:
        errors: digits to change, to add and to take away until they are the same.
        exact: true lines that were read without an error.
        right: for each read line, which of its digits stand for an equal digit of the truth.
    """

    errors: int
    exact: int
    right: tuple[tuple[bool, ...], ...]


def match_lines(truth: Sequence[str], read: Sequence[str], optional: Sequence[str] = ()) -> Match:
    """Matches lines one to one so that the sum of their edit distances is least.

    A line without a partner costs its length, an optional one nothing. Among matches that cost
    the same, one with most exact lines is taken, so that the order of lines has no say.

    Args:
        truth: digits of each line that has to be read; no spaces, none empty.
        read: digits of each line that was read, likewise.
        optional: digits of each line that may be read or left out.

    Raises:
        SettingsError: SciPy is not installed.
    """
    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError:
        raise SettingsError(
            "scoring pictures needs SciPy, which is not installed: pip install livedigits[evaluate]"
        ) from None

    written = [*truth, *optional]
    shape = (len(written), len(read))
    distance = np.array([edit_distance(i, j) for i in written for j in read], int).reshape(shape)
    alone = np.array([len(i) for i in truth] + [0] * len(optional), int)
    unmatched = np.array([len(j) for j in read], int)
    # What a pair saves against leaving both its lines alone; pairs that save nothing are none.
    saved = np.maximum(alone[:, None] + unmatched - distance, 0)
    exact = (distance == 0) & (alone[:, None] > 0)
    rows, columns = linear_sum_assignment(saved * (min(shape) + 1) + exact, maximize=True)
    right = [(False,) * len(line) for line in read]
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if saved[i, j]:
            right[j] = right_digits(written[i], read[j])
    return Match(
        errors=int(alone.sum() + unmatched.sum() - saved[rows, columns].sum()),
        exact=int(np.count_nonzero(exact[rows, columns])),
        right=tuple(right),
    )


def edit_distance(truth: str, read: str) -> int:
    """Least number of changed, added and missing characters (Levenshtein, 1966)."""
    return _distances(truth, read)[-1][-1]


def right_digits(truth: str, read: str) -> tuple[bool, ...]:
    """Which characters of `read` stand for an equal one of `truth` in a best alignment."""
    distances = _distances(truth, read)
    right = [False] * len(read)
    i, j = len(truth), len(read)
    while i and j:
        here, diagonal = distances[i][j], distances[i - 1][j - 1]
        equal = truth[i - 1] == read[j - 1]
        if here == diagonal + (not equal):
            right[j - 1] = equal
            i, j = i - 1, j - 1
        elif here == distances[i][j - 1] + 1:
            j -= 1
        else:
            i -= 1
    return tuple(right)


def _distances(truth: str, read: str) -> list[list[int]]:
    """Edit distances between all beginnings (Wagner & Fischer, 1974)."""
    table = [list(range(len(read) + 1))]
    for i, written in enumerate(truth, start=1):
        above, row = table[-1], [i]
        for j, seen in enumerate(read, start=1):
            row.append(min(above[j - 1] + (written != seen), above[j] + 1, row[-1] + 1))
        table.append(row)
    return table
