"""Whether memory stays flat over days: `python benchmarks/soak.py [FRAMES]`, 20,000 by default.

Streams pages of handwriting that move, change and turn from paper to board every now and then
through the reader and the overlay. It prints the memory after each tenth of the frames, and ends
with exit status 1 if it grew after the first one.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from livedigits import Reader, annotate
from livedigits.capture.frame import Frame
from livedigits.cli.measure import filmed, render_page

SIZE = (1280, 720)
DIGITS = 32
PAGES = 6

FLAT_MB = 5.0
"""Growth up to this is caches that fill and the allocator's own; a leak of a kilobyte a frame
comes to 18 in 20,000 frames."""


def film(count: int) -> Iterator[Frame]:
    """One page after the other, every second one as light ink on dark."""
    pages = [render_page(SIZE, DIGITS, seed) for seed in range(PAGES)]
    pages[1::2] = [255 - page for page in pages[1::2]]
    stay = max(1, min(count // (10 * PAGES), 250))  # all of them come in the first tenth
    index = 0
    while index < count:
        page = pages[index // stay % PAGES]
        for frame in filmed(page, "moving", min(stay, count - index)):
            yield replace(frame, index=index, time=index / 30)
            index += 1


def resident_mb() -> float:
    """Memory of this process that is in use now, in MB; tells it on Linux alone."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(count: int) -> int:
    """Prints a row a tenth; returns the exit status."""
    reader = Reader()
    marks = [count * i // 10 for i in range(1, 11)]
    resident, seen = [], 0
    print(f"{'frames':>8} {'resident MB':>12} {'digits a frame':>15}")
    for frame, reading in reader.stream(film(count)):
        annotate(frame.image, reading)
        seen += len(reading.digits)
        if frame.index + 1 in marks:
            resident.append(resident_mb())
            done = frame.index + 1
            print(f"{done:8} {resident[-1]:12.1f} {seen / done:15.1f}", flush=True)
    growth = resident[-1] - resident[0]
    print(f"growth after the first tenth: {growth:.1f} MB")
    return 0 if growth <= FLAT_MB else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
