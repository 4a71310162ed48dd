"""What comes out of a frame: `Digit`, `Line` and `Reading`, and their JSON (livedigits/1).

Boxes are in pixels of the original frame, times in seconds, confidences calibrated probabilities.
Nothing here needs more than the standard library.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

SCHEMA = "livedigits/1"


class Box(NamedTuple):
    """An upright rectangle in pixels of the original frame; the origin is at the top left."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column to the right of the box."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.y + self.h

    @property
    def center(self) -> tuple[float, float]:
        """The middle of the box, (x, y)."""
        return self.x + self.w / 2, self.y + self.h / 2

    def union(self, other: "Box") -> "Box":
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit in view.

    Attributes:
        value: "0" to "9".
        confidence: probability in [0, 1] that `value` is right.
        box: where it is.
        line: index into `Reading.lines`.
        track: a number that stays with the digit as long as it stays in view; None in a picture.
        stable: whether the digit has settled: its track has read alike for a while and is in sight
            (`settle_s` and `settle_presence` in the settings); None in a picture.
    """

    value: str
    confidence: float
    box: Box
    line: int = 0
    track: int | None = None
    stable: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of digits in reading order.

    Attributes:
        text: its digits, with one space between separate numbers.
        confidence: probability in [0, 1] that all of `text` is right.
        box: the smallest upright box around its digits.
    """

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Seconds that each step took for one frame; `total` holds what lies between the steps too."""

    total: float = 0.0
    find: float = 0.0
    classify: float = 0.0
    follow: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read in one frame.

    Attributes:
        lines: rows, top to bottom.
        digits: every digit, in reading order.
        width: of the frame, in pixels.
        height: of the frame, in pixels.
        elapsed: what each step took.
        too_noisy: there was more in the frame than can be digits, and only the likeliest part was
            looked at; more light or a plainer background helps.
    """

    lines: tuple[Line, ...] = ()
    digits: tuple[Digit, ...] = ()
    width: int = 0
    height: int = 0
    elapsed: Elapsed = field(default_factory=Elapsed)
    too_noisy: bool = False

    @property
    def text(self) -> str:
        """Every line's text, a row each."""
        return "\n".join(line.text for line in self.lines)

    def to_dict(self, *, source: str, frame: int, time: float) -> dict[str, Any]:
        """The reading as one object of the schema livedigits/1, ready for `json.dumps`.

        Args:
            source: what the frame came from, as the user named it.
            frame: index of the frame in its source, from 0.
            time: seconds since the start of the source.
        """
        elapsed = self.elapsed
        return {
            "schema": SCHEMA,
            "source": source,
            "frame": frame,
            "time": round(time, 4),
            "width": self.width,
            "height": self.height,
            "lines": [
                {"text": i.text, "confidence": round(i.confidence, 4), "box": list(i.box)}
                for i in self.lines
            ],
            "digits": [
                {
                    "value": i.value,
                    "confidence": round(i.confidence, 4),
                    "box": list(i.box),
                    "line": i.line,
                    "track": i.track,
                    "stable": i.stable,
                }
                for i in self.digits
            ],
            "elapsed_ms": {
                name: round(1000 * getattr(elapsed, name), 2)
                for name in ("total", "find", "classify", "follow")
            },
        }
