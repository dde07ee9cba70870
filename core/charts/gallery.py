"""Cells as a gallery sorts, groups and shows them: all of a case at once, in columns."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from core import labels
from core.charts import class_keys
from core.records import Call, Cell, Modality, Seen
from core.robustness.records import Robustness
from core.vocabulary import Vocabulary

UNNAMED = -1  # in place of a class: nobody named the cell, or its name is hidden
SURENESS = ((0.5, "below 50 %"), (0.8, "50–80 %"), (0.95, "80–95 %"), (math.inf, "95 % and more"))
QUARTERS = (25, 50, 75)


@dataclass(frozen=True, slots=True, eq=False)
class Deck:
    """Every cell of a case: `columns` are plain values in the order of `cells`, as a browser is given them once.

    A blinded deck tells nothing that a model said: no call, no probability, no set, no oddness, and its order is
    that of no property of the cells.
    """

    cells: tuple[str, ...]
    columns: Mapping[str, Any]
    blinded: bool = False
    place: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", {cell: number for number, cell in enumerate(self.cells)})


def deck(
    seen: Seen, vocabulary: Vocabulary, *,
    blinded: bool = False, strips: Mapping[str, str] | None = None, renamed: Mapping[str, str] | None = None,
) -> Deck:  # fmt: skip
    """The cells in the vocabulary's order of their calls, the surest first; blinded, in an order that tells nothing.

    `strips` are words under each cell, where a page has some; `renamed` what is said of cells that other surroundings
    rename (`renamed` makes it), which wait for a person as those do of which several classes are possible.
    """
    calls = {} if blinded else {call.cell: call for call in seen.calls}
    fields = {image.id: number for number, image in enumerate(seen.images)}
    cells = sorted(seen.cells, key=_drawn_order if blinded else _called_order(calls, vocabulary))
    columns = {
        "classes": _classes(vocabulary),
        "fields": [image.label[:1].upper() + image.label[1:] for image in seen.images],
        "field": [fields.get(cell.image, UNNAMED) for cell in cells],
        "edge": [number for number, cell in enumerate(cells) if cell.touches_edge],
        "wide": any(image.modality is Modality.DPC for image in seen.images),
        **_sizes(cells),
        **_said([calls.get(cell.id) for cell in cells], vocabulary),
    }
    if strips and not blinded:
        columns["told"] = [strips.get(cell.id, "") for cell in cells]
    if renamed and not blinded:
        columns["renamed"] = {str(number): renamed[cell.id] for number, cell in enumerate(cells) if cell.id in renamed}
    return Deck(tuple(cell.id for cell in cells), columns, blinded)


def renamed(found: Robustness | None, vocabulary: Vocabulary) -> dict[str, str]:
    """Cell → what it is called among other surroundings, of those that a test found fragile."""
    told = {}
    for one in found.flipped if found else ():
        if one.fragile:
            codes = dict.fromkeys(turn.label for turn in one.turns)
            told[one.cell] = f"Called {either([vocabulary[code].name for code in codes])} among other surroundings"
    return told


def _called_order(calls: Mapping[str, Call], vocabulary: Vocabulary) -> Callable[[Cell], tuple[Any, ...]]:
    order = {code: number for number, code in enumerate(vocabulary.codes)}

    def key(cell: Cell) -> tuple[Any, ...]:
        call = calls.get(cell.id)
        if call is None:
            return len(order), 0.0, cell.id
        return order.get(call.label, len(order)), -call.probabilities.get(call.label, 0.0), cell.id

    return key


def _drawn_order(cell: Cell) -> str:
    """As if drawn by lot, and the same at every look."""
    return hashlib.sha256(cell.id.encode()).hexdigest()


def _classes(vocabulary: Vocabulary) -> list[dict[str, str]]:
    keys = class_keys.keys(vocabulary)
    return [
        {
            "code": cls.code,
            "name": cls.name,
            "plural": cls.plural,
            "colour": cls.colour,
            "key": keys.get(cls.code, ""),
            "means": cls.description,
        }
        for cls in vocabulary.classes
    ]


def _sizes(cells: Sequence[Cell]) -> dict[str, Any]:
    """Diameters of equal circles, in µm where every field has a scale, and bands with a quarter of the cells each."""
    micrometres = bool(cells) and all("diameter_um" in cell.measures for cell in cells)
    name, unit = ("diameter_um", "µm") if micrometres else ("diameter_px", "px")
    sizes = [round(float(cell.measures.get(name, 0.0)), 1) for cell in cells]
    edges = sorted({round(float(np.percentile(sizes, part)), 1) for part in QUARTERS}) if sizes else []
    names = [f"below {edge:.1f} {unit}" for edge in edges[:1]]
    names += [f"{low:.1f}–{high:.1f} {unit}" for low, high in pairwise(edges)]
    names += [f"{edge:.1f} {unit} and more" for edge in edges[-1:]]
    return {"size": sizes, "unit": unit, "size_edges": edges, "size_bands": names}


def _said(calls: Sequence[Call | None], vocabulary: Vocabulary) -> dict[str, Any]:
    """What the model says: class, probabilities of all classes in ‰, sets of more than one class, oddness in ‰."""
    order = {code: number for number, code in enumerate(vocabulary.codes)}
    shares = np.zeros((len(calls), len(order)))
    for row, call in zip(shares, calls, strict=True):
        for code, probability in call.probabilities.items() if call else ():
            if code in order:
                row[order[code]] = probability
    return {
        "called": [order.get(call.label, UNNAMED) if call else UNNAMED for call in calls],
        "permille": np.rint(shares * 1000).astype(int).ravel().tolist() if any(calls) else [],
        "sure_edges": [round(edge * 1000) for edge, _ in SURENESS[:-1]],
        "sure_bands": [name for _, name in SURENESS],
        "sets": {
            str(number): [order[code] for code in call.possible if code in order]
            for number, call in enumerate(calls)
            if call and labels.unsure(call)
        },
        "oddness": [UNNAMED if call is None or call.oddness is None else round(call.oddness * 1000) for call in calls],
        "odd": [number for number, call in enumerate(calls) if call and labels.odd(call)],
    }


def either(names: Sequence[str], most: int = 3) -> str:
    """'blast, promyelocyte or myelocyte'; of more than `most` the rest is a number."""
    shown = [*names[: most - 1], f"{len(names) - most + 1} more"] if len(names) > most else list(names)
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown)
