"""Whether a video file is shorter than it says: the lengths that containers write at their start.

The number of frames cannot tell: OpenCV makes it up from the duration in Matroska, in AVI it counts
the gaps, and in an MP4 that was trimmed without encoding it also counts what was trimmed away.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")


def is_cut_off(path: Path) -> bool:
    """Whether the end of an AVI, MP4, MOV, MKV or WebM file is missing.

    Returns:
        True where a part of the file claims more bytes than there are; False for intact files,
        other formats, and recordings without lengths (streamed ones, for example).

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        return any(end > size for end in _claimed_ends(file))


def _claimed_ends(file: BinaryIO) -> Iterator[int]:
    """Where each top-level part of a video file says that it ends, in bytes from the start."""
    start = file.read(12)
    if start[:4] == b"RIFF":
        return _riff_ends(file)
    if start[:4] == _EBML:
        return _matroska_ends(file)
    if start[4:8] in _MP4_BOXES:
        return _mp4_ends(file)
    return iter(())


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
    file.seek(len(_EBML))
    header_size = _read_vint(file)
    if header_size is None:
        return
    file.seek(header_size, 1)
    if file.read(4) != _SEGMENT:
        return
    segment_size = _read_vint(file)
    if segment_size is not None:
        yield file.tell() + segment_size


def _read_vint(file: BinaryIO) -> int | None:
    """A variable-size integer of 1 to 8 bytes (RFC 8794, section 4); None where it is unknown."""
    first = file.read(1)
    if not first or first == b"\0":
        return None
    extra = 8 - first[0].bit_length()  # as many bytes follow as there are leading zeros
    bits = 7 * (extra + 1)
    value = int.from_bytes(first + file.read(extra), "big") & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value
