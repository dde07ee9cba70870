"""A share settling as fields come in: the line, its band, and the scale, in per cent of a frame from its upper left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

THICK = 0.9  # of the line, half, in per cent of the frame's height
STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)  # between marks of the share
ROUND = (1, 2, 2.5, 5)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stand:
    """After so many counted cells: the share, and its interval unless it has none."""

    cells: int
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Mark:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Settling:
    line: tuple[Point, ...]
    stroke: tuple[Point, ...]  # the line as an area: the page's sanitiser lets no drawing through
    band: tuple[Point, ...]  # there along the upper end and back along the lower; () without intervals
    across: tuple[Mark, ...]  # cells
    up: tuple[Mark, ...]  # per cent


def of(stands: Sequence[Stand], until: int = 0) -> Settling:
    """`until`: counted cells that the scale reaches at least, e.g. those of the stop."""
    most = max([until, *(stand.cells for stand in stands), 1])
    top = _top(stands)

    def place(cells: int, share: float) -> Point:
        return round(100 * cells / most, 2), round(100 - 100 * min(max(share / top, 0.0), 1.0), 2)

    wide = [stand for stand in stands if stand.low is not None and stand.high is not None]
    upper = [place(stand.cells, stand.high or 0.0) for stand in wide]
    lower = [place(stand.cells, stand.low or 0.0) for stand in reversed(wide)]
    step = next((one for one in STEPS if top / one <= 5.001), STEPS[-1])
    shares = [number * step for number in range(round(top / step) + 1)]
    line = tuple(place(stand.cells, stand.ratio) for stand in stands)
    return Settling(
        line=line,
        stroke=(*((x, y - THICK) for x, y in line), *((x, y + THICK) for x, y in reversed(line))),
        band=(*upper, *lower),
        across=tuple(Mark(place(cells, 0)[0], f"{cells:,}".replace(",", " ")) for cells in _rounds(most)),
        up=tuple(Mark(place(0, share)[1], f"{share * 100:g} %") for share in shares),
    )


def _top(stands: Sequence[Stand]) -> float:
    """Above the line, and above the band where it has become narrow enough to be read."""
    ends = [stand.ratio * 1.25 for stand in stands[-12:]]
    ends += [stand.high for stand in stands[len(stands) // 3 :] if stand.high is not None and stand.high < 1]
    wanted = max([0.1, *ends])
    step = next((one for one in STEPS if wanted / one <= 5), STEPS[-1])
    return min(1.0, math.ceil(wanted / step - 1e-9) * step)


def _rounds(most: int) -> list[int]:
    """Nought and up to six round numbers."""
    size = 10 ** math.floor(math.log10(most))
    steps = [max(1, int(part * ten)) for ten in (size // 10 or 1, size) for part in ROUND]
    step = next((one for one in steps if most / one <= 6), size)
    return list(range(0, most + 1, step))
