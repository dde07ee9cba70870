"""A whole slide in bounded memory: drawn, looked over, taken in, and so many of its cells counted.

python -m tests.benchmarks.slide [--side 40000] [--cells 500] [--seed 1] [--backend NAME] [--slide FILE.tif]

Each stage in a process of its own, so that each peak is that stage's alone. `--slide` takes one that was drawn before
(with its FILE.tif.cells.csv). The last lines say how the counted cells agree with the drawn ones: each once?
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.memory import peak_mb

ROOT = Path(__file__).parents[2]
MOST_GB = 2.0
NEAR = 20.0  # pixels between a drawn centre and a found one of the same cell


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--side", type=int, default=40_000)
    asked.add_argument("--cells", type=int, default=500)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--backend", default="auto")
    asked.add_argument("--slide", type=Path)
    asked.add_argument("--stage", help=argparse.SUPPRESS)
    asked.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.stage:
        before = time.process_time()
        told = {"draw": _draw, "look": _look, "count": _count}[options.stage](options)
        print(json.dumps(told | {"work": time.process_time() - before, "peak": peak_mb() / 1024}))
        return 0
    with tempfile.TemporaryDirectory(prefix="hemaboard-slide-") as folder:
        options.folder = Path(folder)
        return _table(options)


def _table(options: argparse.Namespace) -> int:
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {options.side:,}² pixels, {options.cells} cells")
    print(f"{'stage':<8}{'seconds':>9}{'of work':>9}{'peak GB':>9}  what")
    drawn = _stage(options, "draw") if options.slide is None else None
    if drawn:
        options.slide = options.folder / "slide.tif"
        _line("draw", drawn, f"{drawn['megabytes']:,.0f} MB, {drawn['cells']:,} cells on it")
    looked = _stage(options, "look")
    _line("look", looked, f"{looked['regions']} regions, {looked['fields']} of {looked['all']} fields in them")
    counted = _stage(options, "count")
    _line("count", counted, f"{counted['fields']} of {counted['planned']} fields, {counted['cells']} cells found")
    print(f"         of which copying the slide in {counted['adding']:.1f} s; {counted['message']}")
    print(f"         drawn in these fields {counted['drawn']}: found once {counted['once']}, twice or more "
          f"{counted['more']}, missed {counted['drawn'] - counted['once'] - counted['more']}")  # fmt: skip
    peak = max(looked["peak"], counted["peak"])
    fits = peak <= MOST_GB
    print(f"peak of analysing {peak:.2f} GB: {'within' if fits else 'BEYOND'} {MOST_GB} GB")
    return 0 if fits and not counted["more"] else 1


def _line(name: str, told: dict, what: str) -> None:
    print(f"{name:<8}{told['seconds']:>9.1f}{told['work']:>9.1f}{told['peak']:>9.2f}  {what}", flush=True)


def _stage(options: argparse.Namespace, stage: str) -> dict:
    command = [sys.executable, "-m", "tests.benchmarks.slide", "--stage", stage, "--folder", str(options.folder)]
    for name in ("side", "cells", "seed", "backend", "slide"):
        value = getattr(options, name)
        command += [f"--{name}", str(value)] if value is not None else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{stage} ended with {done.returncode}: {done.stderr[-1500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _draw(options: argparse.Namespace) -> dict:
    from core import demo

    path, start = options.folder / "slide.tif", time.perf_counter()
    truth = demo.drawn_slide(path, options.side, options.seed)
    seconds = time.perf_counter() - start
    beside = path.with_name(path.name + ".cells.csv")
    beside.write_text("\n".join(["label,x,y,radius,zone", *truth]) + "\n", encoding="utf-8")
    return {"seconds": seconds, "megabytes": path.stat().st_size / 1e6, "cells": len(truth)}


def _look(options: argparse.Namespace) -> dict:
    from core.slides import tissue
    from core.slides.fields import chosen, grid
    from core.slides.reading import opened

    start = time.perf_counter()
    with opened(options.slide) as slide:
        regions = tissue.found(slide).regions
        seconds = time.perf_counter() - start
        laid = grid(slide.width, slide.height, slide.um_per_px, slide.levels)
        fields = len(chosen(laid, regions)) if regions else 0
    return {"seconds": seconds, "regions": len(regions), "fields": fields, "all": len(laid.fields)}


def _count(options: argparse.Namespace) -> dict:
    from core.jobs import runs as jobs
    from core.protocols import RunState
    from core.records import CaseInfo, Domain, Specimen
    from core.settings import Settings
    from core.slides import tissue
    from core.slides.plans import Stop

    jobs.launch(Settings(data=str(options.folder / "data"), demo=False, backend=options.backend))
    try:
        store = jobs.store()
        start = time.perf_counter()
        case = store.add_case(CaseInfo("bench", Specimen.MARROW, domain=Domain.PROCEDURAL), actor="bench")
        slide = store.slides.add(case, options.slide, actor="bench")
        adding = time.perf_counter() - start
        regions = tissue.found(store.slides.opened(case, slide.id)).regions
        plan = store.slides.plan(case, slide.id, regions, actor="bench", stop=Stop(cells=options.cells))
        run = jobs.start_run(store, case, actor="bench")
        while (row := store.run(run)).state in (RunState.QUEUED, RunState.RUNNING):
            time.sleep(0.2)
        looked = store.slides.looked(case, run)
        told = {
            "seconds": time.perf_counter() - start,
            "adding": adding,
            "fields": looked.fields,
            "planned": looked.planned,
            "message": row.message or row.state.value,
            "cells": len(store.seen(case, run).cells),
        }
        seen = {tally.field for tally in looked.tallies}
        fields = [field for field in plan.fields if field.number in seen]
        return told | _agreement(options.slide, fields, store.slides.fields(case), store.seen(case, run))
    finally:
        jobs.stop()


def _agreement(path: Path, fields: list, places: dict, seen: object) -> dict:
    """How often each drawn cell that lies in the fields was found."""
    found = []
    for cell in seen.cells:
        field, (x0, y0, x1, y1) = places[cell.image], cell.box
        scale = field.width / field.out_width
        found.append((field.x + (x0 + x1) / 2 * scale, field.y + (y0 + y1) / 2 * scale))
    own = []
    for field in fields:
        scale, (left, top, right, bottom) = field.width / field.out_width, field.own
        own.append((field.x + left * scale, field.y + top * scale, field.x + right * scale, field.y + bottom * scale))
    hits = []
    with path.with_name(path.name + ".cells.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            x, y = float(row["x"]), float(row["y"])
            if any(x0 <= x < x1 and y0 <= y < y1 for x0, y0, x1, y1 in own):
                hits.append(sum(math.hypot(x - cx, y - cy) < NEAR for cx, cy in found))
    return {"drawn": len(hits), "once": sum(hit == 1 for hit in hits), "more": sum(hit > 1 for hit in hits)}


if __name__ == "__main__":
    sys.exit(main())
