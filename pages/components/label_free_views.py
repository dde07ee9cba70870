"""The saliency of a label-free cell as bytes, measured when asked for and held for a while."""

from __future__ import annotations

import threading
from functools import lru_cache

from core import saliency
from core.charts.picture import as_png
from core.decode import read as decode
from core.errors import Conflict, NotFound
from core.protocols import Explainer
from core.records import Modality, Seen, Upload
from core.tools import explainer
from pages.components import resources

_one_at_a_time = threading.Lock()  # a map takes a tenth of a second of every core: sixty at once would block the pages


def why_no_saliency(seen: Seen) -> str:
    """'' when the installed weights are those that named the cells; else the reason, for people."""
    named = {model.digest for model in seen.models if model.task == "phenotyper"}
    installed = {card.digest for card in resources.model_cards() if card.task == "phenotyper" and card.in_use}
    if named and named <= installed:
        return ""
    return "the weights that named these cells are not installed here; analysed again, the case can show it"


def saliency_of(case_id: str, cell_id: str) -> bytes:
    """PNG. ModelMismatch when other weights are installed than those that named the cell."""
    row = resources.store().case(case_id)  # asked each time: what was deleted is not shown from memory
    if row.run is None:
        raise NotFound(f"a finished analysis of case {case_id}", "none", "Start the analysis.")
    with _one_at_a_time:
        return _drawn(case_id, row.run.id, cell_id)


@lru_cache(maxsize=2000)
def _drawn(case_id: str, run_id: str, cell_id: str) -> bytes:
    seen = _seen(case_id, run_id)
    cell = next((cell for cell in seen.cells if cell.id == cell_id), None)
    call = next((call for call in seen.calls if call.cell == cell_id), None)
    if cell is None or call is None:
        raise NotFound(f"cell {cell_id} in case {case_id}", "no such cell", "Open the case again.")
    return as_png(saliency.of(cell, call, _field(case_id, cell.image), _explainer()))


@lru_cache(maxsize=2)
def _seen(case_id: str, run_id: str) -> Seen:
    return resources.store().seen(case_id, run_id)


@lru_cache(maxsize=3)
def _field(case_id: str, image_id: str) -> saliency.Field:
    store = resources.store()
    info = next(image for image in store.images(case_id) if image.id == image_id)
    upload = Upload(info.label, store.picture(case_id, image_id), info)
    decoded = decode.images([upload], resources.settings(), Modality.DPC)
    if not decoded.images:
        raise Conflict("a stored picture that can be read", decoded.problems[0].message, "Ask for help.")
    return saliency.field(decoded.images[0])


@lru_cache(maxsize=1)
def _explainer() -> Explainer:
    return explainer(resources.settings())
