"""Photos: how well whole pictures and recordings are read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from livedigits.capture import Frame, Rotation, open_source
from livedigits.errors import SourceError
from livedigits.learn.calibration import Bin, reliability
from livedigits.learn.evaluate import share
from livedigits.learn.manifest import Photo
from livedigits.learn.match import match_lines
from livedigits.reader import Reader
from livedigits.reading import Reading


@dataclass(frozen=True, slots=True)
class View:
    """What was read in a picture, or in the last frame of a recording.

    Attributes:
        frame: that was read.
        reading: what was read in it.
        seconds: that reading a frame took, the median in a recording.
    """

    frame: Frame
    reading: Reading
    seconds: float


@dataclass(frozen=True, slots=True)
class PhotoScore:
    """How well one picture was read.

    Attributes:
        photo: the picture.
        read: its lines as they were read.
        seconds: that it took; None for a picture that could not be read.
        digits: true ones.
        lines: true ones; each digit is one where they are scattered.
        errors: digits to change, to add and to take away.
        exact: true lines without an error.
        confidences: of the reported digits.
        right: whether each of those stands for an equal digit of the truth.
    """

    photo: Photo
    read: tuple[str, ...]
    seconds: float | None
    digits: int
    lines: int
    errors: int
    exact: int
    confidences: tuple[float, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How well some pictures with digits were read, taken together.

    Attributes:
        name: what they have in common.
        pictures: how many.
        digits: true ones.
        lines: true ones.
        errors: digits to change, to add and to take away.
        exact: true lines without an error.
        perfect: pictures without an error.
    """

    name: str
    pictures: int
    digits: int
    lines: int
    errors: int
    exact: int
    perfect: int

    @property
    def digit_error_rate(self) -> float | None:
        """Errors a true digit; above 1 where more is read than there is."""
        return share(self.errors, self.digits)

    @property
    def exact_lines(self) -> float | None:
        """Share of true lines without an error."""
        return share(self.exact, self.lines)

    @property
    def perfect_pictures(self) -> float | None:
        """Share of pictures without an error."""
        return share(self.perfect, self.pictures)


@dataclass(frozen=True, slots=True)
class PhotoFigures:
    """How well pictures were read.

    Attributes:
        overall: all pictures with digits.
        surfaces: the same by surface.
        tiers: the same by tier.
        negatives: pictures without a digit.
        clean_negatives: those in which none was read.
        false_digits: digits read in all of those.
        unread: pictures that could not be read; they count as if nothing was read in them.
        seconds: median time a picture; None where none could be read.
        calibration: of the reported digits.
    """

    overall: Tally
    surfaces: tuple[Tally, ...]
    tiers: tuple[Tally, ...]
    negatives: int
    clean_negatives: int
    false_digits: int
    unread: int
    seconds: float | None
    calibration: tuple[Bin, ...]

    @property
    def false_digits_a_negative(self) -> float | None:
        """Digits read in a picture that has none, on average."""
        return share(self.false_digits, self.negatives)


def read_photo(reader: Reader, photo: Photo, *, rotate: Rotation = 0) -> View:
    """Reads a picture, or a recording to its end.

    Raises:
        SourceError: the file is missing, damaged or of a kind that cannot be read.
        SettingsError: the reader's region of interest lies outside of the picture.
    """
    if not photo.path.is_file():
        raise SourceError(f"{photo.path} does not exist")
    seconds = []
    with open_source(photo.path, rotate=rotate) as source:
        for last in reader.stream(source):
            seconds.append(last[1].elapsed.total)
    if not seconds:
        raise SourceError(f"{photo.path} has no frames")
    return View(*last, median(seconds))


def judge(photo: Photo, view: View | None) -> PhotoScore:
    """Compares what was read with the truth.

    The lines are matched one to one so that the sum of their edit distances is least; see
    `match_lines`. Where digits are scattered each is a line of its own.

    Args:
        photo: the picture.
        view: what was read; None where it could not be read.

    Raises:
        SettingsError: SciPy is not installed.
    """
    reading = Reading() if view is None else view.reading
    rows = [[i for i in reading.digits if i.line == n] for n in range(len(reading.lines))]
    if photo.scattered:
        rows = [[digit] for row in rows for digit in row]
    truth, optional = (
        _digits(lines, apart=photo.scattered) for lines in (photo.lines, photo.optional)
    )
    match = match_lines(truth, ["".join(i.value for i in row) for row in rows], optional)
    return PhotoScore(
        photo=photo,
        read=tuple(line.text for line in reading.lines),
        seconds=None if view is None else view.seconds,
        digits=sum(map(len, truth)),
        lines=len(truth),
        errors=match.errors,
        exact=match.exact,
        confidences=tuple(digit.confidence for row in rows for digit in row),
        right=tuple(right for row in match.right for right in row),
    )


def summarise(scores: Sequence[PhotoScore]) -> PhotoFigures:
    """Figures of many pictures."""
    written = [i for i in scores if i.digits]
    negatives = [i for i in scores if not i.digits]
    seconds = [i.seconds for i in scores if i.seconds is not None]
    surfaces = sorted({i.photo.surface for i in written})
    tiers = sorted({i.photo.tier for i in written})
    return PhotoFigures(
        overall=_tally("all", written),
        surfaces=tuple(_tally(n, (i for i in written if i.photo.surface == n)) for n in surfaces),
        tiers=tuple(_tally(n, (i for i in written if i.photo.tier == n)) for n in tiers),
        negatives=len(negatives),
        clean_negatives=sum(not i.errors for i in negatives),
        false_digits=sum(i.errors for i in negatives),
        unread=len(scores) - len(seconds),
        seconds=median(seconds) if seconds else None,
        calibration=reliability(
            [c for i in scores for c in i.confidences], [r for i in scores for r in i.right]
        ),
    )


def _tally(name: str, scores: Iterable[PhotoScore]) -> Tally:
    own = list(scores)
    return Tally(
        name=name,
        pictures=len(own),
        digits=sum(i.digits for i in own),
        lines=sum(i.lines for i in own),
        errors=sum(i.errors for i in own),
        exact=sum(i.exact for i in own),
        perfect=sum(not i.errors for i in own),
    )


def _digits(lines: Sequence[str], *, apart: bool) -> list[str]:
    """The digits of each line without what is between them, or of all lines one by one."""
    rows = [re.sub("[^0-9]", "", line) for line in lines]
    return list("".join(rows)) if apart else [row for row in rows if row]
