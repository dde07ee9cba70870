"""How long a tile of a whole slide takes from our own server, as a browser asks for it. One table.

    python -m tests.benchmarks.tiles                  a drawn slide of 12,000 × 12,000 pixels: two minutes
    python -m tests.benchmarks.tiles --side 40000     as large as slides are: some minutes more, most of them to draw it
    python -m tests.benchmarks.tiles --file a.svs     a slide of one's own

Through the app's own routes, with signature and look-up of the case, over a real store. First: tiles that nobody asked
for before, from a slide just opened; again: the same ones, which are kept in memory; six at once: a browser that fills
its window with tiles nobody asked for before, each timed by itself.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.jobs import runs as jobs
from core.records import CaseInfo, Modality, Specimen
from core.settings import Settings
from models.synthesis import slide as drawing
from pages.components import links, served

TILES = 150  # of each kind
AT_ONCE = 6  # as the viewer asks for them
Place = tuple[int, int, int]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--side", type=int, default=12_000)
    asked.add_argument("--file", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="hemaboard-bench-") as own:
        file = options.file or Path(own) / "drawn.tif"
        if options.file is None:
            drawing.drawn(file, side=options.side, seed=1)
        jobs.launch(Settings(data=f"{own}/data"), work=False)
        try:
            _measured(file)
        finally:
            jobs.stop()


def _measured(file: Path) -> None:
    store = jobs.store()
    case = store.add_case(CaseInfo("tiles", Specimen.BLOOD, Modality.SMEAR), actor="bench")
    info = store.slides.add(case, file, actor="bench")
    slide = store.slides.opened(case, info.id)
    rng = np.random.default_rng(0)
    path, query = links.tiles(case, info.id)
    print(
        f"{info.format}, {info.width} × {info.height} pixels; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    print(f"{'tiles':28}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}{'kB':>7}")
    with TestClient(Starlette(routes=served.ROUTES)) as client:

        def fetched(place: Place) -> tuple[float, int]:
            start = time.perf_counter()
            answer = client.get(f"{path}/{'/'.join(map(str, place))}?{query}")
            took = time.perf_counter() - start
            assert answer.status_code == 200, answer.text
            return took, len(answer.content)

        for name, back in (("full size", 0), ("one to four", 2), ("one to sixteen", 4)):
            zoom = slide.zooms - 1 - back
            places = _places(rng, zoom, slide.tiles_at(zoom))
            _row(f"{name}, first", [fetched(place) for place in places])
            _row(f"{name}, again", [fetched(place) for place in places])
            _row(f"{name}, six at once", _together(fetched, _places(rng, zoom, slide.tiles_at(zoom))))


def _places(rng: np.random.Generator, zoom: int, size: tuple[int, int]) -> list[Place]:
    drawn = {(zoom, int(rng.integers(size[0])), int(rng.integers(size[1]))) for _ in range(TILES)}
    return [list(drawn)[place] for place in rng.permutation(len(drawn))]


def _together(fetched: Callable[[Place], tuple[float, int]], places: list[Place]) -> list[tuple[float, int]]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(fetched, places))


def _row(name: str, found: list[tuple[float, int]]) -> None:
    ends = 1000 * np.quantile([seconds for seconds, _ in found], (0.5, 0.95, 1))
    size = np.mean([length for _, length in found]) / 1000
    print(f"{name:28}{ends[0]:8.1f}{ends[1]:8.1f}{ends[2]:8.1f}{size:7.1f}")


if __name__ == "__main__":
    main()
