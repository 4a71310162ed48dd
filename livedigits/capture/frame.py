"""`Frame`, which capture hands to every later step, and `Source`, where frames come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""A picture, `uint8`, `(height, width, 3)`, in BGR as OpenCV has them."""

Kind: TypeAlias = Literal["image", "video", "live"]
"""image: stateless pictures; video: every frame; live: the newest frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture on its way through the steps.

    Attributes:
        image: `uint8`, `(height, width, 3)`, BGR.
        index: position in its source, from 0; a single picture has 0.
        time: seconds since the start of the source, as the stream tells it.
        source: what the frame came from, as the user named it.
        dropped: frames that a live source has skipped since it was opened, to stay at the newest.
    """

    image: Image
    index: int = 0
    time: float = 0.0
    source: str = ""
    dropped: int = 0


class Source(Protocol):
    """A stream of frames: iterate over it inside a `with`, once.

    Attributes:
        name: the source as the user named it.
        kind: image, video or live.
        frame_count: frames to come in all, None where that is unknown.
        fps: frames a second, None where frames have no rate.
    """

    name: str
    kind: Kind
    frame_count: int | None
    fps: float | None

    def __iter__(self) -> Iterator[Frame]:
        """The frames, once."""
        ...

    def close(self) -> None:
        """Let go of the device or file and end the iteration; any thread may call it, twice too."""
        ...

    def __enter__(self) -> Self:
        """The source itself, which is open already."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        ...
