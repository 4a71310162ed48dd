"""How steadily videos are read: `python benchmarks/steadiness.py [MANIFEST]`.

For each video of a manifest (by default that of recordings/) it prints the frames whose lines are
not the truth once half a second has passed, how often a digit's label changed a minute, and the
median and 99th percentile of the time a frame.
"""

import json
import sys
from pathlib import Path

import numpy as np

from livedigits import Reader, open_source

SETTLED_S = 0.5


def main(manifest: Path) -> None:
    """Prints a row a video."""
    reader = Reader()
    print(f"{'video':20} {'wrong frames':>14} {'changes a digit a minute':>26} {'ms a frame':>16}")
    for entry in json.loads(manifest.read_text(encoding="utf-8")):
        with open_source(manifest.parent / entry["file"]) as source:
            if source.kind != "video":
                continue
            wrong = settled = changes = 0
            digit_seconds = 0.0
            times, values = [], {}
            for frame, reading in reader.stream(source):
                times.append(1000 * reading.elapsed.total)
                for digit in reading.digits:
                    changes += values.get(digit.track, digit.value) != digit.value
                    values[digit.track] = digit.value
                digit_seconds += len(reading.digits) / (source.fps or 30)
                if frame.time >= SETTLED_S:
                    settled += 1
                    wrong += [line.text for line in reading.lines] != entry["lines"]
        rate = 60 * changes / max(digit_seconds, 1e-9)
        cost = f"{np.median(times):.1f} / {np.percentile(times, 99):.1f}"
        print(f"{entry['file']:20} {f'{wrong} of {settled}':>14} {rate:26.2f} {cost:>16}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "recordings/manifest.json"))
