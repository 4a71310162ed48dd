"""Recordings as they really are: cut off, turned, with gaps, with sound that outlasts them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from coded_frames import HEIGHT, WIDTH, coded_frame, number_of

from livedigits.capture import Frame, open_source
from livedigits.capture.video import VideoSource
from livedigits.errors import SourceError

FRAMES = 60
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one clip of coded frames in each format."""
    folder = tmp_path_factory.mktemp("clips")
    for name, codec in {
        "mjpg.avi": "MJPG",
        "xvid.avi": "XVID",
        "mp4v.mp4": "mp4v",
        "vp8.webm": "VP80",
        "vp9.webm": "VP90",
        "ffv1.mkv": "FFV1",
    }.items():
        path = str(folder / name)
        writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*codec), 30, (WIDTH, HEIGHT))
        assert writer.isOpened()
        for number in range(FRAMES):
            writer.write(coded_frame(number))
        writer.release()
    return folder


def ffmpeg(source: Path, target: Path, *options: str) -> Path:
    command = ["ffmpeg", "-loglevel", "error", "-y", "-i", source, *options, target]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return target


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is Unicode")
def test_a_name_that_opencv_cannot_take_is_told(clips: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.avi")
    shutil.copy(clips / "mjpg.avi", path)
    with pytest.raises(SourceError, match="not valid UTF-8; rename"):
        open_source(path)


def read(path: Path) -> tuple[list[Frame], list[str]]:
    """All frames of a video, and what was reported."""
    errors: list[SourceError] = []
    with open_source(path, on_error=errors.append) as source:
        return list(source), [str(error) for error in errors]


@pytest.mark.parametrize("name", ["mjpg.avi", "xvid.avi", "vp8.webm", "vp9.webm", "ffv1.mkv"])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_video_that_is_cut_off_gives_what_it_has_and_says_so(
    clips: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, share: float
) -> None:
    whole = (clips / name).read_bytes()
    cut = tmp_path / name
    cut.write_bytes(whole[: int(share * len(whole))])
    frames, errors = read(cut)
    assert 10 < len(frames) < FRAMES
    # The last frame can be half there, and is decoded as far as it goes.
    assert [number_of(frame.image) for frame in frames[:-1]] == list(range(len(frames) - 1))
    assert errors == [f"{cut} is cut off: {len(frames)} of about {FRAMES} frames could be read"]
    assert capfd.readouterr() == ("", "")

    with open_source(cut) as source, pytest.raises(SourceError, match="cut off"):
        list(source)


def test_a_video_that_lost_its_index_is_said_to_be_cut_off(clips: Path, tmp_path: Path) -> None:
    whole = (clips / "mp4v.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"cut\.mp4 is cut off: no frame could be read"):
        open_source(tmp_path / "cut.mp4")


def test_a_damaged_stretch_in_the_middle_is_not_the_end(clips: Path, tmp_path: Path) -> None:
    data = bytearray((clips / "mjpg.avi").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    (tmp_path / "damaged.avi").write_bytes(data)
    frames, _ = read(tmp_path / "damaged.avi")
    assert number_of(frames[-1].image) == FRAMES - 1


@pytest.mark.parametrize(
    "name", ["mjpg.avi", "xvid.avi", "vp8.webm", "vp9.webm", "ffv1.mkv", "mp4v.mp4"]
)
def test_frames_that_damage_has_swallowed_are_told_of(
    clips: Path, tmp_path: Path, name: str
) -> None:
    data = bytearray((clips / name).read_bytes())
    begin, end = int(0.4 * len(data)), int(0.6 * len(data))
    data[begin:end] = bytes(end - begin)
    (tmp_path / name).write_bytes(data)
    frames, errors = read(tmp_path / name)
    assert 10 < len(frames) < FRAMES
    told = f"{tmp_path / name} is damaged: {len(frames)} of about {FRAMES} frames could be read"
    assert errors == [told]


@pytest.mark.parametrize("place", [0.2, 0.3, 0.5, 0.6, 0.8])
@pytest.mark.parametrize("name", ["mjpg.avi", "xvid.avi", "vp8.webm", "vp9.webm", "ffv1.mkv"])
def test_frames_that_cannot_be_decoded_are_told_of(
    clips: Path, tmp_path: Path, name: str, place: float
) -> None:
    """Most damage leaves the file's parts in order, and some no trace in a picture's."""
    data = np.fromfile(clips / name, np.uint8)
    begin = int(place * len(data))
    data[begin : begin + 100] ^= 0x5A
    (tmp_path / name).write_bytes(data.tobytes())
    frames, errors = read(tmp_path / name)
    told = f"{tmp_path / name} is damaged: {len(frames)} of about {FRAMES} frames could be read"
    assert errors == ([told] if len(frames) < FRAMES else [])


GAPS = ("-vf", "format=yuv420p,select='not(mod(n,4))'", "-vsync", "vfr")
SILENCE = ("-f", "lavfi", "-i", "anullsrc", "-t", "8", "-pix_fmt", "yuv420p")


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "options", "count"),
    [
        ("gaps.avi", (*GAPS, "-c:v", "mjpeg"), FRAMES // 4),
        ("gaps.webm", (*GAPS, "-c:v", "libvpx"), FRAMES // 4),
        ("gaps.mp4", (*GAPS, "-c:v", "mpeg4"), FRAMES // 4),
        ("sound.mkv", (*SILENCE, "-c:v", "ffv1", "-c:a", "pcm_s16le"), FRAMES),
        ("trimmed.mp4", ("-pix_fmt", "yuv420p", "-c:v", "mpeg4", "-g", "250"), FRAMES // 2),
        ("trimmed_sound.mp4", (*SILENCE, "-c:v", "mpeg4", "-g", "250"), FRAMES // 2),
        ("transport.ts", ("-pix_fmt", "yuv420p", "-c:v", "mpeg2video"), FRAMES),
    ],
)
def test_an_intact_video_is_never_called_cut_off(
    clips: Path, tmp_path: Path, name: str, options: tuple[str, ...], count: int
) -> None:
    path = ffmpeg(clips / "ffv1.mkv", tmp_path / name, *options)
    if name.startswith("trimmed"):  # without encoding: the trimmed frames stay in the file, unseen
        path = tmp_path / "after.mp4"
        trim = ["ffmpeg", "-loglevel", "error", "-ss", "1", "-i", tmp_path / name]
        subprocess.run([*trim, "-c", "copy", path], check=True, stdin=subprocess.DEVNULL)
    frames, errors = read(path)
    assert len(frames) == count
    assert errors == []
    times = [frame.time for frame in frames]
    assert times == sorted(set(times))


@needs_ffmpeg
def test_time_is_the_streams_own_where_the_rate_varies(clips: Path, tmp_path: Path) -> None:
    path = ffmpeg(clips / "ffv1.mkv", tmp_path / "gaps.mp4", *GAPS, "-c:v", "mpeg4")
    frames, _ = read(path)
    numbers = [number_of(frame.image) for frame in frames]
    assert numbers == list(range(0, FRAMES, 4))
    assert [frame.time for frame in frames] == pytest.approx(
        [number / 30 for number in numbers], abs=0.002
    )


@needs_ffmpeg
def test_where_the_stream_tells_no_time_the_frame_rate_does(clips: Path, tmp_path: Path) -> None:
    """OpenCV gives the last frame of an MPEG-1 file the time 0."""
    path = ffmpeg(clips / "ffv1.mkv", tmp_path / "old.mpg", "-c:v", "mpeg1video")
    frames, _ = read(path)
    assert [number_of(frame.image) for frame in frames] == list(range(FRAMES))
    times = [frame.time for frame in frames]
    assert times == pytest.approx([index / 30 for index in range(FRAMES)], abs=0.001)


@needs_ffmpeg
def test_a_video_that_a_phone_marked_as_turned_is_upright(clips: Path, tmp_path: Path) -> None:
    """The turn is written into the track's matrix (ISO/IEC 14496-12, 8.3.2), as phones do."""
    plain = ffmpeg(
        clips / "ffv1.mkv", tmp_path / "plain.mp4", "-pix_fmt", "yuv420p", "-c:v", "mpeg4"
    )
    data = plain.read_bytes()
    one = (1 << 16).to_bytes(4, "big")
    minus_one = (-1 << 16).to_bytes(4, "big", signed=True)
    zero, unit = bytes(4), (1 << 30).to_bytes(4, "big")
    straight = one + zero * 3 + one + zero * 3 + unit
    turned = zero + one + zero + minus_one + zero * 4 + unit  # 90 degrees clockwise
    track = data.index(b"tkhd")
    at = data.index(straight, track)
    (tmp_path / "phone.mp4").write_bytes(data[:at] + turned + data[at + len(straight) :])

    frames, _ = read(tmp_path / "phone.mp4")
    upright = [cv2.rotate(frame.image, cv2.ROTATE_90_COUNTERCLOCKWISE) for frame in frames]
    assert [number_of(image) for image in upright] == list(range(FRAMES))


def test_a_count_that_an_unfinished_file_makes_up_is_not_believed(
    clips: Path, tmp_path: Path
) -> None:
    data = bytearray((clips / "mjpg.avi").read_bytes())
    data[4:8] = bytes(4)  # size of the file: not known yet
    for header in (b"avih", b"strh"):
        at = data.index(header) + 8 + {b"avih": 16, b"strh": 32}[header]
        data[at : at + 4] = (1 << 30).to_bytes(4, "little")
    (tmp_path / "unfinished.avi").write_bytes(data)
    with open_source(tmp_path / "unfinished.avi") as source:
        assert source.frame_count is None
        assert len(list(source)) == FRAMES


SEEKS = (31, 30, 12, 59, 13, 0, 58, 57, 20)
"""Frames ahead and before, near and far."""


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mjpg.avi", None),
        ("vp9.webm", None),
        ("mp4v.mp4", None),
        ("gaps.webm", (*GAPS, "-c:v", "libvpx")),
        ("gaps.mp4", (*GAPS, "-c:v", "mpeg4", "-g", "5")),
        ("transport.ts", ("-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-bf", "2")),
        ("old.mpg", ("-c:v", "mpeg1video")),
    ],
)
def test_seeking_leads_to_the_very_frame(
    clips: Path, tmp_path: Path, name: str, options: tuple[str, ...] | None
) -> None:
    path = (
        clips / name if options is None else ffmpeg(clips / "ffv1.mkv", tmp_path / name, *options)
    )
    frames, _ = read(path)
    with open_source(path) as source:
        assert isinstance(source, VideoSource)
        coming = iter(source)
        for index in (i % len(frames) for i in SEEKS):
            source.seek(index)
            for expected in frames[index : index + 2]:
                frame = next(coming)
                assert (frame.index, frame.time) == (expected.index, expected.time)
                assert number_of(frame.image) == number_of(expected.image)


def test_seeking_beyond_the_end_ends_a_video(clips: Path) -> None:
    with open_source(clips / "mjpg.avi") as source:
        assert isinstance(source, VideoSource)
        coming = iter(source)
        source.seek(10 * FRAMES)
        assert list(coming) == []
        source.close()
        source.seek(0)  # a source that is closed stays closed


def test_times_that_are_known_better_go_before_the_files_own(clips: Path) -> None:
    better = [0.0, 0.5, 0.7]
    with VideoSource("clip", clips / "mjpg.avi", times=better) as source:
        coming = iter(source)
        assert [next(coming).time for _ in range(4)] == [*better, pytest.approx(3 / 30)]
        source.seek(1)
        assert next(coming).time == 0.5


@pytest.mark.parametrize(
    ("broken", "read_on"), [(range(20, 22), True), (range(20, 60), False), (range(58, 60), False)]
)
def test_frames_that_cannot_be_decoded_are_left_out_and_missed_at_the_end(
    clips: Path, monkeypatch: pytest.MonkeyPatch, broken: range, read_on: bool
) -> None:
    real = cv2.VideoCapture

    class Damaged:
        """Hands out packets of damaged frames, as FFmpeg's does, but no pictures of them."""

        def __init__(self) -> None:
            self._capture = real()
            self._passed = -1

        def grab(self) -> bool:
            self._passed += 1
            return bool(self._capture.grab())

        def retrieve(self) -> tuple[bool, object]:
            return (False, None) if self._passed in broken else self._capture.retrieve()

        def __getattr__(self, name: str) -> object:
            return getattr(self._capture, name)

    monkeypatch.setattr(cv2, "VideoCapture", Damaged)
    frames, errors = read(clips / "mjpg.avi")
    whole = [i for i in range(FRAMES) if i not in broken]
    assert [number_of(frame.image) for frame in frames] == whole
    assert [frame.index for frame in frames] == whole
    path = clips / "mjpg.avi"
    told = f"{path} is damaged: {broken[0]} of about {FRAMES} frames could be read"
    assert errors == ([] if read_on else [told])
