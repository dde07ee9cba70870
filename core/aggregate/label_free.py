"""A label-free case's cells → shares of its classes, distributions of its markers, and its quality control.

Pure and quick. Marker values come in through `core.markers` only: what must not be seen is gone before it is counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import labels, statistics
from core.aggregate.counting import Counts, counts, share
from core.readings import Bimodality, Distribution, MarkerReading, Quantile, Share
from core.records import CaseInfo, Domain, MarkerValue, ModelStamp, Review, Seen
from core.vocabulary import Vocabulary

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
FEWEST = 20  # cells below which nothing is said of how a marker is distributed among them
CIRCULAR = (
    "In BSCCM the classes are gates on CD3, CD16 and CD45: a difference between classes is partly their definition. "
    "What the picture itself says stands within a class."
)
NARROW = (
    "Estimates from pictures are drawn towards their mean: they spread less than the marker does. Intervals hold the "
    "sampling of cells, taken as independent, and not the network's error."
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Cells by class, before anything is withheld."""

    named: Mapping[str, str]
    counted: Counts
    codes: frozenset[str]  # in the denominator
    differential: tuple[Share, ...]
    uncounted: tuple[tuple[str, int], ...]
    fields: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return self.counted.of(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """One marker of every cell that has an estimate of it, in columns."""

    fields: NDArray[np.int_]  # places of the cells' fields
    called: NDArray[np.int_]
    codes: Mapping[str, int]
    values: NDArray[np.float64]
    total: int  # of all fields


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Every cell: the place of its field, of its class in `codes` (-1: none), and its estimates by marker."""

    fields: NDArray[np.int_]
    called: NDArray[np.int_]
    codes: Mapping[str, int]
    told: Sequence[Mapping[str, MarkerValue]]
    total: int  # of all fields


def counted_cells(seen: Seen, reviews: Sequence[Review], info: CaseInfo, vocabulary: Vocabulary) -> Counted:
    """Every named cell once, under its class and field."""
    named = labels.settled(seen, reviews)
    for code in set(named.values()):
        vocabulary[code]  # a label from elsewhere is refused, never dropped
    held = vocabulary.counted(info.specimen)
    codes = frozenset(c.code for c in held)
    found = counts(seen, named)
    return Counted(
        named,
        found,
        codes,
        tuple(share(f"class.{c.code}.share", c.name, {c.code}, codes, found) for c in held),
        tuple((c.code, found.whole[c.code]) for c in vocabulary.classes if c.code not in codes),
        tuple(zip(found.fields, found.by_field(codes), strict=True)),
    )


def marker_readings(
    values: Mapping[str, Mapping[str, MarkerValue]],
    seen: Seen,
    held: Counted,
    vocabulary: Vocabulary,
    cuts: Mapping[str, float],
    withheld: str,
) -> tuple[MarkerReading, ...]:
    """Each marker that a model of this run estimates, in its card's order; `cuts` were entered and come first."""
    cells = _columns(values, seen, held.named)
    return tuple(
        _reading(name, model, cells, held, vocabulary, cuts, withheld)
        for model in seen.models
        for name in model.markers
    )


def warnings(info: CaseInfo) -> list[str]:
    """What holds for every label-free case."""
    found = []
    if info.domain is Domain.PROCEDURAL:
        found.append("Synthetic case: the pictures were drawn by a program and belong to no patient.")
    found.append("Intervals do not hold the network's error: they cover the sampling of cells and fields only.")
    return found


def marker_id(name: str) -> str:
    """'cd123_hla_dr_cd14' of 'CD123/HLA-DR/CD14'."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _reading(
    name: str,
    model: ModelStamp,
    cells: Columns,
    held: Counted,
    vocabulary: Vocabulary,
    cuts: Mapping[str, float],
    withheld: str,
) -> MarkerReading:
    id, cut = marker_id(name), None if withheld else cuts.get(name, model.marker_cuts.get(name))
    origin = "" if cut is None else "entered" if name in cuts else "the model's card"
    groups = [("", "all counted cells", held.codes)]
    groups += [(c.code, c.plural, frozenset({c.code})) for c in vocabulary.classes if c.code in held.codes]
    estimates = _estimates(name, cells)
    whole, *classes = (
        _distribution(
            f"marker.{id}{'.' if code else ''}{code}", called, code, name, estimates, held, codes, cut, withheld
        )
        for code, called, codes in groups
    )
    return MarkerReading(
        id, name, model.marker_units, cut, origin, whole, tuple(classes), f"{CIRCULAR} {NARROW}", withheld
    )


def _columns(values: Mapping[str, Mapping[str, MarkerValue]], seen: Seen, named: Mapping[str, str]) -> Columns:
    fields = {image.id: place for place, image in enumerate(seen.images)}
    places = [fields.setdefault(cell.image, len(fields)) for cell in seen.cells]
    codes = {code: number for number, code in enumerate(sorted(set(named.values())))}
    called = [codes.get(named.get(cell.id, ""), -1) for cell in seen.cells]
    told = [values.get(cell.id, {}) for cell in seen.cells]
    return Columns(np.array(places, int), np.array(called, int), codes, told, len(fields))


def _estimates(name: str, cells: Columns) -> Estimates:
    found = [told.get(name) for told in cells.told]
    there = np.array([value is not None for value in found], bool)
    numbers = np.array([value.value for value in found if value is not None], float)
    return Estimates(cells.fields[there], cells.called[there], cells.codes, numbers, cells.total)


def _distribution(
    id: str,
    called: str,
    code: str,
    name: str,
    estimates: Estimates,
    held: Counted,
    codes: frozenset[str],
    cut: float | None,
    withheld: str,
) -> Distribution:
    if withheld:
        return Distribution(id, called, code, held.counted.of(codes), withheld=withheld)
    chosen = np.isin(estimates.called, [estimates.codes[code] for code in codes if code in estimates.codes])
    values, fields = estimates.values[chosen], estimates.fields[chosen]
    told = np.sort(values)
    if len(told) < FEWEST:
        reason = f"{len(told)} cells with an estimate, fewer than {FEWEST}"
        return Distribution(id, called, code, len(told), withheld=reason)
    shape = statistics.bimodality(told)
    return Distribution(
        id,
        called,
        code,
        len(told),
        tuple(Quantile(part, *statistics.quantile(told, part)) for part in QUANTILES),
        None if cut is None else _above(f"{id}.above", name, values, fields, estimates.total, cut),
        shape and Bimodality(*shape, above=shape[1].low > statistics.EVEN),
    )


def _above(
    id: str, name: str, values: NDArray[np.float64], fields: NDArray[np.int_], total_fields: int, cut: float
) -> Share:
    high = np.bincount(fields[values > cut], minlength=total_fields).tolist()
    of = np.bincount(fields, minlength=total_fields).tolist()
    count, total = sum(high), sum(of)
    n = statistics.effective_n(high, of)
    note = f"cut-off {cut:g}" + ("" if n is not None else "; fields not assessed")
    interval = statistics.share_interval(count, total, n)
    return Share(id, f"cells with {name} above the cut-off", count, total, count / total, interval, n, note)
