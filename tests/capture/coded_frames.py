"""Pictures that show their number as eight bars, so that a test can tell them apart."""

import cv2
import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT = 320, 240
_BAR = WIDTH // 10


def coded_frame(number: int) -> npt.NDArray[np.uint8]:
    """A light picture with a dark bar for each bit of `number` that is set (modulo 256)."""
    image = np.full((HEIGHT, WIDTH, 3), 225, np.uint8)
    for bit in range(8):
        if number >> bit & 1:
            left = (bit + 1) * _BAR
            image[HEIGHT // 4 : -HEIGHT // 4, left : left + _BAR] = 25
    return image


def number_of(image: npt.NDArray[np.uint8]) -> int:
    """The number that a coded frame shows, read in the middle of each bar."""
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    middles = image[HEIGHT // 2, _BAR * 3 // 2 :: _BAR].mean(axis=1)[:8]
    return sum(int(dark) << bit for bit, dark in enumerate(middles < 125))


def encoded(number: int, suffix: str = ".jpg") -> bytes:
    """A coded frame as the bytes of an image file."""
    done, data = cv2.imencode(suffix, coded_frame(number))
    assert done
    return data.tobytes()
