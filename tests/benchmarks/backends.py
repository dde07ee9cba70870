"""The engines of each network beside one another, by turns in one run; the machine's own speed in the same run.

    python -m tests.benchmarks.backends [--repeats N] [--out FILE]

    eager      torch as one would run it: normalisation not folded, arrays as they come
    torch      the reference as it is used: channels last, normalisation folded
    openvino   the compiled network, if it agrees with the reference

Classifier: cells a second at its own side and number of views, from prepared crops to logits. Detector: a field of
1024 × 1024 pixels, from picture to outlines, both its networks. Ratios are taken within each repeat; the brackets hold
the lowest and the highest. The share is of a product of 1024 × 1024 matrices in single precision.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models import registry, runtime
from models.backends import choice, drawn, reference
from models.backends.choice import Engines
from models.backends.plan import Plan
from models.synthesis.smear import field
from tests.benchmarks import ceiling

CELLS, FIELD = 64, 1024
Runs = dict[str, dict[str, Callable[[], Any]]]  # by what is run, then by engine
Times = dict[str, dict[str, list[float]]]


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--out", type=Path, help="where the table is written too")
    options = asked.parse_args()
    torch.set_num_threads(runtime.threads())
    with tempfile.TemporaryDirectory() as folder:
        runs, items = _laid_out(Path(folder))
        took, product = _in_turns(runs, options.repeats)
    lines = [_head(options.repeats), "", *_table(took, items, product)]
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _laid_out(folder: Path) -> tuple[Runs, dict[str, int]]:
    engines = Engines("openvino", folder)
    classifier, detector, label_free = (
        registry.load(name, engines=engines) for name in ("cell-classifier", "cell-detector", "label-free")
    )
    pixels, hints = classifier._run._plan.samples()
    many = CELLS // len(pixels)
    pixels, hints = np.tile(pixels, (many, 1, 1, 1)), np.tile(hints, (many, 1))
    shown = field(77, mix={"blast": 1, "segmented": 2, "lymphocyte": 1, "monocyte": 1}, cells=14, um_per_px=0.15).pixels
    crops, views = detector._outlines._run._plan.samples(), label_free._run._plan.samples()
    turns = range(classifier.views)
    tiles = _tiles(detector.parameters.tile)
    runs: Runs = {
        "classifier, cells/s": {
            name: lambda run=run: [run(np.rot90(pixels, k, (2, 3)), hints) for k in turns]
            for name, run in _three(classifier._run).items()
        },
        "detector, fields/s": {},
        "detector's tiles/s": _given(detector._run, tiles),
        "contours, cells/s": _given(detector._outlines._run, *crops),
        "label-free, cells/s": _given(label_free._run, *views),
    }
    usual = registry.load("cell-detector")
    runs["detector, fields/s"] = {
        "torch": lambda: usual.find(shown, 0.15),
        "openvino": lambda: detector.find(shown, 0.15),
    }
    counts = [len(pixels), 1, len(tiles), len(crops[0]), len(views[0])]
    return runs, dict(zip(runs, counts, strict=True))


def _tiles(side: int) -> np.ndarray:
    return np.tile(np.stack(drawn.fields(side)).transpose(0, 3, 1, 2), (2, 1, 1, 1)).astype(np.float32) / 255


def _given(network: Any, *arrays: np.ndarray) -> dict[str, Callable[[], Any]]:
    return {name: lambda run=run: run(*arrays) for name, run in _three(network).items()}


def _three(network: Any) -> dict[str, Callable[..., Any]]:
    """The engines of one network."""
    made = network._ready()
    if not network.engine.startswith("openvino"):
        raise SystemExit(f"{network.state.network}: {network.state.why}")
    plan = network._plan
    return {"eager": _eager(plan), "torch": choice.reference(plan), "openvino": made}


def _eager(plan: Plan) -> Callable[..., Any]:
    """As one would run it: the module built without folding, arrays as they come."""
    usual = reference.folded
    try:
        reference.folded = lambda module: module  # the plan asks for it when it builds
        module = plan.module().eval()
    finally:
        reference.folded = usual

    def run(*arrays: np.ndarray) -> Any:
        with torch.inference_mode():
            return module(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))

    return run


def _in_turns(runs: Runs, repeats: int) -> tuple[Times, list[float]]:
    took: Times = {what: {name: [] for name in engines} for what, engines in runs.items()}
    product: list[float] = []
    one, other = torch.rand(ceiling.SIDE, ceiling.SIDE), torch.rand(ceiling.SIDE, ceiling.SIDE)
    for repeat in range(repeats + 1):  # the first warms up
        for what, engines in runs.items():
            for name, run in engines.items():
                seconds = _seconds(run)
                if repeat:
                    took[what][name].append(seconds)
            if repeat:
                product.append(min(_seconds(lambda: torch.mm(one, other)) for _ in range(4)))
    return took, product


def _seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _table(took: Times, items: dict[str, int], product: list[float]) -> list[str]:
    most = 2 * ceiling.SIDE**3 / float(np.median(product)) / 1e9
    each = ceiling.work()
    lines = ["| what | engine | rate | over torch | share of the ceiling |", "|---|---|---|---|---|"]
    for what, engines in took.items():
        for name, times in engines.items():
            rate = items[what] / np.array(times)
            over = np.array(engines["torch"]) / np.array(times)
            share = f"{np.median(rate) * each / most:.0%}" if what.startswith("classifier") else ""
            lines.append(f"| {what} | {name} | {_spread(rate)} | {_spread(over)} | {share} |")
    lines += ["", f"Ceiling: {most:.0f} GFLOP/s, the median of {len(product)} looks; a cell costs {each:.2f} GFLOP."]
    return lines


def _spread(values: np.ndarray) -> str:
    return f"{np.median(values):.2f} [{values.min():.2f}–{values.max():.2f}]"


def _head(repeats: int) -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{runtime.threads()} threads, {os.cpu_count()} cores, load {load}; {repeats} repeats, median [lowest–highest]."
    )


if __name__ == "__main__":
    main()
