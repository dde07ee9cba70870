"""Pictures of tested cells as bytes, made again when asked for; what they are made from is held for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache

from core.charts.picture import as_png
from core.errors import NotFound
from core.robustness import pictures, standing
from core.robustness.records import Surroundings
from core.robustness.scenes import Scenes
from core.tools import assemble, drawn_backgrounds
from pages.components import resources

FIELD = "field"  # the cell as it lies, beside the settings
_one_at_a_time = threading.Lock()  # cutting a case's cells takes seconds: many pictures wait for one cutting


def scene(case_id: str, number: int, cell: str, setting: str) -> bytes:
    """PNG. NotFound for another case's or an outdated result's."""
    row = resources.store().case(case_id)  # asked each time: what was deleted is not shown from memory
    chosen = None if setting == FIELD else _setting(setting)
    with _one_at_a_time:
        return as_png(pictures.shown(_scenes(row.id, number), cell, chosen))


def _setting(name: str) -> Surroundings:
    if name not in set(Surroundings):
        raise NotFound(f"one of {', '.join(Surroundings)}", name, "Open the page again.")
    return Surroundings(name)


@lru_cache(maxsize=2)
def _scenes(case_id: str, number: int) -> Scenes:
    store = resources.store()
    row, runs = store.case(case_id), store.desk.runs(case_id)
    result = next((one for one in store.robustness.results(case_id) if one.number == number), None)
    if result is None or not runs:
        raise NotFound(f"test {number} of case {case_id}", "no such test", "Open the page again.")
    seen = store.seen(case_id, runs[0])
    if not standing.fits(result, seen, row.info, resources.vocabulary(row.info.vocabulary)):
        raise NotFound("the analysis that was tested", "another one since", "Test the case again.")
    tools = assemble(resources.settings(), row.info.modality)
    return pictures.of_result(store, case_id, seen, result, tools, drawn_backgrounds)


forget: Callable[[], None] = _scenes.cache_clear
