"""What became of everything in a picture: `Inspection`, `Mark` and `Verdict`, and their JSON.

This is how one finds out why a digit is not read: every mark of ink has one verdict, and every
verdict says which setting governs it.
"""

import base64
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.reading import Box, Reading
from livedigits.settings import Settings

SCHEMA = "livedigits-inspect/1"


class Verdict(StrEnum):
    """What became of a mark: read, or dropped at the step named first for the reason that follows.

    In the order of interest to someone who misses a digit.

    Attributes:
        sentence: the reason in plain English.
        setting: what governs it, as "section.name" of `Settings`; empty where nothing does.
    """

    sentence: str
    setting: str

    def __new__(cls, value: str, sentence: str, setting: str) -> "Verdict":
        """A member with its reason."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence, member.setting = sentence, setting
        return member

    READ = "read", "read as a digit", "classify.min_confidence"
    UNSURE = (
        "unsure",
        "the model is less sure of its digit than is asked for",
        "classify.min_confidence",
    )
    AMONG_OTHERS = (
        "among others",
        "looks like a digit by itself, but stands among marks that are none, as letters do",
        "classify.model_weight",
    )
    NO_DIGIT = (
        "no digit",
        "the model takes it for no digit: a letter, a symbol, a blot, half of a digit or two",
        "classify.min_confidence",
    )
    FAINTER = (
        "fainter",
        "fainter than the page's digits, as grain, shadows and ruled lines are",
        "classify.least_contrast",
    )
    FINER = (
        "finer",
        "of far finer strokes than the page's digits, and no darker, as rules and edges are",
        "classify.least_ink",
    )
    SMALLER = (
        "smaller",
        "small beside the page's digits, as specks and dots are",
        "classify.least_height",
    )
    TALLER = (
        "taller",
        "tall beside the page's digits: rules, frames, and digits that touch them",
        "classify.most_height",
    )
    OVERLAPPED = (
        "overlapped",
        "covers or lies within a mark that is the surer digit: another way to put its pieces",
        "",
    )
    CUT_OTHERWISE = (
        "cut otherwise",
        "a piece of a wide mark that reads better whole, or cut elsewhere",
        "classify.cut_doubt",
    )
    TAKEN_APART = (
        "taken apart",
        "rules run through it; what is left without them is tried",
        "",
    )
    TOO_WIDE = (
        "too wide",
        "too wide for its height: rules, words in one stroke, digits that touch something",
        "find.max_aspect",
    )
    TOO_TALL = (
        "too tall",
        "taller than a digit may be, or running from one border to the other",
        "find.max_height",
    )
    RING = "ring", "drawn around another mark, as around a number that is chosen", ""
    CUT_OFF = "cut off", "reaches the border, so that part of it may not be in the picture", ""
    TOO_SLIM = "too slim", "too slim for its height, as upright rules are", "find.max_slimness"
    TOO_FAINT = (
        "too faint",
        "far fainter than the frame's strong marks; not shown to the model",
        "find.faintest",
    )
    TOO_MANY = (
        "too many",
        "beyond the number of marks that are looked at, the largest first",
        "find.max_candidates",
    )
    TOO_SHORT = "too short", "shorter than digits can be read", "find.min_height_px"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A mark that the model was not shown.

    Attributes:
        box: around it, in pixels of the picture that was looked at.
        verdict: why not.
    """

    box: Box
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """What was taken for ink at one resolution.

    Attributes:
        mask: 255 where there is ink, else 0, `(h, w)` uint8.
        scale: pixels of the frame for a pixel of the mask.
    """

    mask: npt.NDArray[np.uint8]
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One mark of ink and what became of it.

    Attributes:
        box: around it, in pixels of the frame.
        verdict: what became of it.
        value: the likeliest digit, "0" to "9"; None where the model was not shown the mark.
        confidence: probability in [0, 1] that it is that digit.
        patch: `(28, 28)` float32 in [0, 1], the mark as the model sees it; None where it does not.
        probabilities: `(11,)` float32, the ten digits and "not a digit", as they were when the
            verdict fell; None where the model was not shown the mark.
    """

    box: Box
    verdict: Verdict
    value: str | None = None
    confidence: float = 0.0
    patch: npt.NDArray[np.float32] | None = None
    probabilities: npt.NDArray[np.float32] | None = None

    def likeliest(self, count: int) -> list[tuple[str, float]]:
        """So many classes with their probabilities, the likeliest first; "none" is no digit."""
        if self.probabilities is None:
            return []
        order = np.argsort(-self.probabilities, kind="stable")[:count].tolist()
        return [(str(i) if i < 10 else "none", float(self.probabilities[i])) for i in order]


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """Every step on one picture.

    Attributes:
        image: the picture.
        region: the part of it that was read.
        polarity: of the ink; of two, the one with more and surer digits.
        inks: what was taken for ink, the finest resolution first, then those coarser ones that
            marks were found on.
        marks: everything that was found, each once: in the order of the verdicts, digits read in
            reading order, the others from the surest to the least sure. They are numbered so, from
            1, wherever they are shown.
        reading: what was read.
        settings: the tunables that led to it.
        threshold: digits less probable than this were not read.
    """

    image: Image
    region: Box
    polarity: Literal["dark", "light"]
    inks: tuple[Ink, ...]
    marks: tuple[Mark, ...]
    reading: Reading
    settings: Settings
    threshold: float

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many marks have each verdict, those that have any."""
        counted = Counter(mark.verdict for mark in self.marks)
        return {verdict: counted[verdict] for verdict in Verdict if verdict in counted}

    def governed_by(self, verdict: Verdict) -> str:
        """The setting that governs a verdict, with its value: "min_height_px = 12 in [find]"."""
        if not verdict.setting:
            return "no setting"
        section, name = verdict.setting.split(".")
        value = getattr(self.settings.section(section), name)
        return f"{name} = {self.threshold if value is None else value:.4g} in [{section}]"

    def reason(self, verdict: Verdict) -> str:
        """A verdict's sentence with the setting that governs it."""
        return f"{verdict.sentence} ({self.governed_by(verdict)})"

    def to_dict(self, *, source: str) -> dict[str, Any]:
        """The inspection as one object of the schema livedigits-inspect/1, for `json.dumps`.

        Args:
            source: what the picture came from, as the user named it.
        """
        told = self.reading.to_dict(source=source, frame=0, time=0.0)
        return {
            "schema": SCHEMA,
            "source": source,
            "width": self.reading.width,
            "height": self.reading.height,
            "region": list(self.region),
            "polarity": self.polarity,
            "threshold": round(self.threshold, 4),
            "too_noisy": self.reading.too_noisy,
            "counts": {verdict.value: count for verdict, count in self.counts.items()},
            "reasons": {verdict.value: self.reason(verdict) for verdict in self.counts},
            "lines": told["lines"],
            "digits": told["digits"],
            "marks": [_mark_dict(number, mark) for number, mark in enumerate(self.marks, 1)],
        }


def _mark_dict(number: int, mark: Mark) -> dict[str, Any]:
    seen = mark.probabilities is not None
    return {
        "number": number,
        "box": list(mark.box),
        "verdict": mark.verdict.value,
        "value": mark.value,
        "confidence": round(mark.confidence, 4) if seen else None,
        "probabilities": None
        if mark.probabilities is None
        else [round(i, 4) for i in mark.probabilities.tolist()],
        "patch": None if mark.patch is None else _png(mark.patch),
    }


def _png(patch: npt.NDArray[np.float32]) -> str:
    """A patch as a grey PNG in base64: a sixth of what its 784 numbers take."""
    data = cv2.imencode(".png", np.rint(255 * patch).astype(np.uint8))[1]
    return base64.b64encode(data.tobytes()).decode("ascii")
