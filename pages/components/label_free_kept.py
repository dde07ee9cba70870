"""What a label-free page draws of one state of a case, made once for all who look at it: groups, points, charts.

plotly takes a tenth of a second for a chart of 5,000 cells; the page has three, and is drawn anew with every press.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import streamlit as st

from core.records import CaseInfo
from pages.components.kept import Kept

ROOM = 400_000  # cells, counted again in each thing that is made of them: some 75 bytes each
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Now:
    """A state of a case: what is drawn of its cells hangs on this alone, and on what was asked for."""

    case: str
    run: str
    info: CaseInfo
    last: tuple[int, str]  # of its reviews
    cells: int

    def once(self, what: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        return cast(T, _held().get((self, what), lambda: (make(), self.cells))[0])


@st.cache_resource(show_spinner=False)
def _held() -> Kept[tuple[Any, int]]:
    return Kept(ROOM, lambda made: made[1])
