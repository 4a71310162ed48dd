"""Tesseract, told all that helps it: digits only, and that text may be anywhere.

Its program runs once a picture, as it does for everyone who uses it from Python by this wrapper;
the time has that in it.
"""

from importlib.metadata import version

import cv2

from benchmarks.peers.peer import PeerMissingError, Text, reading_of
from livedigits.capture import Image
from livedigits.reading import Box, Reading

OPTIONS = "--psm 11 -c tessedit_char_whitelist=0123456789"
"""Sparse text in no particular order; no characters but these."""


class Tesseract:
    """Tesseract by way of pytesseract."""

    name = "Tesseract"

    def __init__(self) -> None:
        """Looks for it.

        Raises:
            PeerMissingError: the wrapper or the program is not installed.
        """
        try:
            import pytesseract
        except ImportError:
            raise PeerMissingError(
                'Tesseract is left out: pytesseract is not installed: pip install ".[benchmark]"'
            ) from None
        self._engine = pytesseract
        try:
            program = pytesseract.get_tesseract_version()
        except pytesseract.TesseractNotFoundError:
            raise PeerMissingError(
                "Tesseract is left out: its program is not installed: apt install tesseract-ocr, "
                "brew install tesseract or the like"
            ) from None
        self.version = f"tesseract {program} (pytesseract {version('pytesseract')})"

    def read(self, image: Image) -> Reading:
        """Reads one picture."""
        found = self._engine.image_to_data(
            cv2.cvtColor(image, cv2.COLOR_BGR2RGB),
            config=OPTIONS,
            output_type=self._engine.Output.DICT,
        )
        rows: dict[tuple[int, ...], list[Text]] = {}
        for i, text in enumerate(found["text"]):
            if text.strip():  # else it is a block, a paragraph or a line
                line = tuple(found[name][i] for name in ("block_num", "par_num", "line_num"))
                box = Box(*(found[name][i] for name in ("left", "top", "width", "height")))
                rows.setdefault(line, []).append(Text(text, float(found["conf"][i]) / 100, box))
        return reading_of(rows.values(), image)
