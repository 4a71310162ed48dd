"""What holds for every source, and how the user's word for a source is understood."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import pytest
from coded_frames import HEIGHT, WIDTH, coded_frame, encoded, number_of
from mjpeg import MjpegServer

from livedigits.capture import Frame, open_source
from livedigits.errors import SettingsError, SourceError

VIDEOS = {
    "clip.avi": "MJPG",
    "xvid.avi": "XVID",
    "clip.mp4": "mp4v",
    "vp8.webm": "VP80",
    "vp9.webm": "VP90",
    "clip.mkv": "FFV1",
}
FRAMES = 12


class Case(NamedTuple):
    """A source with coded frames 0, 1, 2, ... and what it should say of itself."""

    spec: str
    kind: str
    count: int | None


def write_video(path: Path, codec: str, frames: int = FRAMES) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 30, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number in range(frames):
        writer.write(coded_frame(number))
    writer.release()
    return path


def write_images(folder: Path) -> Path:
    folder.mkdir()
    for number in range(FRAMES):
        (folder / f"page{number}.png").write_bytes(encoded(number, ".png"))
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(encoded(99, ".png"))
    (folder / "page5.folder").mkdir()
    return folder


@pytest.fixture(params=["image", "folder", "glob", "stdin", "live", *VIDEOS])
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    kind = request.param
    if kind in VIDEOS:
        return Case(str(write_video(tmp_path / kind, VIDEOS[kind])), "video", FRAMES)
    if kind == "live":
        return Case(request.getfixturevalue("mjpeg_server").url, "live", None)
    if kind == "stdin":
        stdin = io.TextIOWrapper(io.BytesIO(encoded(0)))
        monkeypatch.setattr(sys, "stdin", stdin)
        return Case("-", "image", 1)
    folder = write_images(tmp_path / "pages")
    if kind == "image":
        return Case(str(folder / "page0.png"), "image", 1)
    return Case(str(folder / "page*" if kind == "glob" else folder), "image", FRAMES)


def take(spec: str | Path, at_most: int = FRAMES) -> list[Frame]:
    with open_source(spec) as source:
        return [frame for frame, _ in zip(source, range(at_most), strict=False)]


def test_every_source_gives_its_frames_in_order_and_says_what_it_is(case: Case) -> None:
    with open_source(case.spec) as source:
        assert (source.name, source.kind, source.frame_count) == case
        frames = [frame for frame, _ in zip(source, range(FRAMES), strict=False)]

    numbers = [number_of(frame.image) for frame in frames]
    if case.kind == "live":  # some may be skipped; those are counted
        assert numbers == [frame.index for frame in frames]
    else:
        assert numbers == list(range(case.count or 0))
        assert all(frame.dropped == 0 for frame in frames)
    if case.kind == "image":
        assert all((frame.index, frame.time) == (0, 0.0) for frame in frames)
        assert source.fps is None
    if case.kind == "video":
        assert [frame.index for frame in frames] == numbers
        assert [frame.time for frame in frames] == pytest.approx(
            [number / 30 for number in numbers], abs=0.001
        )
        assert all(frame.source == case.spec for frame in frames)
        assert source.fps == pytest.approx(30)


def test_every_source_is_turned_clockwise(case: Case) -> None:
    with open_source(case.spec, rotate=90) as source:
        frame = next(iter(source))
    assert frame.image.shape == (WIDTH, HEIGHT, 3)
    assert number_of(cv2.rotate(frame.image, cv2.ROTATE_90_COUNTERCLOCKWISE)) == frame.index


def test_every_source_is_iterated_once_and_closed_as_often_as_one_likes(case: Case) -> None:
    source = open_source(case.spec)
    frames = iter(source)
    next(frames)
    with pytest.raises(RuntimeError, match="open it again"):
        iter(source)
    source.close()
    source.close()
    assert list(frames) == []


def test_rotation_by_anything_but_quarter_turns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(1, ".png"))
    with pytest.raises(SettingsError, match="45"):
        open_source(tmp_path / "a.png", rotate=45)  # type: ignore[arg-type]


def test_folder_and_glob_are_in_natural_order_with_each_image_under_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_images(tmp_path / "pages")
    monkeypatch.chdir(tmp_path)
    expected = [str(Path("pages", f"page{number}.png")) for number in range(FRAMES)]
    assert [frame.source for frame in take("pages")] == expected
    assert [frame.source for frame in take("pages/page?*.png")] == expected


@pytest.mark.parametrize("name", ["a[1].png", "what*.png", "0.png", "00.png", "Ziffern-数字-é.png"])
def test_a_file_of_that_very_name_is_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "a1.png").write_bytes(encoded(1, ".png"))  # what the pattern a[1].png means
    (tmp_path / "what1.png").write_bytes(encoded(1, ".png"))
    (tmp_path / name).write_bytes(encoded(42, ".png"))
    assert [number_of(frame.image) for frame in take(str(tmp_path / name))] == [42]


@pytest.mark.parametrize("name", ["Vidéo 数字 [1].mkv", "a:b.mkv", "take%02d.mkv"])
def test_a_video_of_any_name_is_opened(tmp_path: Path, monkeypatch, name: str) -> None:
    write_video(tmp_path / name, "FFV1")
    monkeypatch.chdir(tmp_path)
    assert [number_of(frame.image) for frame in take(name)] == list(range(FRAMES))


def test_a_path_is_a_file_even_where_its_name_is_a_number(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "0").write_bytes(encoded(42))
    monkeypatch.chdir(tmp_path)
    assert number_of(take(Path("0"))[0].image) == 42


def test_a_file_url_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "one page.png"
    path.write_bytes(encoded(42, ".png"))
    assert number_of(take(path.as_uri())[0].image) == 42


def test_an_image_is_known_by_its_content_where_its_name_does_not_tell(tmp_path: Path) -> None:
    (tmp_path / "scan").write_bytes(encoded(42))
    assert number_of(take(str(tmp_path / "scan"))[0].image) == 42


def broken(make: Callable[[Path], object], name: str, message: str) -> object:
    return pytest.param(make, name, message, id=message)


@pytest.mark.parametrize(
    ("make", "name", "message"),
    [
        broken(lambda p: None, "a.mp4", "does not exist"),
        broken(lambda p: p.write_bytes(b""), "a.mp4", "is empty"),
        broken(lambda p: p.write_text("words " * 99), "a.mp4", "not a video or image"),
        broken(lambda p: p.mkdir(), "a.mp4", "has no images"),
        broken(lambda p: None, "*.png", "no file matches"),
        broken(lambda p: p.with_name("a.txt").write_text("words"), "*.txt", "no image among"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_line(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    make: Callable[[Path], object],
    name: str,
    message: str,
) -> None:
    if "*" not in name or message == "no image among":
        make(tmp_path / name)
    with pytest.raises(SourceError, match=message) as caught:
        open_source(str(tmp_path / name))
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_an_error_goes_to_the_handler_and_the_other_images_are_read(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "pages")
    (folder / "page3.png").write_text("words")
    errors: list[SourceError] = []
    with open_source(folder, on_error=errors.append) as source:
        numbers = [number_of(frame.image) for frame in source]
    assert numbers == [number for number in range(FRAMES) if number != 3]
    assert [str(folder / "page3.png") in str(error) for error in errors] == [True]

    with open_source(folder) as source, pytest.raises(SourceError, match="page3"):
        list(source)


def test_empty_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with open_source("-") as source, pytest.raises(SourceError, match="standard input is empty"):
        list(source)


def test_live_frames_are_named_as_the_user_did(mjpeg_server: MjpegServer) -> None:
    assert take(mjpeg_server.url, 1)[0].source == mjpeg_server.url
