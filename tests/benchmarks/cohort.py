"""How a cohort scales with workers: the same drawn cases through 1, 2 and 4 workers over a real PostgreSQL.

    .venv/bin/python -m tests.benchmarks.cohort [--cases 8] [--fields 2] [--rounds 2] [--workers 1,2,4]

Each round goes through the numbers of workers in turn, so that other programs' load falls on all of them; ratios are
of the same round. Workers are started, warmed by a case each, and stopped (SIGSTOP) while the command enters the
cases: what is timed is from the moment they go on to the end of the last run. On a machine that others use too, more
workers get more of it, and the times say little; the processor time that the workers used for a field says more.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).parents[2]
LATE = 1800.0  # seconds
HEAD = "workers  seconds  cases/h  fields/s  cells/s  against 1  CPU s/field  entering, CPU s/field  rows ready"


@dataclass(frozen=True, slots=True)
class Measured:
    workers: int
    cases: int
    fields: int
    cells: int
    seconds: float
    entering: float  # seconds of processor time that the command used to enter the cases
    database: int  # bytes that the cases added to the database
    blobs: int  # and to the blob store
    rows: int  # rows of the cohort's table that the workers had worked out
    locked: float  # seconds that a field's cells held the one write lock
    cpu: float  # seconds of processor time that the workers used


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=8)
    asked.add_argument("--fields", type=int, default=2)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--workers", default="1,2,4")
    options = asked.parse_args()
    many = [int(text) for text in options.workers.split(",")]
    os.environ["OMP_NUM_THREADS"] = "1"  # a worker, a core
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # no worker is left behind
    from tests import postgres

    with tempfile.TemporaryDirectory(prefix="hb-cohort-") as name, postgres.server() as url:
        folder = Path(name)
        pictures = _drawn(options.fields)
        height, width = pictures[0].shape[:2]
        what = f"{options.cases} cases of {options.fields} drawn fields of {width} × {height} px"
        print(f"{what}; {os.cpu_count()} cores; load {_load()}", flush=True)
        found: list[list[Measured]] = []
        for number in range(options.rounds):
            print(f"\nround {number + 1}, load {_load()}\n{HEAD}", flush=True)
            found.append([])
            for n in many:
                found[-1].append(_once(folder / f"{number}-{n}", pictures, url, n, options))
                _told(found[-1])
        _summary(found)


def _drawn(fields: int) -> list[NDArray[np.uint8]]:
    """Fields of a demo case."""
    from core import demo

    return [field.image.pixels for field in itertools.islice(demo.fields_of("demo-high"), fields)]


def _once(
    data: Path, pictures: list[NDArray[np.uint8]], url: str, workers: int, options: argparse.Namespace
) -> Measured:
    from tests import postgres

    with postgres.database(url) as database:
        chosen = {"HEMABOARD_DATA": str(data), "HEMABOARD_DATABASE_URL": database, "HEMABOARD_DEMO": "false"}
        os.environ |= chosen
        with _working(workers):
            _enter(data / "warm", pictures, "warm", workers)
            _until_done(workers)
            before = _sizes(database, data)
            _signal(signal.SIGSTOP)
            entering = _enter(data / "timed", pictures, "timed", options.cases)
            used = _cpu()
            _signal(signal.SIGCONT)
            began = time.monotonic()
            _until_done(workers + options.cases)
            seconds = time.monotonic() - began
            used = _cpu() - used
            after = _sizes(database, data)
        fields, cells, rows = _counted("timed")
        locked = _locked()
    grown = [now - then for now, then in zip(after, before, strict=True)]
    return Measured(workers, options.cases, fields, cells, seconds, entering, grown[0], grown[1], rows, locked, used)


_processes: list[subprocess.Popen[bytes]] = []


@contextlib.contextmanager
def _working(workers: int) -> Iterator[None]:
    order = [sys.executable, "-m", "core", "worker"]
    try:
        for _ in range(workers):
            _processes.append(subprocess.Popen(order, cwd=ROOT, stderr=subprocess.DEVNULL))
        yield
    finally:
        for process in _processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in _processes:
            process.wait(60)
        _processes.clear()


def _cpu() -> float:
    """Of all workers, all their threads, so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    stats = [Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split() for process in _processes]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks


def _signal(number: signal.Signals) -> None:
    for process in _processes:
        process.send_signal(number)


def _enter(folder: Path, pictures: list[NDArray[np.uint8]], name: str, cases: int) -> float:
    """By the very command, which over PostgreSQL comes back once everything is queued; its processor time.

    Every case has the fields rolled by some pixels: other pictures, to the store too, with as many cells.
    """
    from core.cli.main import main as command

    folder.mkdir(parents=True)
    rows = "".join(f"{name}-{n},{name}-{n},marrow,bench\n" for n in range(cases))
    manifest = folder / "m.csv"
    manifest.write_text(f"folder,pseudonym,specimen,centre\n{rows}")
    for n in range(cases):
        (folder / f"{name}-{n}").mkdir()
        for place, pixels in enumerate(pictures):
            moved = np.roll(pixels, 31 * (n + 1) + len(name), axis=1)
            Image.fromarray(moved).save(folder / f"{name}-{n}" / f"{place}.png", compress_level=1)
    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = command(["cohort", str(manifest), "--images", str(folder)])
    assert code in (0, 3), said.getvalue()
    return time.process_time() - began


def _until_done(cases: int) -> None:
    from core.cases.store import open_store
    from core.protocols import RunState
    from core.settings import settings

    with contextlib.closing(open_store(settings())) as store:
        end = time.monotonic() + LATE
        while True:
            states = [row.run.state for row in store.cases(limit=10_000) if row.run]
            assert RunState.FAILED not in states, [row.run for row in store.cases() if row.run]
            if states.count(RunState.DONE) == cases:
                return
            assert time.monotonic() < end, f"{states.count(RunState.DONE)} of {cases} done"
            time.sleep(0.2)


def _counted(name: str) -> tuple[int, int, int]:
    from core.cases.store import open_store
    from core.cohort import rows
    from core.settings import settings

    with contextlib.closing(open_store(settings())) as store:
        held = [row for row in store.cases(limit=10_000) if row.info.pseudonym.startswith(name)]
        members = store.cohort.members([row.id for row in held])
        ready = len(members) - len(rows.stale(members, settings()))
        return sum(row.images for row in held), sum(row.cells for row in held), ready


def _locked() -> float:
    """Writing what one field showed once more, when nobody else writes: the transactions alone, without pictures."""
    from core.cases.store import open_store
    from core.protocols import RunState
    from core.settings import settings

    with contextlib.closing(open_store(settings())) as store:
        case = store.cases(limit=1)[0].id
        seen = store.seen(case)
        one = next(image.id for image in seen.images)
        cells = tuple(cell for cell in seen.cells if cell.image == one)
        calls = tuple(call for call in seen.calls if call.cell in {cell.id for cell in cells})
        part = replace(seen, images=seen.images[:1], cells=cells, calls=calls)
        times = []
        for number in range(5):
            store.add_run(case, f"again-{number}", 1, actor="bench")
            began = time.monotonic()
            store.add_seen(case, f"again-{number}", part)
            store.advance_run(f"again-{number}", RunState.RUNNING, done=1)
            times.append(time.monotonic() - began)
    return statistics.median(times)


def _sizes(database: str, data: Path) -> tuple[int, int]:
    import psycopg

    with psycopg.connect(database) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    blobs = sum(file.stat().st_size for file in data.rglob("*") if file.is_file() and "blobs" in file.parts)
    return (row[0] if row else 0), blobs


def _told(found: list[Measured]) -> None:
    one, fields = found[-1], found[-1].fields
    print(
        f"{one.workers:7d}  {one.seconds:7.1f}  {3600 * one.cases / one.seconds:7.0f}  {fields / one.seconds:8.2f}  "
        f"{one.cells / one.seconds:7.1f}  {found[0].seconds / one.seconds:9.2f}  {one.cpu / fields:11.2f}  "
        f"{one.entering / fields:21.2f}  {one.rows:5d}/{one.cases}",
        flush=True,
    )


def _summary(found: list[list[Measured]]) -> None:
    print("\nmedian over rounds")
    for place, one in enumerate(found[0]):
        its = [round_[place] for round_ in found]
        times = statistics.median(round_[0].seconds / round_[place].seconds for round_ in found)
        rate = statistics.median(each.fields / each.seconds for each in its)
        cpu = statistics.median(each.cpu / each.fields for each in its)
        print(f"{one.workers} workers: {rate:.2f} fields/s, {times:.2f} × one worker, {cpu:.2f} core-seconds a field")
    one = found[0][0]
    print(
        f"kept a field: {one.blobs / one.fields / 1e6:.2f} MB of pictures and crops, "
        f"{one.database / one.fields / 1e3:.0f} kB in the database; {one.cells / one.fields:.0f} cells a field; "
        f"write lock held {1000 * min(each.locked for round_ in found for each in round_):.0f} ms a field"
    )


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
