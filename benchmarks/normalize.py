"""What normalize costs: CPU seconds of the whole process tree, wall time and peak memory.

`python -m benchmarks.normalize LAKE [duckdb|sail|spark]...` normalizes the lake from nothing with
each engine, one after the other, and prints one row of the README's table for each.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds, peak resident memory in MB, and what the command printed last."""

    cpu: float
    wall: float
    peak: int
    said: str


def measure(command: list[str]) -> Cost:
    """Run a command to its end. Raises SystemExit, with what it said, when it fails.

    Spark's JVM outlives the job that started it by a moment: it counts too.
    """
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    started, before = time.monotonic(), os.times()
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output)
        peak = 0
        while child.poll() is None:
            peak = max(peak, _resident(child.pid))
            time.sleep(0.05)
        output.seek(0)
        said = output.read().strip()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    after = os.times()
    if child.returncode:
        raise SystemExit(said)
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Cost(cpu, time.monotonic() - started, peak, said.splitlines()[-1])


def command_of(engine: str, lake: Path, scratch: Path, *options: str) -> list[str]:
    """The command that normalizes a lake with an engine."""
    if engine == "duckdb":
        return [
            sys.executable,
            "-m",
            "benchmarks.normalize_duckdb",
            str(lake),
            str(scratch / "out"),
        ]
    job = [sys.executable, "-m", "emr_staging", "--lake", str(lake), "--engine", engine]
    return [*job, *options]


def forget(lake: Path) -> None:
    """Remove what was normalized; clean stays."""
    shutil.rmtree(lake / "normalized", ignore_errors=True)


def _resident(pid: int) -> int:
    """Resident memory of a process and its children in MB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/statm").read_text().split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = int(status[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    return own + sum(_resident(int(child)) for child in children)


def main() -> None:
    """Measure."""
    lake, engines = Path(sys.argv[1]), sys.argv[2:] or ["duckdb", "sail", "spark"]
    print("| engine | CPU s | wall s | peak MB |\n|---|---|---|---|")
    for engine in engines:
        forget(lake)
        with tempfile.TemporaryDirectory() as scratch:
            cost = measure(command_of(engine, lake, Path(scratch)))
        print(f"| {engine} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.peak} |", flush=True)
        print(cost.said, file=sys.stderr)


if __name__ == "__main__":
    main()
