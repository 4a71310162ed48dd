"""The soak benchmark, for a few frames: it takes minutes to say something of memory."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[1] / "benchmarks" / "soak.py"


@pytest.mark.skipif(
    not (SOAK.is_file() and Path("/proc/self/statm").is_file()),
    reason="needs a checkout, and Linux to tell the memory in use",
)
def test_soak_tells_the_memory_after_each_tenth_and_whether_it_grew() -> None:
    done = subprocess.run(
        [sys.executable, SOAK, "180"], capture_output=True, text=True, timeout=300, check=False
    )
    *rows, last = done.stdout.splitlines()[1:]
    assert [int(row.split()[0]) for row in rows] == list(range(18, 181, 18))
    resident = [float(row.split()[1]) for row in rows]
    assert all(20 < mb < 1000 for mb in resident)
    (growth,) = re.findall(r"(-?[\d.]+) MB", last)
    assert float(growth) == pytest.approx(resident[-1] - resident[0], abs=0.11)
    assert done.returncode == (float(growth) > 5)
    assert float(rows[-1].split()[2]) > 4  # each page is gone before all its digits are confirmed
