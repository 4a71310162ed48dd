"""What a frame costs on paper of every kind: `python benchmarks/stills.py MANIFEST`.

Each picture of a manifest is scaled to fit 1280x720 and filmed from a stand, with a camera's noise
on it, as `livedigits bench` films its page. Prints the milliseconds that reading takes a frame,
over all pictures and for those that take longest: the median of a picture's frames, the longest of
them, and the first one, of which nothing is known yet.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from livedigits import Reader
from livedigits.cli.measure import filmed
from livedigits.learn.manifest import load_manifest

SIZE = 1280, 720
FRAMES = 16
SLOWEST = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds a frame of one picture."""

    median: float
    longest: float
    first: float
    name: str


def main() -> None:
    """Measures all pictures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    reader = Reader()
    costs = [
        cost_of(reader, photo.path)
        for photo in tqdm(load_manifest(parser.parse_args().manifest), unit=" pictures")
    ]
    costs.sort(key=lambda cost: -cost.median)
    medians = [cost.median for cost in costs]
    middle, high = np.percentile(medians, (50, 95))
    print(f"{len(costs)} pictures, ms a frame: median {middle:.1f}, 95th percentile {high:.1f}")
    print(f"{'':34}{'median':>9}{'longest':>9}{'first':>9}")
    for cost in costs[:SLOWEST]:
        print(f"{cost.name:34}{cost.median:9.1f}{cost.longest:9.1f}{cost.first:9.1f}")


def cost_of(reader: Reader, path: Path) -> Cost:
    """Films a picture and reads it."""
    image = cv2.imread(str(path))
    scale = min(SIZE[0] / image.shape[1], SIZE[1] / image.shape[0])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted = cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)
    times = [
        1000 * reading.elapsed.total
        for _, reading in reader.stream(filmed(np.asarray(fitted, np.uint8), "static", FRAMES))
    ]
    return Cost(float(np.median(times)), max(times[1:]), times[0], path.name)


if __name__ == "__main__":
    main()
