"""How time and memory grow with the work: every size in a process of its own, so that the memory is that size's.

Many fields (cells and pixels grow together), and one picture that grows. Slides are measured elsewhere: a picture of
more than `max_pixels` is refused, and a slide is looked at field by field like any other case.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.benchmarks.contenders import OURS
from tests.benchmarks.memory import Fresh, fresh

FIELDS = (1, 4, 16)
MORE_FIELDS = (100, 400)  # 10,400 cells, 419 megapixels
SIDES = (1, 2, 4)
MORE_SIDES = (7, 10)  # 105 megapixels, near the most that one picture may have


def fields(folder: Path, *, full: bool) -> list[Fresh]:
    return [fresh(OURS, folder, count) for count in (*FIELDS, *(MORE_FIELDS if full else ()))]


def pictures(folder: Path, *, full: bool) -> list[Fresh]:
    return [fresh(OURS, folder, 1, side) for side in (*SIDES, *(MORE_SIDES if full else ()))]


def exponent(rows: Iterable[Fresh]) -> float:
    """Of processor seconds over megapixels in a log-log fit: 1 is linear, more grows faster than the work."""
    points = np.array([(row.megapixels, row.work) for row in rows])
    return float(np.polyfit(np.log(points[:, 0]), np.log(points[:, 1]), 1)[0])


def table(title: str, rows: list[Fresh]) -> list[str]:
    lines = [
        f"**{title}**: seconds grow as megapixels to the power of {exponent(rows):.2f} (processor time).",
        "",
        "| fields | Mpx | cells | s | processor s | s a Mpx | most memory, MB |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.fields} | {row.megapixels:.0f} | {row.cells} | {row.seconds:.1f} | {row.work:.1f} "
        f"| {row.seconds / row.megapixels:.2f} | {row.peak_mb:.0f} |"
        for row in rows
    ]
    return [*lines, ""]
