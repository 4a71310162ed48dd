"""JSON Lines and CSV: read back by the standard library, whole lines, plain errors."""

import csv
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from livedigits.capture.frame import Frame
from livedigits.errors import OutputError
from livedigits.present import CsvSink, JsonLinesSink
from livedigits.reading import Box, Digit, Elapsed, Line, Reading

IMAGE = np.zeros((60, 80, 3), np.uint8)
READING = Reading(
    lines=(Line("05 22", 0.97123456, Box(3, 4, 50, 20)), Line("7", 0.5, Box(-2, 30, 9, 20))),
    digits=(Digit("0", 0.99, Box(3, 4, 10, 20), 0, 12), Digit("7", 0.5, Box(-2, 30, 9, 20), 1)),
    width=80,
    height=60,
    elapsed=Elapsed(0.0031, 0.0016, 0.0012, 0.0),
)
FRAMES = [
    Frame(IMAGE, 0, 0.0, 'fotos/größe, "3".jpg'),
    Frame(IMAGE, 1, 1 / 3, "line\nbreak.mp4"),
    Frame(IMAGE, 2, 2 / 3, "not-utf8-\udcff.png"),
]


def test_json_lines_read_back_equal_one_line_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with JsonLinesSink(path) as sink:
        for frame in FRAMES:
            sink.write(frame, READING)
    read = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert read == [READING.to_dict(source=i.source, frame=i.index, time=i.time) for i in FRAMES]


def test_csv_reads_back_one_row_a_line_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with CsvSink(path) as sink:
        sink.write(FRAMES[0], READING)
        sink.write(FRAMES[1], Reading())
        sink.write(FRAMES[1], READING)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "source": 'fotos/größe, "3".jpg', "frame": "0", "time": "0.0", "line": "0",
        "text": "05 22", "confidence": "0.9712", "x": "3", "y": "4", "w": "50", "h": "20",
    }  # fmt: skip
    assert [(i["source"], i["line"], i["text"]) for i in rows[1:]] == [
        (FRAMES[0].source, "1", "7"),
        (FRAMES[1].source, "0", "05 22"),
        (FRAMES[1].source, "1", "7"),
    ]


@pytest.mark.parametrize("make", [JsonLinesSink, CsvSink])
def test_each_frame_is_in_the_file_before_the_sink_is_closed(
    make: type[JsonLinesSink] | type[CsvSink], tmp_path: Path
) -> None:
    path = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt), make(path) as sink:
        before = len(path.read_bytes())
        sink.write(FRAMES[0], READING)
        written = path.read_bytes()
        assert len(written) > before and written.endswith(b"\n")
        raise KeyboardInterrupt
    assert path.read_bytes() == written


@pytest.mark.parametrize("make", [JsonLinesSink, CsvSink])
def test_a_dash_is_standard_output_in_utf8_and_leaves_it_open(
    make: type[JsonLinesSink] | type[CsvSink], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with make("-") as sink:
        sink.write(FRAMES[0], READING)
    os.write(sys.stdout.fileno(), b"still open\n")
    out = capfdbinary.readouterr().out
    assert "größe".encode() in out and out.endswith(b"still open\n")


@pytest.mark.parametrize("make", [JsonLinesSink, CsvSink])
@pytest.mark.parametrize(
    ("target", "advice"),
    [("missing/out", "no such folder"), ("file/out", "is a file"), ("folder", "is a folder")],
)
def test_an_impossible_target_is_told_at_once_in_one_line(
    make: type[JsonLinesSink] | type[CsvSink], target: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=advice) as caught:
        make(tmp_path / target)
    assert str(tmp_path / target) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
@pytest.mark.parametrize("make", [JsonLinesSink, CsvSink])
def test_a_full_disk_is_told_as_such(make: type[JsonLinesSink] | type[CsvSink]) -> None:
    with pytest.raises(OutputError, match=r"^/dev/full: .*disk is full"), make("/dev/full") as sink:
        sink.write(FRAMES[0], READING)


LIMITED = """
import resource
import signal
import sys
import numpy as np
from livedigits.capture.frame import Frame
from livedigits.errors import OutputError
from livedigits.present import CsvSink, EventSink, JsonLinesSink
from livedigits.reading import Box, Digit, Line, Reading
from livedigits.settings import EventSettings

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # else it ends the program
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
sinks = {
    "json": JsonLinesSink,
    "csv": CsvSink,
    "events": lambda path: EventSink(path, EventSettings(settle_s=0)),
}
try:
    with sinks[sys.argv[1]](sys.argv[2]) as sink:
        for i in range(1000):
            box, text = Box(100 * i, 0, 9, 9), str(i)
            digits = tuple(Digit(j, 0.9, box, 0, 9 * i, True) for j in text)
            reading = Reading((Line(text, 0.9, box),), digits)
            sink.write(Frame(np.zeros((9, 9, 3), np.uint8), i, float(i), "a"), reading)
except OutputError:
    sys.exit(1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes have no limit there")
@pytest.mark.parametrize("kind", ["json", "csv", "events"])
@pytest.mark.parametrize("target", ["file", "-"])
def test_a_disk_that_fills_up_leaves_whole_records_alone(
    kind: str, target: str, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    with path.open("ab") as file:
        process = subprocess.run(
            [sys.executable, "-c", LIMITED, kind, "-" if target == "-" else path],
            stdout=file,
            check=False,
        )
    assert process.returncode == 1
    content = path.read_text(encoding="utf-8")
    assert 4000 < len(content) < 5000 and content.endswith("\n")
    for line in content.splitlines()[1:]:
        assert line.count(",") == 9 if kind == "csv" else json.loads(line)["frame"] > 0


PROGRAM = """
import sys
import numpy as np
from livedigits.capture.frame import Frame
from livedigits.present import JsonLinesSink
from livedigits.reading import Reading
try:
    with JsonLinesSink("-") as sink:
        for _ in range(100_000):
            sink.write(Frame(np.zeros((9, 9, 3), np.uint8)), Reading())
except BaseException as error:
    print(type(error).__name__, file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="closed pipes differ there")
def test_a_reader_that_leaves_ends_the_writer_with_a_broken_pipe_and_nothing_else() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        assert process.stderr.read().split() == [b"BrokenPipeError"]
    assert process.returncode == 0


def test_other_system_errors_are_told_with_the_system_s_own_words() -> None:
    from livedigits.present.sink import writing

    with pytest.raises(OutputError, match=r"^out: .*[Ii]nput/output error"), writing("out"):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
