"""Closed lines at one level of a small picture, point for point as scikit-image's `find_contours` draws them, sooner.

scikit-image joins the pieces of a line one by one, in Python and by their coordinates; that was a fifth of what a cell
costs beside its networks. Here pieces are joined by the number of the pixel edge that they end on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

TOP, RIGHT, BOTTOM, LEFT = range(4)
# By which corners of a square are above the level (1 upper left, 2 upper right, 4 lower left, 8 lower right): from which
# side to which the line runs, with what is above on its left. In two cases two lines cross the square.
SIDES = {
    1: (TOP, LEFT), 2: (RIGHT, TOP), 3: (RIGHT, LEFT), 4: (LEFT, BOTTOM), 5: (TOP, BOTTOM), 7: (RIGHT, BOTTOM),
    8: (BOTTOM, RIGHT), 10: (BOTTOM, TOP), 11: (BOTTOM, LEFT), 12: (LEFT, RIGHT), 13: (TOP, RIGHT), 14: (LEFT, TOP),
}  # fmt: skip
CROSSED = {  # corners above the level joined across the square, or not
    False: {6: ((RIGHT, TOP), (LEFT, BOTTOM)), 9: ((TOP, LEFT), (BOTTOM, RIGHT))},
    True: {6: ((LEFT, TOP), (RIGHT, BOTTOM)), 9: ((TOP, RIGHT), (BOTTOM, LEFT))},
}


def _table(joined: bool) -> NDArray[np.intp]:
    """(16, 2, 2): case, first or second line, from and to."""
    table = np.zeros((16, 2, 2), np.intp)
    for case, sides in SIDES.items():
        table[case, 0] = sides
    for case, both in CROSSED[joined].items():
        table[case] = both
    return table


TABLES = {joined: _table(joined) for joined in CROSSED}


def rings(picture: NDArray[Any], level: float, *, joined: bool = False) -> list[NDArray[np.float64]]:
    """Lines of rows and columns, the first point again at the end. What is above the level must not reach the border;
    `joined`: pixels above that touch by a corner belong together."""
    grid = np.asarray(picture, np.float64)
    above = grid > level
    if (grid == level).any() or above[0].any() or above[-1].any() or above[:, 0].any() or above[:, -1].any():
        return list(find_contours(grid, level, fully_connected="high" if joined else "low"))
    start, end = _pieces(above, TABLES[joined])
    if not len(start):
        return []
    order = np.argsort(start)
    after = order[np.searchsorted(start, end, sorter=order)]
    points = _points(grid, level, end)
    return [points[loop] for loop in _loops(after.tolist())]


def _pieces(above: NDArray[np.bool_], table: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The edges on which each piece of line starts and ends, square by square. Edges are numbered by the pixel at their
    upper left end: those along rows first, then those along columns."""
    high = above.view(np.uint8)
    cases = high[:-1, :-1] + 2 * high[:-1, 1:] + 4 * high[1:, :-1] + 8 * high[1:, 1:]
    rows, columns = np.nonzero((cases != 0) & (cases != 15))
    kinds = cases[rows, columns]
    lines = 1 + ((kinds == 6) | (kinds == 9))
    squares = np.repeat(np.arange(len(kinds)), lines)
    second = np.zeros(len(squares), np.intp)
    second[1:] = squares[1:] == squares[:-1]
    sides = table[kinds[squares], second]
    wide, whole = above.shape[1], above.size
    offsets = np.array([0, whole + 1, wide, whole])  # of the top, right, bottom and left edge of a square
    corner = (rows * wide + columns)[squares]
    return corner + offsets[sides[:, 0]], corner + offsets[sides[:, 1]]


def _points(grid: NDArray[np.float64], level: float, edges: NDArray[np.intp]) -> NDArray[np.float64]:
    """Where the level is passed on each edge."""
    across = edges < grid.size
    rows, columns = np.divmod(np.where(across, edges, edges - grid.size), grid.shape[1])
    one, other = grid[rows, columns], grid[rows + ~across, columns + across]
    share = (level - one) / (other - one)
    return np.stack([np.where(across, rows, rows + share), np.where(across, columns + share, columns)], axis=1)


def _loops(after: list[int]) -> list[list[int]]:
    """Pieces that follow one another, each loop starting where its last piece in order ends."""
    loops, seen = [], bytearray(len(after))
    for first in range(len(after)):
        if seen[first]:
            continue
        loop, piece = [], first
        while not seen[piece]:
            seen[piece] = 1
            loop.append(piece)
            piece = after[piece]
        last = loop.index(max(loop))
        loops.append([*loop[last:], *loop[: last + 1]])
    return loops
