"""One contender in a process of its own: how long it takes, and the most memory it ever holds.

python -m tests.benchmarks.memory NAME FOLDER FIELDS [SIDE]     one JSON line; SIDE: one picture of SIDE × SIDE fields
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What one process did."""

    fields: int
    megapixels: float
    cells: int
    seconds: float  # of the work, without loading
    work: float  # the same as processor seconds: another program's load is not in them
    loading: float
    peak_mb: float


def fresh(name: str, folder: Path, fields: int, side: int = 0) -> Fresh:
    """The contender in a new process, on `fields` fields or on one picture of `side` × `side` of them."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", name, str(folder), str(fields), str(side)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} on {fields} fields ended with {done.returncode}: {done.stderr[-800:]}")
    return Fresh(**json.loads(done.stdout.splitlines()[-1]))


def peak_mb() -> float:
    """The most memory this process ever held. Linux's getrusage will not do: there a process begins with the peak of
    the one that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        assert kilobytes is not None
        return int(kilobytes[1]) / 1024
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_each / 2**20


def main(name: str, folder: str, count: str, side: str = "0") -> None:
    start = time.perf_counter()
    from tests.benchmarks import contenders, drawn_fields

    files = drawn_fields.laid_out(Path(folder), len(list(Path(folder).glob("field-*.png"))))
    fields, wide = int(count), int(side)
    with tempfile.TemporaryDirectory() as own:
        place = Path(own)
        if name == contenders.OURS:
            pictures = [drawn_fields.mosaic(files, wide)] if wide else drawn_fields.many(files, fields)
            ours = contenders.Ours(pictures, place / "ours")
            ours.warm(next(drawn_fields.many(files, 1)))
            run = ours.run
        else:
            run = contenders.everybody(files[:fields], place)[name]()
        loaded = time.perf_counter()
        before = time.process_time()
        cells = run()
        ended, work = time.perf_counter(), time.process_time() - before
        peak = peak_mb()
    megapixels = (wide * wide or fields) * 1.048576
    print(json.dumps(asdict(Fresh(fields, megapixels, cells, ended - loaded, work, loaded - start, peak))))


if __name__ == "__main__":
    main(*sys.argv[1:])
