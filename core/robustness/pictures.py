"""The pictures of a test, made again when somebody looks: a result keeps none of them, and its request gives the same.

Only a result that still speaks of its case is looked at: other cells or other weights would give other pictures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.phenotype import CONTRAST
from core.protocols import Crop, Store, Tools
from core.records import Seen
from core.robustness import cuts
from core.robustness.check import Bank
from core.robustness.cuts import Cut
from core.robustness.records import Robustness, Surroundings
from core.robustness.scenes import Scenes

ABSENT = 236


def of_result(
    store: Store, case_id: str, seen: Seen, result: Robustness, tools: Tools, bank: Bank | None = None
) -> Scenes:
    """What makes the pictures of all its cells; holds their crops in memory."""
    made = cuts.of_case(store, case_id, seen, result.tested, tools, result.asked.seed)
    if made is None or not made.shots:
        raise NotFound(f"the stored pictures of the cells tested in case {case_id}", "none", "Analyse the case again.")
    called = {call.cell: call.label for call in seen.calls}
    wanted = bank if Surroundings.DRAWN in result.asked.settings else None
    drawings = wanted(tools.modality, made.side, store.case(case_id).info.um_per_px) if wanted else ()
    return Scenes(made, {cell: called[cell] for cell in made.shots}, result.asked, drawings)


def shown(scenes: Scenes, cell: str, setting: Surroundings | None) -> NDArray[np.uint8]:
    """RGB: the cell as the network was given it, in a setting or (None) as it lies in its field."""
    if cell not in scenes.material.shots:
        raise NotFound(f"cell {cell} among the tested ones", "no such cell", "Open the page again.")
    if setting is None:
        return drawn(scenes.material.shots[cell].cut)
    missing = scenes.missing(setting)
    donor = scenes.donors(setting).get(cell)
    if missing or donor is None:
        raise NotFound(f"cell {cell} in the setting {setting.value}", missing or "no donor for it", "Choose another.")
    return drawn(scenes.shown(cell, setting, donor))


def drawn(cut: Cut) -> NDArray[np.uint8]:
    """A stained crop as it is; of a label-free one its four views in grey: left and right above top and bottom."""
    if isinstance(cut, Crop):
        return cut.pixels
    low, high = CONTRAST
    grey = np.clip((np.nan_to_num(cut.views, nan=1.0) - low) / (high - low), 0, 1) * 255
    grey[~np.isfinite(cut.views).all(axis=(1, 2))] = ABSENT
    rows = np.concatenate([np.concatenate([grey[0], grey[1]], axis=1), np.concatenate([grey[2], grey[3]], axis=1)])
    return np.repeat(rows.round().astype(np.uint8)[..., None], 3, axis=2)
