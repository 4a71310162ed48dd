"""Makes the pictures of README.md from the recordings: `python docs/make_pictures.py`."""

from pathlib import Path

import cv2
import numpy as np

from livedigits import Reader, annotate, open_source
from livedigits.capture import Image, decode_image
from livedigits.find import Found, find
from livedigits.find.ink import find_ink, pyramid, to_gray
from livedigits.present.controls import Controls
from livedigits.present.inspection import inspection_picture
from livedigits.present.status import Meter, status_line
from livedigits.present.views import Viewport
from livedigits.reading import Reading
from livedigits.settings import FindSettings

HERE = Path(__file__).parent
WIDTH, HEIGHT = 480, 360
LIVE_SIZE = (800, 450)
INSPECT_WIDTH = 1080


def main() -> None:
    """Writes docs/overlay.jpg, docs/steps.jpg, docs/inspect.jpg and docs/live.webp."""
    page = HERE.parent / "recordings" / "page.jpg"
    image = decode_image(page.read_bytes(), page.name)
    reader = Reader()
    annotated = annotate(image, reader.read(image))
    save("overlay.jpg", cv2.resize(annotated, (1200, 900), interpolation=cv2.INTER_AREA))

    settings = FindSettings(polarity="dark")
    (found,) = find(image, settings)
    level = next(iter(pyramid(to_gray(image), settings)))
    mask = cv2.cvtColor(255 - find_ink(level, settings).mask, cv2.COLOR_GRAY2BGR)
    boxes = image.copy()
    for candidate in found.candidates:
        x, y, w, h = candidate.box
        cv2.rectangle(boxes, (x, y), (x + w, y + h), (200, 90, 0), 4)
    steps = {
        "frame": image,
        "ink": mask,
        "candidates": boxes,
        "patches": patch_sheet(found),
        "numbers": annotated,
    }
    save("steps.jpg", np.hstack([panel(name, picture) for name, picture in steps.items()]))
    troubled = with_troubles(image, reader.read(image))
    inspected = inspection_picture(reader.inspect(troubled), page.name)
    size = (INSPECT_WIDTH, round(inspected.shape[0] * INSPECT_WIDTH / inspected.shape[1]))
    save("inspect.jpg", cv2.resize(inspected, size, interpolation=cv2.INTER_AREA), quality=72)
    (HERE / "live.webp").write_bytes(live_view(reader, HERE.parent / "recordings" / "moving.webm"))


def with_troubles(image: Image, reading: Reading) -> Image:
    """A page of which some digits cannot be read: struck out, pale, wiped away by half."""
    picture = image.copy()
    third, fourth = ([digit.box for digit in reading.digits if digit.line == i] for i in (2, 3))
    start, end = fourth[1], fourth[3]
    stroke = (start.x - 20, start.y + 80), (end.right + 20, end.y + 60)
    cv2.line(picture, *stroke, (130, 60, 50), 9, cv2.LINE_AA)
    for box, rows, ink in ((third[1], 1.0, 0.25), (third[3], 0.5, 0.0)):
        part = picture[box.y : box.y + round(rows * box.h), box.x : box.right]
        paper = np.percentile(part, 85, axis=(0, 1))
        part[:] = ink * part + (1 - ink) * paper
    return picture


def live_view(reader: Reader, recording: Path) -> bytes:
    """A recording as the window shows it, as an animated WebP."""
    # Its figures would be this machine's of today, so the line is without them.
    controls, engine = Controls(reader.threshold), reader.classifier.engine.name
    line = status_line(
        LIVE_SIZE[0], Meter(live=True), controls, engine=engine, position="", stalled="", notice=""
    )
    animation = cv2.Animation()
    with open_source(recording) as source:
        seconds_a_frame = 1 / (source.fps or 30)
        pictures = []
        for frame, reading in reader.stream(source):
            viewport = Viewport.fit(frame.image.shape[1::-1], LIVE_SIZE, mirrored=False)
            pictures.append(np.vstack([viewport.annotated(frame.image, reading, None), line]))
    animation.frames = pictures
    animation.durations = np.full(len(pictures), round(1000 * seconds_a_frame), np.int32)
    done, data = cv2.imencodeanimation(".webp", animation, [cv2.IMWRITE_WEBP_QUALITY, 60])
    assert done
    return bytes(data)


def patch_sheet(found: Found) -> Image:
    """The first patches as the model sees them."""
    columns, rows = 8, 6
    sheet = np.zeros((rows * columns, 30, 30), np.uint8)
    patches = (found.patches[: rows * columns] * 255).astype(np.uint8)
    sheet[: len(patches), 1:29, 1:29] = patches
    tiled = sheet.reshape(rows, columns, 30, 30).swapaxes(1, 2).reshape(rows * 30, columns * 30)
    return cv2.cvtColor(tiled, cv2.COLOR_GRAY2BGR)


def panel(name: str, picture: Image) -> Image:
    """A step's picture under its name."""
    small = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(small, 52, 8, 8, 8, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    cv2.putText(framed, name, (10, 38), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (40, 40, 40), 2, cv2.LINE_AA)
    return framed


def save(name: str, picture: Image, quality: int = 88) -> None:
    """Writes a JPEG beside this file."""
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    (HERE / name).write_bytes(encoded.tobytes())


if __name__ == "__main__":
    main()
