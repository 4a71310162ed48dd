"""Whether a video file is shorter than it says, or broken: the lengths that containers write.

The number of frames cannot tell: OpenCV makes it up from the duration in Matroska, in AVI it counts
the gaps, and in an MP4 that was trimmed without encoding it also counts what was trimmed away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from livedigits.capture.transport import transport_end

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")

_CLUSTER, _TRACKS = b"\x1f\x43\xb6\x75", b"\x16\x54\xae\x6b"
_BLOCK_GROUP, _BLOCK, _SIMPLE_BLOCK = b"\xa0", b"\xa1", b"\xa3"
_TRACK, _TRACK_NUMBER, _TRACK_TYPE = b"\xae", b"\xd7", b"\x83"
_ELEMENTS = {
    *(_CLUSTER, b"\x11\x4d\x9b\x74", b"\x15\x49\xa9\x66", _TRACKS),
    *(b"\x1c\x53\xbb\x6b", b"\x10\x43\xa7\x70", b"\x12\x54\xc3\x67", b"\x19\x41\xa4\x69"),
    *(_SIMPLE_BLOCK, _BLOCK_GROUP, b"\xe7", b"\xa7", b"\xab", b"\xaf"),
    *(b"\xec", b"\xbf", b"\x58\x54"),
}
"""What may stand in a Matroska segment, and in its clusters (RFC 9559, section 5.1)."""


def is_cut_off(path: Path) -> bool:
    """Whether the end of an AVI, MP4, MOV, MKV, WebM or TS file is missing.

    Returns:
        True where a part of the file claims more bytes than there are; False for intact files,
        other formats, and recordings without lengths (streamed ones, for example).

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        return any(end > size for end in _claimed_ends(file))


@dataclass(frozen=True, slots=True)
class Chain:
    """The parts that fill an AVI, MKV or WebM file, one after the other.

    Attributes:
        broken: whether it breaks off within the file.
        frames: pictures that it holds up to there.
    """

    broken: bool
    frames: int


def chain_of(path: Path) -> Chain | None:
    """The chain of a file's parts; None for other formats, which have none.

    Reads the head of every frame, which takes a while in a long recording.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb", buffering=0) as file:
        start = file.read(4)
        if start == b"RIFF":
            end, frames = _riff_chain(file)
        elif start == _EBML:
            end, frames = _matroska_chain(file)
        else:
            return None
    return Chain(end < size, frames)


def mp4_duration(path: Path) -> float | None:
    """Seconds that an MP4 or MOV file shows, without what was trimmed away; None for other files.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        at = 0
        for end in (0, *_mp4_ends(file)):
            file.seek(at + 4)
            if file.read(4) == b"moov":
                break
            at = end
        # Its first box: ISO/IEC 14496-12, 8.2.2.
        file.seek(at + 8)
        head = file.read(40)
    if head[4:8] != b"mvhd":
        return None
    scale, duration = (head[28:32], head[32:40]) if head[8] else (head[20:24], head[24:28])
    return int.from_bytes(duration, "big") / max(1, int.from_bytes(scale, "big"))


def _claimed_ends(file: BinaryIO) -> Iterator[int]:
    """Where each top-level part of a video file says that it ends, in bytes from the start."""
    start = file.read(12)
    if start[:4] == b"RIFF":
        return _riff_ends(file)
    if start[:4] == _EBML:
        return _matroska_ends(file)
    if start[4:8] in _MP4_BOXES:
        return _mp4_ends(file)
    end = transport_end(file)
    return iter(() if end is None else (end,))


def _riff_ends(file: BinaryIO) -> Iterator[int]:
    """AVI: one RIFF chunk for each gigabyte (OpenDML 1.02); 0 and -1 stand for an unknown size."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        if head[:4] != b"RIFF" or size in (0, 0xFFFFFFFF):
            return
        at += 8 + size
        yield at
        at += size % 2  # chunks begin at even places; the last pad byte is often left out


def _riff_chain(file: BinaryIO) -> tuple[int, int]:
    """AVI: where the chunks end that follow each other, those within lists among them, and how many
    of them are pictures; empty ones stand for pictures that the camera has left out."""
    at = frames = 0
    while True:
        file.seek(at)
        head = file.read(8)
        name = head[:4]
        if name in (b"RIFF", b"LIST"):
            at += 12  # what is in it comes next
        elif len(head) == 8 and name.strip().isalnum():
            size = int.from_bytes(head[4:], "little")
            frames += name[2:] in (b"dc", b"db") and size > 0
            at += 8 + size + size % 2
        else:
            return at, frames


def _mp4_ends(file: BinaryIO) -> Iterator[int]:
    """MP4 and MOV: boxes of 32 or 64 bits of size (ISO/IEC 14496-12, 4.2); 0 means to the end."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(16)
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:], "big"), 16
        if len(head) < header or size < header or not head[4:8].isalnum():
            return  # the end, a box without size, or something that is not a box
        at += size
        yield at


def _matroska_ends(file: BinaryIO) -> Iterator[int]:
    """Matroska and WebM: a header, then one segment (RFC 8794); all ones mean an unknown size."""
    if _found_segment(file):
        segment_size = _read_vint(file)
        if segment_size is not None:
            yield file.tell() + segment_size


def _matroska_chain(file: BinaryIO) -> tuple[int, int]:
    """Matroska and WebM: where the elements end that follow each other, those of clusters among
    them, and how many hold a picture."""
    frames, videos = 0, set[int | None]()
    if _found_segment(file):
        _read_vint(file)
    while True:
        at = file.tell()
        name, size = _read_head(file)
        if name not in _ELEMENTS or (size is None and name != _CLUSTER):
            return at, frames
        if name == _CLUSTER:  # what is in one comes next
            continue
        end = file.tell() + (size or 0)
        if name == _TRACKS:
            videos = set(_video_tracks(file, end))
        elif name == _BLOCK_GROUP:
            frames += _read_head(file)[0] == _BLOCK and _read_vint(file) in videos
        elif name == _SIMPLE_BLOCK:
            frames += _read_vint(file) in videos
        file.seek(end)


def _video_tracks(file: BinaryIO, end: int) -> Iterator[int | None]:
    """Numbers of the tracks that are told of up to a place and are video."""
    number: int | None = None
    while file.tell() < end:
        name, size = _read_head(file)
        if size is None:
            return
        if name == _TRACK:  # what is in one comes next
            continue
        value = int.from_bytes(file.read(size), "big")
        if name == _TRACK_NUMBER:
            number = value
        elif name == _TRACK_TYPE and value == 1:
            yield number


def _read_head(file: BinaryIO) -> tuple[bytes, int | None]:
    """Name and size of an element (RFC 8794, sections 5 and 6)."""
    first = file.read(1)
    extra = 8 - first[0].bit_length() if first else 0
    name = first + file.read(extra)
    return name, _read_vint(file)


def _found_segment(file: BinaryIO) -> bool:
    """Goes to the size of a Matroska file's segment; False where the header leads to none."""
    file.seek(len(_EBML))
    header_size = _read_vint(file)
    if header_size is None:
        return False
    file.seek(header_size, 1)
    return file.read(len(_SEGMENT)) == _SEGMENT


def _read_vint(file: BinaryIO) -> int | None:
    """A variable-size integer of 1 to 8 bytes (RFC 8794, section 4); None where it is unknown."""
    first = file.read(1)
    if not first or first == b"\0":
        return None
    extra = 8 - first[0].bit_length()  # as many bytes follow as there are leading zeros
    bits = 7 * (extra + 1)
    value = int.from_bytes(first + file.read(extra), "big") & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value
