"""MPEG transport streams: every damaged or missing packet is told of, and no intact stream."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from livedigits.capture import open_source
from livedigits.errors import SourceError

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")

FRAMES = 50
PACKET = 188
PICTURES = ("-f", "lavfi", "-i", f"testsrc2=size=320x240:rate=25:duration={FRAMES / 25}")
SOUND = ("-f", "lavfi", "-i", "sine=duration=4")
MPEG2 = (*PICTURES, "-c:v", "mpeg2video")


def ffmpeg(target: Path, *options: str | Path) -> Path:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *options, target]
    subprocess.run(command, check=True)
    return target


def read(path: Path) -> tuple[int, list[str]]:
    """How many frames a video has, and what was reported."""
    errors: list[SourceError] = []
    with open_source(path, on_error=errors.append) as source:
        return sum(1 for _ in source), [str(error) for error in errors]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain.ts", MPEG2),
        ("reordered.ts", (*PICTURES, "-c:v", "libx264", "-bf", "3", "-g", "12")),
        ("sound.ts", (*PICTURES, *SOUND, "-c:v", "mpeg4", "-c:a", "aac")),
        ("disc.m2ts", (*PICTURES, *SOUND, "-c:v", "libx264", "-c:a", "ac3")),
        ("padded.ts", (*PICTURES, *SOUND, "-c:v", "mpeg2video", "-c:a", "mp2", "-muxrate", "3M")),
        ("marked.ts", (*MPEG2, "-mpegts_flags", "initial_discontinuity+pat_pmt_at_frames")),
    ],
)
def test_an_intact_stream_is_never_called_damaged(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    path = ffmpeg(tmp_path / name, *options)
    assert read(path) == (FRAMES, [])
    joined = tmp_path / f"joined{path.suffix}"
    joined.write_bytes(2 * path.read_bytes())
    assert read(joined) == (2 * FRAMES, [])


def test_a_stream_with_parity_after_each_packet_is_known(tmp_path: Path) -> None:
    data = ffmpeg(tmp_path / "plain.ts", *MPEG2).read_bytes()
    packets = [data[at : at + PACKET] + bytes(16) for at in range(0, len(data), PACKET)]
    path = tmp_path / "parity.ts"
    path.write_bytes(b"".join(packets))
    assert read(path) == (FRAMES, [])
    path.write_bytes(b"".join(packets[:100] + packets[103:]))
    assert "is damaged" in read(path)[1][0]


def zeros(data: bytes, at: int) -> bytes:
    return data[:at] + bytes(5000) + data[at + 5000 :]


def bytes_lost(data: bytes, at: int) -> bytes:
    return data[:at] + data[at + 5000 :]


def packets_lost(data: bytes, at: int) -> bytes:
    return data[:at] + data[at + 20 * PACKET :]


def reception_error(data: bytes, at: int) -> bytes:
    return data[: at + 1] + bytes([data[at + 1] | 0x80]) + data[at + 2 :]


@pytest.mark.parametrize("damage", [zeros, bytes_lost, packets_lost, reception_error])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_damage_is_told_of_and_all_else_read(
    tmp_path: Path, damage: Callable[[bytes, int], bytes], share: float
) -> None:
    path = ffmpeg(tmp_path / "damaged.ts", *MPEG2, "-g", "5")
    data = path.read_bytes()
    path.write_bytes(damage(data, int(share * len(data)) // PACKET * PACKET))
    count, errors = read(path)
    assert FRAMES * 3 // 4 < count <= FRAMES
    share_read = f"{count} of about {FRAMES} frames could be read"
    if count == FRAMES:
        share_read = f"all {count} frames could be read, but some are not whole"
    assert errors == [f"{path} is damaged: {share_read}"]


def test_a_gap_in_the_sound_alone_is_no_damage(tmp_path: Path) -> None:
    path = ffmpeg(tmp_path / "sound.ts", *PICTURES, *SOUND, "-c:v", "mpeg2video", "-c:a", "aac")
    data = path.read_bytes()
    packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    sound = [index for index, packet in enumerate(packets) if packet[1:3] == b"\x01\x01"]
    del packets[sound[len(sound) // 2]]
    path.write_bytes(b"".join(packets))
    assert read(path) == (FRAMES, [])


def test_a_stream_that_breaks_off_within_a_packet_is_said_to_be_cut_off(tmp_path: Path) -> None:
    path = ffmpeg(tmp_path / "cut.ts", *MPEG2)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 // PACKET * PACKET + 100])
    count, errors = read(path)
    assert 10 < count < FRAMES
    assert len(errors) == 1
    assert errors[0].startswith(f"{path} is cut off: ")
