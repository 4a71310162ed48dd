"""The measuring behind `livedigits bench`.

Each run is in a process of its own, so that neither its memory nor its threads count for
another's, and the page comes from yet another one.
"""

import argparse
import dataclasses
import multiprocessing
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, get_args

import cv2
import numpy as np

from livedigits.capture.frame import Frame, Image
from livedigits.classify import EngineName
from livedigits.cli.bench import Scene
from livedigits.cli.console import Console
from livedigits.cli.options import size as parse_size
from livedigits.errors import LivedigitsError, SettingsError
from livedigits.hush import hushed

_WARM_UP = 10
"""Frames read before those that count: memory is laid out and digits are confirmed meanwhile."""

_LARGEST = 8192
"""Pixels; the film of a larger page would take more memory than most machines have."""

_ROW = 8
"""Digits in a row of the page, as two numbers of four."""

_FPS = 30.0
_COLD_STARTS = 5
_COLD_SIZE = "640x480"


@dataclass(frozen=True, slots=True)
class Run:
    """What one engine came to with one scene.

    Attributes:
        engine: that ran in the end, where "auto" was asked for too.
        scene: what was filmed.
        ms: by step, median, 95th and 99th percentile in milliseconds a frame.
        frames_per_second: all steps and the overlay.
        digits_seen: median over the frames.
        peak_memory_mb: the process' largest resident memory; None where it is not told.
        cold_start_s: from the start of a process to its first output; None if not measured.
    """

    engine: str
    scene: Scene
    ms: dict[str, dict[str, float]]
    frames_per_second: float
    digits_seen: float
    peak_memory_mb: float | None
    cold_start_s: float | None = None


def measure_engines(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    """All figures, ready for `json.dumps`.

    Raises:
        ModelError: the model cannot be used.
        SettingsError: the frames are too large, or so many digits do not fit into them.
    """
    if max(args.size) > _LARGEST:
        raise SettingsError(f"--size: frames of {_LARGEST} pixels a side are the largest to film")
    engines: list[EngineName] = args.engines or ["auto"]
    scenes: list[Scene] = args.scenes or list(get_args(Scene))
    runs = []
    with ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_DFL),  # Ctrl-C ends them without a traceback
        max_tasks_per_child=1,
    ) as pool:
        page = pool.submit(render_page, args.size, args.digits).result()
        for engine in engines:
            console.note(f"measuring engine {engine}")
            cold = _cold_start(args.model, engine, pool) if args.cold else None
            for scene in scenes:
                task = pool.submit(_measure, page, scene, args.model, engine, args.frames)
                runs.append(dataclasses.replace(task.result(), cold_start_s=cold))
    return {
        "size": list(args.size),
        "digits": args.digits,
        "frames": args.frames,
        "model": args.model or "livedigits",
        "runs": [dataclasses.asdict(run) for run in runs],
    }


def render_page(size: tuple[int, int], digits: int, seed: int = 0) -> Image:
    """A page of handwriting that is the same every time.

    Args:
        size: width and height in pixels.
        digits: how many are on it.
        seed: for other digits in other hands.

    Raises:
        SettingsError: they do not fit.
    """
    from livedigits.learn.scenes import STILL, render_scene

    rng = np.random.default_rng(seed)
    values = "".join(map(str, rng.integers(0, 10, digits)))
    rows = [values[i : i + _ROW] for i in range(0, digits, _ROW)]
    lines = [" ".join(filter(None, (row[: _ROW // 2], row[_ROW // 2 :]))) for row in rows]
    try:
        return render_scene(rng, surface="paper", lines=lines, size=size, camera=STILL).image
    except ValueError:
        raise SettingsError(
            f"{digits} digits do not fit into {size[0]}x{size[1]}; take fewer, or a larger --size"
        ) from None


def filmed(page: Image, scene: Scene, count: int) -> Iterator[Frame]:
    """The page in a hand that is not quite still, or on a stand, with new noise in every frame."""
    rng = np.random.default_rng(1)
    height, width = page.shape[:2]
    noises = [rng.normal(0, 2, page.shape).astype(np.int8) for _ in range(4)]
    offset = np.zeros(2)
    for index in range(count):
        if scene == "moving":
            offset = 0.9 * offset + rng.normal(0, 0.5, 2)
        move = np.array(((1, 0, offset[0]), (0, 1, offset[1])), np.float64)
        moved = cv2.warpAffine(page, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        noise = noises[index % len(noises)]
        image = cv2.add(moved, noise, dtype=cv2.CV_8U)
        yield Frame(np.asarray(image, np.uint8), index, index / _FPS, "bench")


def _measure(page: Image, scene: Scene, model: str | None, engine: EngineName, count: int) -> Run:
    """Streams the page through the reader and the overlay."""
    from livedigits.present import annotate
    from livedigits.reader import Reader

    with hushed():
        reader = Reader(model, engine=engine)
    times: dict[str, list[float]] = {}
    seen = []
    for frame, reading in reader.stream(filmed(page, scene, _WARM_UP + count)):
        started = time.perf_counter()
        annotate(frame.image, reading)
        overlay = time.perf_counter() - started
        if frame.index < _WARM_UP:
            continue
        elapsed = reading.elapsed
        steps = {"find": elapsed.find, "classify": elapsed.classify, "follow": elapsed.follow}
        for step, seconds in (*steps.items(), ("overlay", overlay)):
            times.setdefault(step, []).append(1000 * seconds)
        times.setdefault("total", []).append(1000 * (elapsed.total + overlay))
        seen.append(len(reading.digits))
    return Run(
        engine=reader.classifier.engine.name,
        scene=scene,
        ms={step: _statistics(values) for step, values in times.items()},
        frames_per_second=round(1000 * count / sum(times["total"]), 1),
        digits_seen=float(median(seen)),
        peak_memory_mb=_peak_memory_mb(),
    )


def _statistics(values: list[float]) -> dict[str, float]:
    found = np.percentile(values, (50, 95, 99)).round(3).tolist()
    return dict(zip(("median", "p95", "p99"), found, strict=True))


def _peak_memory_mb() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def _cold_start(model: str | None, engine: EngineName, pool: ProcessPoolExecutor) -> float:
    """Median wall time in seconds from starting a process to its first output."""
    page = pool.submit(render_page, parse_size(_COLD_SIZE), _ROW).result()
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        cv2.imwrite(str(picture), page)
        command = [sys.executable, "-m", "livedigits", "read", "-q", "--engine", engine]
        command += ["--model", model] if model else []
        return round(
            median(_time_to_output([*command, str(picture)]) for _ in range(_COLD_STARTS)), 3
        )


def _time_to_output(command: list[str]) -> float:
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        answered = process.stdout.read(1)
        took = time.perf_counter() - started
        process.stdout.read()
    if not answered:
        raise LivedigitsError(
            "livedigits read gave no output, so there is nothing to time; see above"
        )
    return took
