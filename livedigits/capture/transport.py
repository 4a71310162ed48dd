"""MPEG transport streams (.ts, .m2ts): whether packets of the video are damaged or missing.

They tell no lengths, but consist of packets of 188 bytes, each of which counts on from the one
before it in its stream (ISO/IEC 13818-1, 2.4.3.3).
"""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_PACKET = 188
_STRIDES = (188, 192, 204)  # alone, with four bytes of time before it, with sixteen of parity after
_SYNC = 0x47
_TABLE = b"\x47\x40\x00"  # a packet that begins a list of programs, which comes time and again
_SURE = 8  # packets in a row that are no coincidence
_SEARCHED = 1 << 20
_CHUNK = 1 << 15  # packets looked at in one go, to spare memory
_PADDING = 0x1FFF  # a stream that does not count


def transport_end(file: BinaryIO) -> int | None:
    """Where the last packet of a transport stream ends or would end; None for other files."""
    layout = _layout_of(file)
    if layout is None:
        return None
    _, stride = layout
    end = file.seek(0, 2)
    file.seek(max(0, end - _SURE * stride))
    data = file.read()
    for at in range(stride):  # by the last packets, since some bytes may be lost before them
        heads = data[at::stride]
        if set(heads) == {_SYNC}:
            missing = at + (len(heads) - 1) * stride + _PACKET - len(data)
            return end + max(0, missing)
    return end


def is_transport_broken(path: Path) -> bool:
    """Whether packets of a transport stream's video are damaged or missing; False for other files.

    The video is what has most packets: a gap in the sound or in a list of programs, of which
    recordings off the air have many, costs no frame. Reads all of the file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        layout = _layout_of(file)
        if layout is None:
            return False
        start, stride = layout
        file.seek(start)
        video = None
        last = np.zeros((0, _PACKET), np.uint8)
        while data := file.read(_CHUNK * stride):
            count = (len(data) + stride - _PACKET) // stride
            rows = np.frombuffer(data + bytes(stride), np.uint8, count * stride)
            packets = np.concatenate([last, rows.reshape(count, stride)[:, :_PACKET]])
            if (packets[:, 0] != _SYNC).any():
                return True
            streams = (packets[:, 1] & 0x1F) * np.uint16(256) + packets[:, 2]
            if video is None:
                video = np.bincount(streams[streams != _PADDING]).argmax()
            own = packets[streams == video]
            if (own[:, 1] >= 0x80).any() or _breaks(own).any():  # a reception error, or a gap
                return True
            last = own[-1:]
    return False


def _breaks(packets: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which packets do not count on from the one before, `(n, 188)` to `(n - 1,)`."""
    before, after = packets[:-1], packets[1:]
    count, payload = after[:, 3] & 0xF, after[:, 3] >> 4 & 1
    step = (count - before[:, 3]) & 0xF
    # A packet may come twice, with another time in its first bytes.
    twice = (step == 0) & (before[:, 12:] == after[:, 12:]).all(axis=1)
    told = (after[:, 3] & 0x20 > 0) & (after[:, 4] > 0) & (after[:, 5] >= 0x80)
    # Files are joined as they are: the next one begins to count at 0, with a new unit, and what
    # comes before that without payload has 15.
    joined = np.where(payload, (count == 0) & (after[:, 1] & 0x40 > 0), count == 0xF)
    return np.asarray(~((step == payload) | twice | told | joined), np.bool_)


def _layout_of(file: BinaryIO) -> tuple[int, int] | None:
    """Where the first whole packet of a transport stream begins, and how far it is to the next."""
    file.seek(0)
    data = file.read(_SEARCHED)
    at = data.find(_TABLE)
    while at >= 0:
        for stride in _STRIDES:
            heads = data[at : at + _SURE * stride : stride]
            if len(heads) == _SURE and set(heads) == {_SYNC}:
                return at % stride, stride
        at = data.find(_TABLE, at + 1)
    return None
