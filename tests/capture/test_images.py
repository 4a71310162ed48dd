"""What kinds of pictures are decoded, and which are refused."""

import struct

import cv2
import numpy as np
import pytest
from coded_frames import HEIGHT, WIDTH, coded_frame, encoded, number_of

from livedigits.capture import decode_image
from livedigits.errors import SourceError


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def with_exif(jpeg: bytes, orientation: int, thumbnail: bytes = b"") -> bytes:
    """A JPEG with an EXIF segment that holds an orientation and, behind it, a thumbnail."""
    tiff = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff + thumbnail
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".ppm", ".jp2"])
def test_the_usual_formats_are_decoded(suffix: str) -> None:
    data = encoded(42, suffix)
    assert number_of(decode_image(data, "a")) == 42
    assert number_of(decode_image(np.frombuffer(data, np.uint8), "a")) == 42


def test_grey_becomes_bgr() -> None:
    grey = cv2.cvtColor(coded_frame(42), cv2.COLOR_BGR2GRAY)
    assert number_of(decode_image(png(grey), "a")) == 42


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_transparency_is_laid_over_white(dtype: type, top: int) -> None:
    image = np.zeros((2, 3, 4), dtype)  # black, and transparent but for:
    image[0, 0] = (0, 0, top, top)
    image[0, 1] = (0, 0, top, top // 2)
    decoded = decode_image(png(image), "a")
    assert decoded.shape == (2, 3, 3)
    assert decoded[0, 0].tolist() == [0, 0, 255]
    np.testing.assert_allclose(decoded[0, 1], [128, 128, 255], atol=1)
    assert decoded[1].min() == 255


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_keep_the_bits_in_use(bits: int, suffix: str) -> None:
    deep = coded_frame(42).astype(np.uint16) << (bits - 8)
    decoded = decode_image(cv2.imencode(suffix, deep)[1].tobytes(), "a")
    np.testing.assert_array_equal(decoded, coded_frame(42))


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [(3, cv2.ROTATE_180), (6, cv2.ROTATE_90_CLOCKWISE), (8, cv2.ROTATE_90_COUNTERCLOCKWISE)],
)
def test_the_orientation_of_a_photo_is_obeyed(orientation: int, turn: int) -> None:
    decoded = decode_image(with_exif(encoded(11), orientation), "a")
    upright = cv2.rotate(coded_frame(11), turn)
    assert decoded.shape == upright.shape
    assert np.abs(decoded.astype(int) - upright).mean() < 5


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_an_animation_gives_its_first_frame(suffix: str) -> None:
    if not hasattr(cv2, "imencodeanimation"):
        pytest.skip("this OpenCV writes no animations")
    animation = cv2.Animation()
    animation.frames = [cv2.cvtColor(coded_frame(i), cv2.COLOR_BGR2BGRA) for i in (42, 7, 8)]
    animation.durations = [100, 100, 100]
    done, data = cv2.imencodeanimation(suffix, animation)
    assert done
    assert number_of(decode_image(data.tobytes(), "a")) == 42


def noisy_jpeg() -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    return cv2.imencode(".jpg", noise)[1].tobytes()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95, 1.0])
def test_a_photo_that_is_cut_off_is_refused_though_its_thumbnail_is_whole(share: float) -> None:
    photo = with_exif(noisy_jpeg(), 1, thumbnail=encoded(1))
    cut = photo[: int(share * (len(photo) - 2))]
    with pytest.raises(SourceError, match=r"photo\.jpg is cut off"):
        decode_image(cut, "photo.jpg")


def test_what_phones_append_to_a_photo_does_no_harm() -> None:
    assert number_of(decode_image(encoded(42) + b"SEFT" * 50, "a")) == 42


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_other_formats_that_are_cut_off_are_refused(suffix: str) -> None:
    data = cv2.imencode(suffix, coded_frame(42))[1].tobytes()
    with pytest.raises(SourceError, match="cut off"):
        decode_image(data[: len(data) // 2], "a")


def test_text_and_nothing_are_no_images() -> None:
    with pytest.raises(SourceError, match=r"words\.jpg is not an image"):
        decode_image(b"words " * 50, "words.jpg")
    with pytest.raises(SourceError, match=r"none\.jpg is empty"):
        decode_image(b"", "none.jpg")


def test_fractions_are_refused_with_advice() -> None:
    data = cv2.imencode(".tif", np.zeros((8, 8), np.float32))[1].tobytes()
    with pytest.raises(SourceError, match="float32 values; save it with 8 or 16 bits"):
        decode_image(data, "depth.tif")
