"""How long `core.read` takes with and without a confusion in the stamp. By hand: python tests/benchmarks/reading.py

It runs again after every review: 50 ms at 5,000 cells is the limit. The least of several runs, by CPU time, because
another program's load is no property of this one.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.analyse import read
from core.records import Call, Cell, Confusion, Seen
from core.vocabulary import vocabulary
from tests.core import counted

WORDS = vocabulary("shipped16")
PATIENTS = 15


def confusion(seed: int = 0) -> Confusion:
    """Calibration patients of a classifier that is right nine times of ten."""
    rng = np.random.default_rng(seed)
    rates = np.full((3, 3), 0.05) + np.eye(3) * 0.85
    made = tuple(tuple(tuple(float(v) for v in rng.multinomial(100, row)) for row in rates) for _ in range(PATIENTS))
    return Confusion(made, made)


def seen(cells: int, fields: int = 20, seed: int = 1) -> Seen:
    """Cells of all classes, each with a probability for every one."""
    rng, codes = np.random.default_rng(seed), WORDS.codes
    likely = rng.dirichlet(np.full(len(codes), 0.2), size=cells)
    found, calls = [], []
    for n, row in enumerate(likely):
        found.append(Cell(f"c{n}", f"image{n % fields}", (0, 0, 9, 9), counted.CONTOUR, 0.9))
        calls.append(Call(f"c{n}", codes[int(row.argmax())], dict(zip(codes, row.tolist(), strict=True)), "0" * 16))
    stamp = replace(counted.STAMP, domain="peripheral blood", confusion={"cblc": confusion(2), "blasts": confusion(3)})
    return replace(counted.seen([{}] * fields), cells=tuple(found), calls=tuple(calls), models=(stamp,))


def main(times: int) -> None:
    for cells in (500, 2000, 5000):
        whole = seen(cells)
        plain = replace(whole, models=tuple(replace(model, confusion={}) for model in whole.models))
        took = {}
        for name, case in (("plain", plain), ("corrected", whole)):
            runs = []
            for _ in range(times):
                start = time.process_time()
                read(case, (), counted.info(), WORDS)
                runs.append(time.process_time() - start)
            took[name] = f"{name} {1000 * min(runs):.1f} ms (median {1000 * float(np.median(runs)):.1f})"
        print(f"{cells:5} cells: {', '.join(took.values())}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
