"""Handwriting synthesis: characters from models of their strokes, in hands that never were.

    rng = np.random.default_rng(0)
    writer = new_writer(rng)              # one person, for a whole page
    glyph = write("7", writer, rng)       # a new instance every time
    ink = draw(glyph, 60)                 # its ink, a digit being 60 pixels high

No picture of anyone's writing and no font has a part in it: `digits`, `letters` and `symbols` hold
the knots that the pen passes through.
"""

from livedigits.learn.handwriting.pen import Glyph, Stroke, draw, draw_on
from livedigits.learn.handwriting.writer import (
    AMBIGUOUS,
    DIGITS,
    LETTERS,
    STYLES,
    SYMBOLS,
    Writer,
    new_writer,
    write,
)

__all__ = [
    "AMBIGUOUS",
    "DIGITS",
    "LETTERS",
    "STYLES",
    "SYMBOLS",
    "Glyph",
    "Stroke",
    "Writer",
    "draw",
    "draw_on",
    "new_writer",
    "write",
]
