"""Events: each happening once, when it has settled, however the readings waver meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sheets import sheet

from livedigits.capture import decode_image
from livedigits.capture.frame import Frame, Image
from livedigits.errors import OutputError
from livedigits.present import Event, EventFinder, EventSink
from livedigits.reader import Reader
from livedigits.reading import Box, Digit, Line, Reading

FPS = 20
SIZE = (640, 480)


def with_hand(picture: Image, along: float) -> Image:
    """A hand on an arm from below; `along` is 0 where it enters and 1 where it leaves."""
    covered = picture.copy()
    x = round(-160 + along * (SIZE[0] + 320))
    skin = (120, 150, 205)
    cv2.ellipse(covered, (x, 200), (95, 150), 10, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.line(covered, (x, 300), (x + 40, 520), skin, 110, cv2.LINE_AA)
    for finger in range(4):
        tip = (x - 75 + 50 * finger, 40 + 12 * abs(finger - 1))
        cv2.line(covered, (x - 40 + 27 * finger, 130), tip, skin, 34, cv2.LINE_AA)
    return covered


def clip() -> Iterator[Frame]:
    """Two numbers; a hand hides them for a second; one is corrected, then the other wiped out.

    The camera is held by hand, and its picture has noise.
    """
    rng = np.random.default_rng(5)
    before, after, wiped = (
        sheet(lines, size=SIZE, height=90, seed=3).picture()
        for lines in (("1572", "43890"), ("1576", "43890"), ("1576",))
    )
    for index in range(8 * FPS):
        time = index / FPS
        picture = before if time < 4.5 else after if time < 6 else wiped
        if 1.5 <= time < 3.2:
            picture = with_hand(picture, np.interp(time, (1.5, 2, 2.7, 3.2), (0, 0.4, 0.5, 1)))
        shift = 4 * np.sin(1.7 * time), 3 * np.sin(2.3 * time)
        moved = cv2.warpAffine(
            picture, np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), SIZE, borderValue=(235,) * 3
        )
        noise = rng.integers(-4, 5, moved.shape, np.int8)
        noisy = np.clip(moved.astype(np.int16) + noise, 0, 255).astype(np.uint8)
        yield Frame(noisy, index, time, "clip")


def test_a_hand_is_no_event_and_every_real_change_is_one(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventSink(path, snapshots=tmp_path / "pictures") as sink:
        for frame, reading in reader.stream(clip()):
            sink.write(frame, reading)
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(i["event"], i["line"], i["previous"], i["text"]) for i in events] == [
        ("appeared", 1, None, "1572"),
        ("appeared", 2, None, "43890"),
        ("changed", 1, "1572", "1576"),
        ("gone", 2, None, "43890"),
    ]
    for event, earliest, latest in zip(events, (0, 0, 4.5, 6), (1.2, 1.2, 5.8, 8.5), strict=True):
        assert event["schema"] == "livedigits-event/1"
        assert event["source"] == "clip"
        assert event["time"] == pytest.approx(event["frame"] / FPS, abs=1e-3)
        assert earliest <= event["since"] + 0.1 and event["since"] < event["time"] <= latest
        assert 0.5 < event["confidence"] <= 1
        assert len(event["tracks"]) == len(event["text"])
        picture = decode_image(Path(event["snapshot"]).read_bytes(), "snapshot")
        assert picture.shape == (SIZE[1], SIZE[0], 3)
    assert len({event["snapshot"] for event in events}) == len({i["frame"] for i in events})


def reading(*texts: str, at: tuple[int, int] = (0, 0), first: int = 0, stable: bool = True) -> Any:
    """Lines one below another; a digit's track is `first`, its line and its place in the line.

    A dot stands for a digit that is not seen.
    """
    lines, digits = [], []
    for row, text in enumerate(texts):
        boxes = [Box(at[0] + 30 * i, at[1] + 60 * row, 20, 40) for i in range(len(text))]
        seen = [i for i in range(len(text)) if text[i] != "."]
        if not seen:
            continue
        for i in seen:
            track = first + 100 * row + i
            digits.append(Digit(text[i], 0.99, boxes[i], len(lines), track, stable))
        box = boxes[seen[0]].union(boxes[seen[-1]])
        lines.append(Line(text.replace(".", ""), 0.97, box))
    return Reading(tuple(lines), tuple(digits), 640, 480)


def found(*steps: tuple[float, Reading], step: float = 0.1) -> list[tuple[str, int, str]]:
    """The events of readings that last so many seconds each."""
    finder, index = EventFinder(), 0
    events: list[Event] = []
    for seconds, shown in steps:
        for _ in range(round(seconds / step)):
            events += finder.update(shown, index * step)
            index += 1
    return [(i.event, i.line, i.text) for i in events]


TOLD = ("appeared", 1, "12345")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(0.4, reading("12345"))], []),
        ([(2, reading("12345", stable=False))], []),
        ([(1, reading("12345")), (1, reading()), (1, reading("12345"))], [TOLD]),
        ([(1, reading("12345")), (1, reading()), (1, reading("12345", first=500))], [TOLD]),
        ([(1, reading("12345")), (1, reading("12745"))], [TOLD, ("changed", 1, "12745")]),
        ([(1, reading("12345")), (0.3, reading("12745")), (1, reading("12345"))], [TOLD]),
        ([(1, reading("12345")), (1, reading("...45")), (1, reading("12345"))], [TOLD]),
        ([(1, reading("12345")), (2, reading("...45"))], [TOLD, ("changed", 1, "45")]),
        (  # a hand goes over it from left to right, and longer than tracks are remembered
            [
                (1, reading("12345")),
                (0.3, reading("...45")),
                (0.8, reading()),
                (0.3, reading("12...", first=500)),
                (1, reading("12345", first=500)),
            ],
            [TOLD],
        ),
        ([(1, reading("12345")), (2, reading())], [TOLD, ("gone", 1, "12345")]),
        (  # a line slips into the place of one that was wiped out
            [(1, reading("12345", "678")), (2, reading("12345"))],
            [TOLD, ("appeared", 2, "678"), ("gone", 2, "678")],
        ),
        (
            [(1, reading("12345")), (1, reading("12345", at=(200, 200), first=500))],
            [TOLD, ("appeared", 2, "12345")],
        ),
        (  # under a hand while the page moves on, told by the line beside it
            [
                (1, reading("12345", "678")),
                *((0.1, reading(".....", "678", at=(15 * i, 12 * i))) for i in range(12)),
                (1, reading("12345", "678", at=(180, 144), first=0)),
            ],
            [TOLD, ("appeared", 2, "678")],
        ),
    ],
)
def test_events_of_readings(
    steps: list[tuple[float, Reading]], expected: list[tuple[str, int, str]]
) -> None:
    assert found(*steps) == expected


def test_nothing_is_missed_while_a_stream_is_down() -> None:
    finder = EventFinder()
    shown, again = reading("12345"), reading("12345", first=500)
    times = [0.1 * i for i in range(10)]
    events = [finder.update(shown, time) for time in times]
    events += [finder.update(reading(), 60 + time) for time in times[:3]]
    events += [finder.update(again, 60.3 + time) for time in times]
    assert [event.event for told in events for event in told] == ["appeared"]


def test_going_back_in_a_recording_is_a_new_start() -> None:
    finder = EventFinder()
    times = [*(0.1 * i for i in range(20)), *(0.1 * i for i in range(20))]
    events = [event for time in times for event in finder.update(reading("12345"), time)]
    assert [(event.event, event.line) for event in events] == [("appeared", 1), ("appeared", 2)]


def test_a_snapshot_never_replaces_another(tmp_path: Path) -> None:
    image = np.full((480, 640, 3), 235, np.uint8)
    for _ in range(2):
        with EventSink(tmp_path / "events.jsonl", snapshots=tmp_path / "pictures") as sink:
            for index in range(8):
                sink.write(Frame(image, index, index / 10, "clip"), reading("12345"))
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert names == ["event_000005.jpg", "event_000005_2.jpg"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError, match=r"file.*in the way"):
        EventSink(tmp_path / "events.jsonl", snapshots=blocked)
