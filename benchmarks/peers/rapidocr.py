"""RapidOCR: PaddleOCR's networks on ONNX Runtime, a general OCR engine that comes with its models.

It reads text of any kind; the digits are picked out of it, and each text box is a line.
"""

from importlib.metadata import version

import numpy as np

from benchmarks.peers.peer import PeerMissingError, Text, reading_of
from livedigits.capture import Image
from livedigits.reading import Box, Reading


class RapidOcr:
    """RapidOCR with its defaults."""

    name = "RapidOCR"

    def __init__(self) -> None:
        """Loads its models.

        Raises:
            PeerMissingError: it is not installed.
        """
        try:
            from rapidocr_onnxruntime import RapidOCR
        except ImportError:
            raise PeerMissingError(
                'RapidOCR is left out: it is not installed: pip install ".[benchmark]" '
                "with Python 3.11 or 3.12"
            ) from None
        self._engine = RapidOCR()
        self.version = f"rapidocr-onnxruntime {version('rapidocr-onnxruntime')}"

    def read(self, image: Image) -> Reading:
        """Reads one picture."""
        found, _ = self._engine(image)
        rows = [
            [Text(text, float(confidence), _upright(corners))]
            for corners, text, confidence in found or []
        ]
        return reading_of(rows, image)


def _upright(corners: list[list[float]]) -> Box:
    """The upright box around four corners."""
    points = np.array(corners)
    (x, y), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(round(x), round(y), round(right - x), round(bottom - y))
