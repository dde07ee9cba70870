"""How fast Hemaboard is from stored picture to stored call, beside what people would write instead. `make bench`.

    python -m tests.benchmarks.throughput                 more than six minutes on two quiet cores
    python -m tests.benchmarks.throughput --write         the table goes into docs/speed.md
    python -m tests.benchmarks.throughput --full          up to 10,400 cells, 419 megapixels: about an hour
    python -m tests.benchmarks.throughput --quick         one repeat, no growth: does everything still run?

Everybody works on the same drawn fields in the same process, in turns, so that a load of the machine meets all alike.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import statistics
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import torch

from core import classify, detect
from core.protocols import Crop
from core.settings import Settings
from core.tools import assemble
from models import runtime
from tests.benchmarks import ceiling, contenders, drawn_fields, growth
from tests.benchmarks.contenders import OURS
from tests.benchmarks.memory import fresh

DOCUMENT = Path(__file__).parents[2] / "docs/speed.md"
START, END = "<!-- make bench: from here -->", "<!-- make bench: to here -->"


@dataclass(slots=True)
class Took:
    """One contender's turns."""

    cells: int = 0
    seconds: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)  # processor seconds
    peak_mb: float = 0.0


def main() -> None:
    options = _options()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="hemaboard-bench-") as own:
        folder = Path(own)
        files = drawn_fields.laid_out(folder / "fields", options.fields)
        start, before = time.perf_counter(), os.getloadavg()
        took = _in_turns(files, folder, options.repeats)
        shares = _shares(files, options.repeats)
        lines = [*_head(options, before), *_table(took, len(files)), *_ceiling(shares)]
        if not options.quick:
            for name, its in took.items():
                its.peak_mb = fresh(name, folder / "fields", len(files)).peak_mb
            lines = [*_head(options, before), *_table(took, len(files)), *_ceiling(shares)]
            lines += growth.table("Many fields", growth.fields(folder / "fields", full=options.full))
            lines += growth.table("One picture", growth.pictures(folder / "fields", full=options.full))
        lines.append(f"The whole run took {(time.perf_counter() - start) / 60:.1f} minutes.")
    print("\n".join(lines))
    if options.write:
        _write(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="grow to 10,400 cells and 419 megapixels")
    parser.add_argument("--quick", action="store_true", help="one repeat of two fields, no growth")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT.name}")
    options = parser.parse_args()
    if options.quick:
        options.fields, options.repeats = 2, 1
    return options


def _in_turns(files: list[Path], folder: Path, repeats: int) -> dict[str, Took]:
    """Everybody once to warm up, then round after round, all with as many threads as torch takes by itself."""
    threads = torch.get_num_threads()
    runs = {name: load() for name, load in contenders.everybody(files, folder).items()}
    took = {name: Took(cells=run()) for name, run in runs.items()}
    for _ in range(repeats):
        for name, run in runs.items():
            wall, work = time.perf_counter(), time.process_time()
            run()
            took[name].seconds.append(time.perf_counter() - wall)
            took[name].work.append(time.process_time() - work)
            if torch.get_num_threads() != threads:
                raise RuntimeError(f"{name} left torch with {torch.get_num_threads()} threads instead of {threads}")
    return took


def _shares(files: list[Path], repeats: int) -> list[ceiling.Share]:
    tools, each = assemble(Settings()), ceiling.work()
    crops: list[Crop] = []
    for image in drawn_fields.many(files, len(files)):
        glass = classify.glass_of(image.pixels)
        cells = detect.cells(image, tools.detector)
        crops += [classify.crop(cell, image, image.info.um_per_px, glass) for cell in cells]
    return [ceiling.measured(tools, crops[: classify.AT_A_TIME * 2], each) for _ in range(max(3, repeats))]


def _head(options: argparse.Namespace, load: tuple[float, ...]) -> list[str]:
    fields = f"{options.fields} fields of 1024 × 1024, 26 cells each, {options.repeats} rounds"
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [
        f"{now}, {machine}, OMP_NUM_THREADS {threads}, ours on {runtime.threads()} threads, "
        f"torch on {torch.get_num_threads()}; {fields}; "
        f"load before {load[0]:.1f}, after {os.getloadavg()[0]:.1f}.",
        "",
    ]


def _table(took: dict[str, Took], fields: int) -> list[str]:
    lines = [
        "| | cells | cells/s | s a field | processor s a field | time over ours | processor time over ours | MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    ours = took[OURS]
    for name, its in took.items():
        speed = [its.cells / s for s in its.seconds]
        ratio = [a / b for a, b in zip(its.seconds, ours.seconds, strict=True)]
        work = [a / b for a, b in zip(its.work, ours.work, strict=True)]
        cells = [
            *(name, f"{its.cells}", _spread(speed, 1), _spread([s / fields for s in its.seconds], 2)),
            *(_spread([s / fields for s in its.work], 2), _spread(ratio, 2), _spread(work, 2)),
            f"{its.peak_mb:.0f}" if its.peak_mb else "–",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _ceiling(shares: list[ceiling.Share]) -> list[str]:
    reached = _spread([100 * share.reached for share in shares], 0)
    tops = _spread([share.ceiling for share in shares], 0)
    preparing = _spread([100 * share.preparing for share in shares], 0)
    return [
        f"Classifier: {reached} % of the machine's matrix product in fp32 ({tops} GFLOP/s in the same rounds); "
        f"{preparing} % of its time goes into preparing the crops.",
        "",
    ]


def _spread(values: list[float], digits: int) -> str:
    """Median (least–most)."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _write(lines: list[str]) -> None:
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text("\n".join([before + START, "", *lines, "", END + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
