"""Controls: what a person changes with keys and the mouse while a stream is shown.

`KEYS` is the one table of keys: `Controls.press` obeys it and the window's help shows it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from livedigits.reading import Box

_SEEK_S = 5.0
_THRESHOLD_STEP = 0.05
_THRESHOLDS = (0.05, 0.95)

# What `cv2.waitKeyEx` calls the arrow keys: X11's keysyms (Qt and GTK), Windows, macOS.
_LEFT = (0xFF51, 0x250000, 63234)
_UP = (0xFF52, 0x260000, 63232)
_RIGHT = (0xFF53, 0x270000, 63235)
_DOWN = (0xFF54, 0x280000, 63233)


class View(StrEnum):
    """What of a frame is shown."""

    CAMERA = "camera"
    INK = "ink"
    PATCHES = "patches"


@dataclass(frozen=True, slots=True)
class Jump:
    """A wish to go elsewhere in a recording, from where it is: so many seconds or frames on."""

    seconds: float = 0.0
    frames: int = 0


@dataclass(slots=True)
class Controls:
    """What keys and the mouse change: the window shows it, whoever reads the stream obeys it.

    Attributes:
        threshold: digits less sure than this are left out.
        region: the only part of each frame that is read, None for all of it.
        dragged: the region that is being drawn with the mouse.
        mirrored: show the picture as in a mirror.
        view: what of a frame is shown.
        seekable: the stream is a recording, in which one can go elsewhere.
        paused: the picture stands.
        recording: the raw frames are being kept.
        helped: the keys are shown.
        closed: the person has had enough.
        snapshot: a picture of now is asked for.
        jump: where else to go in a recording.
    """

    threshold: float = 0.5
    region: Box | None = None
    dragged: Box | None = None
    mirrored: bool = False
    view: View = View.CAMERA
    seekable: bool = False
    paused: bool = False
    recording: bool = False
    helped: bool = False
    closed: bool = False
    snapshot: bool = False
    jump: Jump | None = None

    def press(self, code: int) -> None:
        """Does what a key is for, nothing if it is for nothing.

        Args:
            code: as `cv2.waitKeyEx` gives it.
        """
        for key in self.usable_keys():
            if key_code(code) in key.codes:
                key.act(self)

    def usable_keys(self) -> Iterator["Key"]:
        """The keys that mean something here."""
        return (key for key in KEYS if self.seekable or not key.seeks)

    def quit(self) -> None:
        """Ends it all."""
        self.closed = True

    def pause(self) -> None:
        """Pauses or goes on."""
        self.paused = not self.paused

    def take_snapshot(self) -> None:
        """Asks for a picture of now."""
        self.snapshot = True

    def record(self) -> None:
        """Starts or ends a recording."""
        self.recording = not self.recording

    def next_view(self) -> None:
        """Shows the next of all views."""
        views = list(View)
        self.view = views[(views.index(self.view) + 1) % len(views)]

    def clear_region(self) -> None:
        """Has all of each frame read."""
        self.region = None

    def help(self) -> None:
        """Shows the keys or hides them."""
        self.helped = not self.helped

    def shift_threshold(self, steps: int) -> None:
        """Moves the threshold to the next multiple of its step, or further."""
        lowest, highest = _THRESHOLDS
        moved = (round(self.threshold / _THRESHOLD_STEP) + steps) * _THRESHOLD_STEP
        self.threshold = round(min(max(moved, lowest), highest), 2)

    def seek(self, seconds: float) -> None:
        """Asks to go so many seconds on, or back; pressed again meanwhile, further."""
        before = self.jump.seconds if self.jump else 0.0
        self.jump = Jump(seconds=before + seconds)

    def step(self, frames: int) -> None:
        """Pauses and asks for the next frame, or the one before."""
        self.paused = True
        self.jump = Jump(frames=frames)


@dataclass(frozen=True, slots=True)
class Key:
    """What a key is for.

    Attributes:
        name: as the help shows it.
        purpose: in a few words.
        codes: of all keys that do it, as `key_code` gives them.
        act: does it.
        seeks: it means something in recordings alone.
    """

    name: str
    purpose: str
    codes: frozenset[int]
    act: Callable[[Controls], None]
    seeks: bool = False


def _codes(characters: str, *others: tuple[int, ...]) -> frozenset[int]:
    return frozenset(map(ord, characters)).union(chain.from_iterable(others))


QUIT_CODES = _codes("qQ\x1b")
"""Of the keys that close every window."""

UP_CODES, DOWN_CODES = _codes("", _UP), _codes("", _DOWN)
"""Of the arrows that move a picture in its window."""

KEYS = (
    Key("q, Esc", "quit", QUIT_CODES, Controls.quit),
    Key("space", "pause, go on", _codes(" "), Controls.pause),
    Key("left", "5 seconds back", _codes("", _LEFT), lambda c: c.seek(-_SEEK_S), seeks=True),
    Key("right", "5 seconds on", _codes("", _RIGHT), lambda c: c.seek(_SEEK_S), seeks=True),
    Key("up or ,", "the frame before", _codes(",", _UP), lambda c: c.step(-1), seeks=True),
    Key("down or .", "the next frame", _codes(".", _DOWN), lambda c: c.step(1), seeks=True),
    Key("s", "save a snapshot", _codes("sS"), Controls.take_snapshot),
    Key("r", "start, end a recording", _codes("rR"), Controls.record),
    Key("m", "camera, ink, patches", _codes("mM"), Controls.next_view),
    Key("drag", "read only this region", frozenset(), lambda _: None),
    Key("c", "read all of the frame", _codes("cC"), Controls.clear_region),
    Key("+", "only surer digits", _codes("+="), lambda c: c.shift_threshold(1)),
    Key("-", "less sure ones too", _codes("-_"), lambda c: c.shift_threshold(-1)),
    Key("h", "show, hide this", _codes("hH?"), Controls.help),
)
"""Every key, in the order of the help."""


def key_code(code: int) -> int:
    """A key's code without what GTK adds for Shift, Num Lock and so on, above its lowest 16 bits.

    On Windows arrows have nothing below them.
    """
    return code & 0xFFFF or code
