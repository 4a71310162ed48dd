"""Reader: a picture or a stream of frames in, the numbers out."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from sheets import Sheet, digit_ink, found_share, overlap, sheet, touching

from livedigits import look, pace
from livedigits.capture import open_source
from livedigits.capture.frame import Frame, Image
from livedigits.classify import Classifier, load_classifier
from livedigits.classify.classifier import Probabilities
from livedigits.errors import ModelError, SettingsError, SourceError
from livedigits.find import Found, Search, make_patches, search
from livedigits.find.patches import Patches
from livedigits.inspection import Verdict
from livedigits.learn.data import Mnist
from livedigits.reader import Reader
from livedigits.reading import Box, Reading
from livedigits.settings import ClassifySettings, FindSettings, Settings

PAGE = sheet(["2718 28", "0123456789", "31 415 9"], size=(800, 400))
OTHER = sheet(["60 22", "14 07"], size=(800, 400), seed=3)


def texts(reading: Reading) -> tuple[str, ...]:
    return tuple(line.text for line in reading.lines)


def timeless(reading: Reading) -> Reading:
    return replace(reading, elapsed=Reading().elapsed)


def test_a_plain_page_is_read_with_its_boxes(reader: Reader) -> None:
    reading = reader.read(PAGE.picture())
    assert texts(reading) == PAGE.lines
    assert reading.text == "\n".join(PAGE.lines)
    assert found_share(PAGE.boxes, [digit.box for digit in reading.digits], 0.8) == 1
    assert [digit.value for digit in reading.digits] == list(PAGE.values)
    assert all(0 <= digit.confidence <= 1 for digit in reading.digits)
    assert (reading.width, reading.height, reading.too_noisy) == (800, 400, False)


@pytest.mark.parametrize(
    ("paper", "pen"),
    [(235, 40), (50, 225), ((70, 90, 60), (200, 230, 235)), (200, 130), (90, 160)],
    ids=["ink", "chalk", "green board", "pencil", "faint chalk"],
)
def test_the_polarity_of_the_ink_is_found_out(reader: Reader, paper: object, pen: object) -> None:
    image = PAGE.picture(paper=paper, pen=pen)  # type: ignore[arg-type]
    assert texts(reader.read(image)) == PAGE.lines


def with_frames(kind: str) -> Image:
    """Dark boxes, or rings, and a digit in each of the first three."""
    ink = np.zeros((480, 640), np.uint8)
    places = [(x, y) for y in (80, 200, 320) for x in (80, 220, 360, 500)]
    for x, y in places:
        if kind == "boxes":
            cv2.rectangle(ink, (x - 55, y - 45), (x + 55, y + 45), 255, 4)
        elif y == 80 and x < 500:  # an empty one may be a 0
            cv2.ellipse(ink, (x, y), (48, 44), 0, 0, 360, 255, 5, cv2.LINE_AA)
    for value, (x, y) in zip("372", places, strict=False):
        mark = digit_ink(value, 44)
        h, w = mark.shape
        ink[y - h // 2 : y - h // 2 + h, x - w // 2 : x - w // 2 + w] = mark
    return Sheet(ink, (), "372", ("3 7 2",)).picture()


@pytest.mark.parametrize("kind", ["boxes", "rings"])
def test_the_paper_within_boxes_and_rings_is_no_light_ink(reader: Reader, kind: str) -> None:
    """There is far more of it than of the digits."""
    dark = with_frames(kind)
    for image, polarity in ((dark, "dark"), (255 - dark, "light")):
        inspection = reader.inspect(image)
        assert inspection.polarity == polarity
        assert inspection.reading.text == "3 7 2"


@pytest.mark.parametrize(("paper", "pen"), [(50, 220), (90, 160), (5, 255), (235, 45), (160, 90)])
def test_the_polarity_of_little_writing_in_a_large_picture_is_found_out(
    reader: Reader, paper: int, pen: int
) -> None:
    little = sheet(["42"], size=(1280, 720), height=40)
    specks = np.random.default_rng(0).random((720, 1280, 1)) < 0.05
    for uneven in (0, -1, 1):
        inspection = reader.inspect(little.picture(paper=paper + uneven * specks, pen=pen))
        assert inspection.polarity == ("dark" if pen < paper else "light")
        assert inspection.reading.text == "42"


def test_a_polarity_that_is_asked_for_is_believed() -> None:
    light = Reader(settings=Settings(find=FindSettings(polarity="light")))
    assert texts(light.read(PAGE.picture(paper=50, pen=225))) == PAGE.lines
    assert texts(light.read(PAGE.picture())) != PAGE.lines


def test_nothing_is_remembered_from_one_picture_to_the_next(reader: Reader) -> None:
    page, other = PAGE.picture(), OTHER.picture(paper=50, pen=220)
    first = timeless(reader.read(page))
    assert texts(reader.read(other)) == OTHER.lines
    assert timeless(reader.read(page)) == first
    assert timeless(Reader().read(page)) == first
    assert all(digit.track is None for digit in first.digits)


def test_a_picture_is_left_as_it_was(reader: Reader) -> None:
    page = PAGE.picture()
    reader.read(page)
    assert np.array_equal(page, PAGE.picture())
    page.flags.writeable = False
    assert texts(reader.read(page)) == PAGE.lines


def test_part_of_a_larger_array_is_read_like_any_picture(reader: Reader) -> None:
    """Slices and mirrored views are not contiguous in memory."""
    large = np.zeros((500, 1000, 3), np.uint8)
    large[50:450, 100:900] = PAGE.picture()
    assert texts(reader.read(large[50:450, 100:900])) == PAGE.lines
    assert texts(reader.read(PAGE.picture()[:, :, ::-1])) == PAGE.lines


def test_the_steps_take_no_longer_than_all_of_it(reader: Reader) -> None:
    elapsed = reader.read(PAGE.picture()).elapsed
    assert min(elapsed.find, elapsed.classify, elapsed.follow) > 0
    assert elapsed.find + elapsed.classify + elapsed.follow <= elapsed.total + 1e-9


def test_digits_less_sure_than_asked_for_are_left_out(reader: Reader) -> None:
    page = PAGE.picture()
    sures = sorted(digit.confidence for digit in reader.read(page).digits)
    least = (sures[4] + sures[5]) / 2
    strict = Reader(settings=Settings(classify=ClassifySettings(min_confidence=least)))
    assert strict.threshold == least
    kept = sorted(digit.confidence for digit in strict.read(page).digits)
    assert kept == sures[5:]


def test_a_region_gives_the_same_digits_in_pixels_of_the_frame(reader: Reader) -> None:
    large = np.full((700, 1200, 3), 235, np.uint8)
    large[200:600, 300:1100] = PAGE.picture()
    cv2.putText(large, "5 8 3", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 3, (30, 30, 30), 6)
    within = Reader(roi=Box(300, 200, 800, 400)).read(large)
    alone = reader.read(PAGE.picture())
    assert texts(within) == PAGE.lines
    assert (within.width, within.height) == (1200, 700)
    assert [digit.value for digit in within.digits] == [digit.value for digit in alone.digits]
    for digit, same in zip(within.digits, alone.digits, strict=True):
        assert digit.box == (same.box.x + 300, same.box.y + 200, same.box.w, same.box.h)
    for line, same_line in zip(within.lines, alone.lines, strict=True):
        assert line.box[:2] == (same_line.box.x + 300, same_line.box.y + 200)


def test_a_region_may_be_four_numbers_and_an_engine_is_one_that_there_is() -> None:
    assert Reader(roi=(0, 0, 400, 400)).roi == Box(0, 0, 400, 400)
    with pytest.raises(SettingsError, match="there are auto, litert, keras"):
        Reader(engine=cast(Any, "torch"))


@pytest.mark.parametrize(
    "region", [(0, 0, 801, 400), (-1, 0, 10, 10), (790, 390, 20, 20), (5, 5, 0, 10), (5, 5, 10, -3)]
)
def test_a_region_outside_of_the_frame_is_refused(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(SettingsError, match=r"the region .*800 wide and 400 high"):
        Reader(roi=Box(*region)).read(PAGE.picture())


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (None, "was its file found"),
        (np.zeros((40, 40), np.uint8), r"\(40, 40\) uint8"),
        (np.zeros((40, 40, 4), np.uint8), r"\(40, 40, 4\) uint8"),
        (np.zeros((0, 40, 3), np.uint8), r"\(0, 40, 3\) uint8"),
        (np.zeros((40, 40, 3)), "float64, not"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(reader: Reader, image: Image, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        reader.read(image)


def test_boxes_stay_in_the_frame_where_it_was_scaled_down(reader: Reader) -> None:
    """Found at a quarter of the resolution and less, boxes are known to that only."""
    mark = digit_ink("2", 500, pen_width=0.15)
    height, width = mark.shape
    ink = np.zeros((1811, 2500), np.uint8)
    ink[-height - 2 : -2, -width - 2 : -2] = mark
    reading = reader.read(Sheet(ink, (), "2", ("2",)).picture())
    assert reading.text == "2"
    for box in [*(digit.box for digit in reading.digits), *(line.box for line in reading.lines)]:
        assert box.right <= 2500
        assert box.bottom <= 1811


@pytest.mark.parametrize("value", "0123456789")
@pytest.mark.parametrize("polarity", ["black on white", "white on black"])
def test_a_picture_of_one_digit_with_28_pixels_is_read(
    reader: Reader, value: str, polarity: str
) -> None:
    mark = digit_ink(value, 20, pen_width=0.12)
    h, w = mark.shape
    top, left = (28 - h) // 2, (28 - w) // 2
    page = Sheet(np.pad(mark, ((top, 28 - h - top), (left, 28 - w - left))), (), value, (value,))
    paper, pen = (255, 0) if polarity == "black on white" else (0, 255)
    assert reader.read(page.picture(paper=paper, pen=pen)).text == value


@pytest.mark.parametrize("levels", [(235, 45), (45, 235)])
@pytest.mark.parametrize("value", "0123456789")
def test_a_digit_that_fills_the_picture_is_read(
    reader: Reader, value: str, levels: tuple[int, int]
) -> None:
    """A stroke is 60 pixels wide, which is more than the finest level takes for ink."""
    page = sheet([value], size=(600, 500), height=240, pen_width=60 / 240)
    x, y, w, h = page.boxes[0]
    paper, pen = levels
    picture = page.picture(paper=paper, pen=pen)[y - 12 : y + h + 12, x - 12 : x + w + 12]
    assert reader.read(picture).text == value


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (2, 3), (360, 640)])
def test_a_picture_without_ink_has_no_lines(reader: Reader, shape: tuple[int, int]) -> None:
    for level in (0, 128, 255):
        reading = reader.read(np.full((*shape, 3), level, np.uint8))
        assert (reading.lines, reading.digits, reading.text) == ((), (), "")
        assert (reading.height, reading.width) == shape


@pytest.mark.parametrize(("sigma", "most"), [(5, 0), (20, 0), (40, 10), (100, 20)])
@pytest.mark.parametrize("channels", [1, 3])
def test_noise_is_not_read_as_digits(reader: Reader, sigma: int, most: int, channels: int) -> None:
    """Real sensors stay below 20; what is far beyond is told to be too noisy."""
    rng = np.random.default_rng(sigma)
    noise = 128 + sigma * rng.standard_normal((720, 1280, channels))
    image = np.broadcast_to(noise.clip(0, 255), (720, 1280, 3)).astype(np.uint8)
    reading = reader.read(image)
    assert len(reading.digits) <= most
    assert reading.too_noisy or sigma < 100


def troubled() -> Image:
    """A page with marks for every reason to drop one that a plain page can have."""
    page = sheet(["2718 28", "0123456789"], size=(900, 900)).picture()
    pen = (45, 45, 45)
    cv2.line(page, (60, 300), (400, 302), pen, 3)
    cv2.line(page, (0, 340), (899, 340), pen, 3)
    cv2.line(page, (800, 20), (800, 120), pen, 3)
    cv2.ellipse(page, (300, 600), (90, 180), 0, 0, 360, pen, 6)
    cv2.circle(page, (600, 420), 4, pen, -1)
    cv2.rectangle(page, (500, 420), (512, 435), pen, -1)
    for x, level in ((60, 200), (140, 214), (220, 180)):
        cv2.line(page, (x, 400), (x, 450), (level,) * 3, 5)
    cv2.putText(page, "WKM", (500, 600), cv2.FONT_HERSHEY_SIMPLEX, 2, pen, 5)
    return page


@pytest.mark.parametrize("roi", [None, Box(30, 20, 800, 860)])
@pytest.mark.parametrize("light", [False, True])
def test_an_inspection_says_of_every_mark_of_ink_what_became_of_it(
    reader: Reader, roi: Box | None, light: bool
) -> None:
    image = 255 - troubled() if light else troubled()
    one = Reader(roi=roi)
    inspection = one.inspect(image)
    assert timeless(inspection.reading) == timeless(one.read(image))
    assert inspection.polarity == ("light" if light else "dark")
    read = [mark for mark in inspection.marks if mark.verdict is Verdict.READ]
    assert [(i.value, i.confidence, i.box) for i in read] == [
        (i.value, i.confidence, i.box) for i in inspection.reading.digits
    ]
    # All that hangs together is a mark, and every other one is a piece of one of those.
    finest = inspection.inks[0]
    assert (finest.scale, len(inspection.inks)) == (1, 1)
    _, _, stats, _ = cv2.connectedComponentsWithStats(finest.mask)
    x, y = inspection.region[:2]
    components = Counter(Box(i[0] + x, i[1] + y, i[2], i[3]) for i in stats[1:, :4].tolist())
    marks = Counter(mark.box for mark in inspection.marks)
    assert components <= marks
    for piece in marks - components:
        assert any(whole.union(piece) == whole for whole in components)
    seen = {verdict for verdict in inspection.counts if verdict in BEFORE_THE_MODEL}
    assert seen >= {Verdict.TOO_WIDE, Verdict.TOO_TALL, Verdict.TOO_SLIM, Verdict.TOO_SHORT}
    for mark in inspection.marks:
        assert (mark.patch is None) == (mark.verdict in BEFORE_THE_MODEL)
        assert (mark.probabilities is None) == (mark.patch is None)


BEFORE_THE_MODEL = frozenset(
    {Verdict.TOO_WIDE, Verdict.TOO_TALL, Verdict.TOO_SLIM, Verdict.TOO_FAINT, Verdict.TOO_MANY}
    | {Verdict.TOO_SHORT, Verdict.TAKEN_APART, Verdict.RING, Verdict.CUT_OFF}
)


def test_an_inspection_names_the_reason(reader: Reader) -> None:
    inspection = reader.inspect(troubled())
    verdicts = {mark.box.center: mark.verdict for mark in inspection.marks}

    def verdict_at(x: int, y: int) -> Verdict:
        return verdicts[min(verdicts, key=lambda i: abs(i[0] - x) + abs(i[1] - y))]

    assert verdict_at(230, 301) is Verdict.TOO_WIDE
    assert verdict_at(450, 340) is Verdict.TOO_TALL
    assert verdict_at(800, 70) is Verdict.TOO_SLIM
    assert verdict_at(300, 600) is Verdict.TALLER
    assert verdict_at(600, 420) is Verdict.TOO_SHORT
    assert verdict_at(506, 427) is Verdict.SMALLER
    assert verdict_at(60, 425) in (Verdict.TOO_FAINT, Verdict.FAINTER)
    # The W as a whole; cut in two it is none either.
    assert verdict_at(524, 580) in (Verdict.NO_DIGIT, Verdict.OVERLAPPED)
    # A string of digits that touch, and the other ways to cut it.
    string = reader.inspect(touching("23586").picture())
    assert string.counts[Verdict.READ] == 5
    assert Verdict.CUT_OTHERWISE in string.counts


def test_what_is_beyond_the_number_of_candidates_is_told(reader: Reader) -> None:
    few = Reader(settings=Settings(find=FindSettings(max_candidates=5)))
    inspection = few.inspect(PAGE.picture())
    assert inspection.counts[Verdict.TOO_MANY] == len(PAGE.values) - 5
    strict = Reader(settings=Settings(classify=ClassifySettings(min_confidence=1.0)))
    assert set(strict.inspect(PAGE.picture()).counts) == {Verdict.UNSURE}


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (360, 640)])
def test_a_picture_without_ink_has_no_marks(reader: Reader, shape: tuple[int, int]) -> None:
    inspection = reader.inspect(np.full((*shape, 3), 128, np.uint8))
    assert (inspection.marks, inspection.counts) == ((), {})


def moving(page: Sheet, count: int, *, fps: float = 30.0) -> Iterator[Frame]:
    """A camera that pans over a page by 3 pixels a frame and sees a part of it."""
    image = page.picture()
    rng = np.random.default_rng(0)
    for i in range(count):
        part = image[:, 3 * i : 3 * i + 640].astype(np.int16)
        noisy = (part + rng.integers(-4, 5, part.shape)).clip(0, 255).astype(np.uint8)
        yield Frame(noisy, i, i / fps, "page")


WIDE = sheet([" 2718", " 3141"], size=(800, 300))
"""Indented so far that no digit leaves the view of `moving` within 20 frames."""
WIDER = sheet([" 27185", " 31415"], size=(800, 300))
"""The same digits with one more in each row."""


def test_the_digits_of_a_stream_keep_their_numbers(reader: Reader) -> None:
    readings = [reading for _, reading in reader.stream(moving(WIDE, 20))]
    assert [texts(reading) for reading in readings] == [WIDE.lines] * 20
    tracks = [[digit.track for digit in reading.digits] for reading in readings]
    assert len(set(tracks[0])) == 8
    assert tracks == [tracks[0]] * 20


def test_boxes_stay_within_the_frame_while_digits_leave_it(reader: Reader) -> None:
    page = sheet(["2718281828459045"], size=(1300, 150))
    for frame, reading in reader.stream(Frame(i, k, k / 30) for k, i in enumerate(passing(page))):
        height, width = frame.image.shape[:2]
        for digit in reading.digits:
            assert min(digit.box.x, digit.box.y) >= 0
            assert digit.box.right <= width
            assert digit.box.bottom <= height


def passing(page: Sheet) -> Iterable[Image]:
    image = page.picture()
    return (image[:, 12 * i : 12 * i + 500] for i in range(60))


def test_two_streams_know_nothing_of_each_other(reader: Reader) -> None:
    first = reader.stream(moving(WIDE, 20))
    second = reader.stream(Frame(OTHER.picture(), i, i / 30) for i in range(20))
    for (_, one), (_, other) in zip(first, second, strict=True):
        assert texts(one) == WIDE.lines
        assert texts(other) == OTHER.lines


def test_a_stream_that_turns_from_paper_to_board_is_read_on(reader: Reader) -> None:
    images = [PAGE.picture()] * 40 + [OTHER.picture(paper=50, pen=225)] * 90
    frames = (Frame(image, i, i / 30) for i, image in enumerate(images))
    readings = [reading for _, reading in reader.stream(frames)]
    assert texts(readings[39]) == PAGE.lines
    assert all(texts(reading) == OTHER.lines for reading in readings[80:])


def test_a_huge_digit_is_read_soon_after_it_comes_into_view(reader: Reader) -> None:
    """Strokes as thick as that are not looked for in every frame."""
    small = sheet(["27"], size=(600, 500), height=60)
    huge = sheet(["3"], size=(600, 500), height=240, pen_width=60 / 240)
    images = [small.picture()] * 12 + [huge.picture()] * 30
    frames = (Frame(image, i, i / 30) for i, image in enumerate(images))
    read = [reading.text for _, reading in reader.stream(frames)]
    assert read[11] == "27"
    assert read[-10:] == ["3"] * 10


HELD = sheet(["3141", "2468"], size=(640, 300), seed=1)
RULED = HELD.ruled([(4, row[0].bottom - 2, 630, row[0].bottom - 2) for row in HELD.rows])


def still(sheets: Iterable[Sheet]) -> Iterator[Frame]:
    """Sheets as a camera sees them, one a frame."""
    rng = np.random.default_rng(0)
    for i, one in enumerate(sheets):
        image = one.picture().astype(np.int16)
        noisy = (image + rng.integers(-4, 5, image.shape)).clip(0, 255).astype(np.uint8)
        yield Frame(noisy, i, i / 30, "sheets")


def test_digits_that_only_a_thorough_look_finds_keep_their_numbers(reader: Reader) -> None:
    """They hang on rules. A quick look finds none of them."""
    readings = [reading for _, reading in reader.stream(still([RULED] * 30))]
    texts_read = {texts(reading) for reading in readings}
    assert len(texts_read) == 1
    assert len(readings[0].digits) == 8
    tracks = {tuple(digit.track for digit in reading.digits) for reading in readings}
    assert len(tracks) == 1


def test_digits_on_rules_that_come_into_view_are_read_soon(reader: Reader) -> None:
    frames = still([WIDE] * 12 + [RULED] * 25)
    counts = [len(reading.digits) for _, reading in reader.stream(frames)]
    assert set(counts[:12]) == {8}
    assert set(counts[-12:]) == {8}


def halves(upside_down: bool = False) -> Image:
    """A whiteboard beside a blackboard."""
    white = sheet(["2718", "3141"], size=(400, 300)).picture(paper=225, pen=40)
    black = sheet(["5069", "8837"], size=(400, 300), seed=9).picture(paper=60, pen=220)
    return np.hstack((black, white) if upside_down else (white, black))


@pytest.mark.parametrize(
    ("upside_down", "lines"),
    [(False, ("2718 5069", "3141 8837")), (True, ("5069 2718", "8837 3141"))],
)
def test_dark_and_light_digits_in_one_picture_are_read(
    reader: Reader, upside_down: bool, lines: tuple[str, ...]
) -> None:
    image = halves(upside_down)
    assert texts(reader.read(image)) == lines
    told = reader.inspect(image)
    assert texts(told.reading) == lines
    read = [mark.value for mark in told.marks if mark.verdict is Verdict.READ]
    assert read == [digit.value for digit in told.reading.digits]
    frames = (Frame(image, i, i / 30) for i in range(12))
    streamed = [texts(reading) for _, reading in reader.stream(frames)]
    assert streamed == [lines] * 12


@pytest.mark.parametrize("seed", [0, 2, 7, 10])
def test_close_digits_of_both_inks_are_read_and_their_holes_are_none(
    reader: Reader, seed: int
) -> None:
    """Each stands amid ink of its kind, and a 0 is one in both inks."""
    size = 400, 300
    white = sheet(["80", "60 69"], size=size, height=64, seed=seed).picture(paper=225, pen=40)
    black = sheet(["080", "698"], size=size, height=64, seed=seed + 50).picture(paper=60, pen=220)
    image = np.hstack((white, black))
    assert texts(reader.read(image)) == ("80 080", "60 69 698")
    told = reader.inspect(image)
    read = [mark.value for mark in told.marks if mark.verdict is Verdict.READ]
    assert read == [digit.value for digit in told.reading.digits]


@pytest.mark.parametrize("degrees", [-28, -15, 15, 28])
@pytest.mark.parametrize("ruled", [False, True])
def test_a_page_that_lies_askew_keeps_its_spaces_and_its_rules_are_no_digits(
    reader: Reader, degrees: float, ruled: bool
) -> None:
    page = sheet(["2537 468", "18 26 94", "3058 712"], size=(700, 420))
    if ruled:  # between the rows, from border to border once it is turned
        middles = [
            (a[0].bottom + b[0].y) / 2 for a, b in zip(page.rows, page.rows[1:], strict=False)
        ]
        page = page.ruled([(0.0, y, 700.0, y) for y in (14.0, *middles, 400.0)], 2)
    turn = cv2.getRotationMatrix2D((350, 210), degrees, 1)
    turn[:, 2] += (100, 240)
    image = cv2.warpAffine(page.picture(), turn, (900, 900), borderValue=(235, 235, 235))
    assert texts(reader.read(np.asarray(image, np.uint8))) == page.lines


def test_faint_digits_beside_strong_ink_of_the_other_kind_are_read(reader: Reader) -> None:
    page = sheet(["2537 4690"], size=(640, 300)).picture(paper=225, pen=160)
    cover = np.full((300, 300, 3), 30, np.uint8)
    for row in range(30, 260, 40):
        cv2.line(cover, (40, row), (250, row), (250, 250, 250), 6)
    assert texts(reader.read(np.hstack((page, cover)))) == ("2537 4690",)


def test_a_stream_goes_over_to_the_ink_that_there_is_more_of(reader: Reader) -> None:
    alone = np.full((300, 1200, 3), 225, np.uint8)
    alone[:, :400] = sheet(["7"], size=(400, 300), height=40).picture(paper=225, pen=40)
    more = alone.copy()
    more[:, 400:] = sheet(["5069", "8837"], size=(800, 300)).picture(paper=40, pen=225)
    images = [alone] * 5 + [more] * (pace.POLARITY_FRAMES + 10)
    frames = (Frame(image, i, i / 30) for i, image in enumerate(images))
    *_, last = (reading for _, reading in reader.stream(frames))
    assert {"5069", "8837"} <= set(" ".join(texts(last)).split())


@pytest.mark.parametrize("after", [31, 33, 35])
def test_light_digits_that_come_beside_dark_ones_are_read_within_a_third_of_a_second(
    reader: Reader, after: int
) -> None:
    both = halves()
    alone = both.copy()
    alone[:, 400:] = (60, 60, 60)
    frames = (Frame(alone if i < after else both, i, i / 30) for i in range(after + 12))
    readings = [texts(reading) for _, reading in reader.stream(frames)]
    assert readings[after - 1] == ("2718", "3141")
    assert readings[after + 9] == ("2718 5069", "3141 8837")


@pytest.mark.parametrize("height", [60, 120, 200])
def test_the_holes_in_bold_digits_are_no_digits(reader: Reader, height: int) -> None:
    page = sheet(["8008", "6 90"], size=(1000, 800), height=height, pen_width=0.2)
    assert texts(reader.read(page.picture())) == page.lines
    assert texts(reader.read(page.picture(paper=40, pen=230))) == page.lines


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each frame that is read, whether a thorough look was taken at all of it."""
    noted: list[bool] = []

    def searching(*args: Any, **options: Any) -> tuple[Search, ...]:
        noted.append(False)
        return search(*args, **options)

    def looking(one: Search, thorough: bool) -> Found:
        found = looked(one, thorough)
        noted[-1] |= thorough and found.moved is None
        return found

    looked = Search.found
    monkeypatch.setattr(look, "search", searching)
    monkeypatch.setattr(Search, "found", looking)
    return noted


@pytest.mark.parametrize(("away", "pencil"), [(6, 150), (10, 170)])
def test_a_pencil_in_bold_printed_boxes_is_read(reader: Reader, away: int, pencil: int) -> None:
    """What is ink is told by the darkest beside it, and the boxes are far darker."""
    right = []
    for seed in range(3):
        page = sheet(["3 1 4 5 9 2", "7 6 5 3 5 8"], size=(800, 300), height=50, seed=seed)
        image = page.picture(pen=pencil)
        for x, y, w, h in page.boxes:
            ends = (x - away, y - away), (x + w + away, y + h + away)
            cv2.rectangle(image, *ends, (25, 25, 25), 5, cv2.LINE_AA)
        digits = reader.read(cv2.GaussianBlur(image, (0, 0), 0.8)).digits
        for box, value in zip(page.boxes, page.values, strict=True):
            right.append(any(i.value == value and overlap(i.box, box) > 0.6 for i in digits))
    assert np.mean(right) > 0.9


def test_the_other_ink_gets_a_thorough_look_where_that_may_be_worth_it(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    thorough: set[str] = set()

    def looking(one: Search, closely: bool) -> Found:
        found = looked(one, closely)
        thorough.update([found.polarity] if closely else [])
        return found

    looked = Search.found
    monkeypatch.setattr(Search, "found", looking)
    plain = PAGE.picture()
    for image, inks in (
        (plain, {"dark"}),
        (255 - plain, {"light"}),
        (RULED.picture(), {"dark"}),
        (np.hstack([plain, 255 - plain]), {"dark", "light"}),
        (np.full_like(plain, 200), {"dark", "light"}),
    ):
        thorough.clear()
        reader.read(image)
        assert thorough == inks


@pytest.mark.parametrize("text", ["35", "4728"])
def test_digits_of_the_other_ink_that_only_a_thorough_look_tells_are_read(
    reader: Reader, text: str
) -> None:
    """They touch, and a quick look takes them for one mark that is none."""
    page = sheet(["31 41 59 26", "53 58 97 93"], size=(900, 300), height=60, seed=0).picture()
    panel = np.full((200, 900, 3), 30, np.uint8)
    digits = touching(text, height=60, seed=3).picture(paper=30, pen=230)[:200, :900]
    panel[: digits.shape[0], : digits.shape[1]] = digits
    assert texts(reader.read(np.vstack([page, panel]))) == ("31 41 59 26", "53 58 97 93", text)


def test_a_thorough_look_is_taken_in_few_frames_of_a_clean_page(
    reader: Reader, looks: list[bool]
) -> None:
    every = pace.THOROUGH_FRAMES
    for pages, looked in (
        ([WIDE] * 40, {0, pace.STEADY_FRAMES}),
        ([WIDE] * 7 + [WIDER] * 13, {0, 2 * every}),
        ([RULED] * 20, set(range(0, 20, every))),
    ):
        looks.clear()
        list(reader.stream(still(pages)))
        assert {index for index, thorough in enumerate(looks) if thorough} == looked


def test_a_digit_that_leaves_the_view_is_gone_and_turns_into_no_other(reader: Reader) -> None:
    page = sheet(["2804"], size=(800, 150))
    image = page.picture()
    frames = (Frame(image[:, 3 * i : 3 * i + 500], i, i / 30) for i in range(100))
    read = [reading.text for _, reading in reader.stream(frames)]
    assert read[0] == "2804"
    assert set(read) <= {"2804", "804", "04", "4", ""}
    assert [len(text) for text in read] == sorted((len(text) for text in read), reverse=True)


class Counting:
    """A classifier that counts the patches it is given."""

    def __init__(self, classifier: Classifier) -> None:
        self.card, self._classifier, self.count = classifier.card, classifier, 0

    def __call__(self, patches: Patches) -> Probabilities:
        self.count += len(patches)
        return self._classifier(patches)


def test_a_still_scene_is_not_classified_anew_in_every_frame(reader: Reader) -> None:
    rng = np.random.default_rng(0)
    page = PAGE.picture().astype(np.int16)
    frames = [
        Frame((page + rng.integers(-4, 5, page.shape)).clip(0, 255).astype(np.uint8), i, i / 30)
        for i in range(25)
    ]
    counts = []
    for kept in (1.0, ClassifySettings().recall_frames):
        settings = Settings(
            find=FindSettings(polarity="dark"),
            classify=ClassifySettings(recall_frames=kept),
        )
        one = Reader(settings=settings)
        one.classifier = counting = Counting(reader.classifier)  # type: ignore[assignment]
        readings = [reading for _, reading in one.stream(frames)]
        assert [texts(reading) for reading in readings] == [PAGE.lines] * 25
        counts.append(counting.count)
    assert counts[1] < 0.35 * counts[0]


def test_the_pictures_of_a_folder_are_read_each_for_itself(reader: Reader, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), PAGE.picture())
    cv2.imwrite(str(tmp_path / "b.png"), OTHER.picture(paper=50, pen=220))
    cv2.imwrite(str(tmp_path / "c.png"), PAGE.picture())
    with open_source(tmp_path) as source:
        readings = [reading for _, reading in reader.stream(source)]
    assert [texts(reading) for reading in readings] == [PAGE.lines, OTHER.lines, PAGE.lines]
    assert all(digit.track is None for reading in readings for digit in reading.digits)


def test_a_reading_becomes_json(reader: Reader) -> None:
    reading = reader.read(PAGE.picture())
    told = json.loads(json.dumps(reading.to_dict(source="page.png", frame=0, time=0.0)))
    assert told["schema"] == "livedigits/1"
    assert [line["text"] for line in told["lines"]] == list(PAGE.lines)
    assert [digit["value"] for digit in told["digits"]] == list(PAGE.values)
    assert told["digits"][0]["box"] == list(reading.digits[0].box)
    assert set(told["elapsed_ms"]) == set(asdict(reading.elapsed))


def test_a_model_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model"):
        Reader(tmp_path / "gone.keras")


def test_real_digits_on_paper_are_read_as_well_as_the_originals(
    reader: Reader, mnist: Mnist
) -> None:
    """What a camera sees of MNIST: soft, uneven, noisy, in sheets of 50."""
    rng = np.random.default_rng(0)
    pictures, labels = mnist.test_pictures[:500], mnist.test_labels[:500]
    originals = reader.classifier(np.asarray(pictures / 255, np.float32))[:, :10].argmax(axis=1)
    wrong = 0
    for start in range(0, 500, 50):
        image, boxes = _on_paper(pictures[start : start + 50], rng)
        read = {_cell(digit.box): digit.value for digit in reader.read(image).digits}
        wrong += sum(
            read.get(_cell(box)) != str(label)
            for box, label in zip(boxes, labels[start : start + 50], strict=True)
        )
    assert wrong / 500 <= np.mean(originals != labels) + 0.01


_CELL = 110


def _on_paper(pictures: np.ndarray, rng: np.random.Generator) -> tuple[Image, list[Box]]:
    """Ten columns of digits 70 pixels high, on paper in slanting light."""
    ink = np.zeros((5 * _CELL, 10 * _CELL), np.float32)
    boxes = []
    for index, picture in enumerate(pictures):
        x, y = index % 10 * _CELL + 6, index // 10 * _CELL + 6
        ink[y : y + 98, x : x + 98] = cv2.resize(
            picture / np.float32(255), (98, 98), interpolation=cv2.INTER_CUBIC
        ).clip(0, 1)
        boxes.append(Box(x, y, 98, 98))
    paper = np.linspace(150, 240, ink.shape[1], dtype=np.float32)[None]
    gray = paper * (1 - 0.75 * ink) + rng.normal(0, 3, ink.shape)
    return cv2.cvtColor(gray.clip(0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR), boxes


def _cell(box: Box) -> tuple[int, int]:
    x, y = box.center
    return int(x // _CELL), int(y // _CELL)


def test_the_default_engine_of_the_reader_is_the_fast_one(reader: Reader) -> None:
    assert reader.classifier.engine.name == "litert"
    assert load_classifier().engine.name == "litert"
    assert reader.classifier(make_patches([])).shape == (0, 11)
