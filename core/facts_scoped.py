"""What may be said of one class and of one cell: the same records and the same rules as for a case (`core.facts`).

Ids of a class, beside case.specimen, case.domain, cells.count, adequacy.counted, quality.odd_share of the case
    class.<code>.share, uncounted.<code>.count, marker.<id>.<code>.median, marker.<id>.<code>.above,
    marker.<id>.median, marker.<id>.cut  the case's own
    class.<code>.name  class.<code>.count  class.<code>.reviewed
    class.<code>.unsure_share   of its cells, per cent: more than one class possible; absent: no sets
    class.<code>.odd_share      of its cells, per cent: unlike the calibration cells; absent: not assessed
    class.<code>.rivals         classes that its unsure cells may belong to instead, most often first
    class.<code>.diameter  class.<code>.nucleus   medians, as measured; absent: not measured, or too few cells
Ids of a cell, beside case.specimen, case.domain
    cell.call  cell.label  cell.named_by  cell.counted  cell.edge  cell.possible  cell.oddness
    cell.probability.<code>     per cent, of the three likeliest classes
    cell.diameter  cell.nucleus
    cell.<marker>               label-free, <marker> as 'cd16': the estimate, or why it is withheld
    marker.<id>.cut             the cut-off, where there is one
A cell has no id here, and no field: nothing in these facts leads back to a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core import labels, statistics
from core.facts import of_share
from core.readings import Fact, Interval, LabelFreeReading, MarkerReading, Reading, Share
from core.records import Call, CaseInfo, Cell, Domain, Review, Seen
from core.vocabulary import Vocabulary

FEWEST = 20  # cells of a class below which no median is given
LIKELIEST = 3
NEGLIGIBLE = 0.01  # probability below which a class is not named
MEASURED = {
    "diameter": (("diameter_um",), "diameter", "µm", 1.0, 1),
    "nucleus": (("nucleus_fraction",), "nuclear share of the area", "%", 100.0, 0),
}
"""id: (names of the measure, words, unit, factor, digits)."""

OneReading = Reading | LabelFreeReading


def of_class(
    reading: OneReading, seen: Seen, reviews: Sequence[Review], code: str, vocabulary: Vocabulary
) -> tuple[Fact, ...]:
    """Every fact of one class of a case; what the case withholds is withheld here."""
    named = labels.settled(seen, reviews)
    inside = [cell for cell in seen.cells if named.get(cell.id) == code]
    return (
        *_shared(reading, ("case.specimen", "case.domain", "cells.count", "adequacy.counted")),
        *_about_class(inside, reviews, code, vocabulary),
        *_shared(reading, (f"class.{code}.share", f"uncounted.{code}.count")),
        *_doubts(inside, seen, code, vocabulary),
        *_shared(reading, ("quality.odd_share",)),
        *_medians(inside, seen, f"class.{code}", vocabulary[code].plural, reading.quality.withheld),
        *_class_markers(reading, code),
    )


def of_cell(
    seen: Seen, reviews: Sequence[Review], cell: Cell, reading: OneReading, vocabulary: Vocabulary
) -> tuple[Fact, ...]:
    """Every fact of one cell. A marker value that must not be seen is withheld, with the case's reason."""
    call = next((call for call in seen.calls if call.cell == cell.id), None)
    return (
        *_shared(reading, ("case.specimen", "case.domain")),
        *_named(cell, call, reviews, reading.info, vocabulary),
        *(_certainty(call, _namer(seen, call), vocabulary) if call else ()),
        *_cell_measures(cell, call),
        *_cell_markers(cell, reading),
        *_shared(reading, [f"marker.{marker.id}.cut" for marker in _markers(reading)]),
    )


def _shared(reading: OneReading, ids: Sequence[str]) -> Iterator[Fact]:
    """The case's own facts, so that a class and its case never differ."""
    yield from (fact for fact in reading.facts if fact.id in ids)


def _about_class(
    inside: Sequence[Cell], reviews: Sequence[Review], code: str, vocabulary: Vocabulary
) -> Iterator[Fact]:
    words = vocabulary[code]
    said = labels.last(reviews).keys()
    yield Fact(f"class.{code}.name", "class", words.plural, "", 0, None, "vocabulary", note=words.description)
    yield Fact(f"class.{code}.count", words.plural, len(inside), "cells", 0, None, "counted from calls and reviews")
    read = sum(cell.id in said for cell in inside)
    yield Fact(f"class.{code}.reviewed", f"{words.plural} named by people", read, "cells", 0, None, "computed")


def _doubts(inside: Sequence[Cell], seen: Seen, code: str, vocabulary: Vocabulary) -> Iterator[Fact]:
    """Shares of these very cells: no interval, nothing is inferred from them, and they are never withheld."""
    ids, plural = {cell.id for cell in inside}, vocabulary[code].plural
    calls = [call for call in seen.calls if call.cell in ids]
    unsure = [labels.unsure(call) for call in calls if call.possible]
    odd = [labels.odd(call) for call in calls if call.oddness is not None]
    ways = (
        ("unsure_share", unsure, f"{plural} with more than one possible class"),
        ("odd_share", odd, f"{plural} unlike the cells the classifier was calibrated on"),
    )
    for ending, judged, name in ways:
        if judged:
            share = Share(f"class.{code}.{ending}", name, sum(judged), len(judged), sum(judged) / len(judged), None)
            yield of_share(share, "computed from the classifier's answers")
    rivals = Counter(other for call in calls if len(call.possible) > 1 for other in call.possible if other != code)
    order = sorted(rivals, key=lambda other: (-rivals[other], other))[:LIKELIEST]
    if order:
        words = ", ".join(vocabulary[other].name for other in order)
        yield Fact(
            f"class.{code}.rivals", f"{plural}: what else they may be", words, "", 0, None, "the classifier's sets"
        )


def _medians(inside: Sequence[Cell], seen: Seen, stem: str, plural: str, withheld: str) -> Iterator[Fact]:
    calls = {call.cell: call for call in seen.calls}
    for ending, (names, words, unit, factor, digits) in MEASURED.items():
        values = [v * factor for cell in inside if (v := _measure(names, cell, calls.get(cell.id))) is not None]
        fact = Fact(
            f"{stem}.{ending}", f"median {words} of {plural}", None, unit, digits, None, "measured on the outlines"
        )
        if withheld and values:
            yield replace(fact, withheld=withheld)
        elif len(values) >= FEWEST:
            value, interval = statistics.quantile(values, 0.5)
            yield replace(fact, value=value, interval=interval)


def _class_markers(reading: OneReading, code: str) -> Iterator[Fact]:
    """Of each marker: within the class, then over all counted cells beside it."""
    for marker in _markers(reading):
        stem = f"marker.{marker.id}"
        yield from _shared(reading, (f"{stem}.cut", f"{stem}.{code}.median", f"{stem}.{code}.above", f"{stem}.median"))


def _markers(reading: OneReading) -> tuple[MarkerReading, ...]:
    return reading.markers if isinstance(reading, LabelFreeReading) else ()


def _named(
    cell: Cell, call: Call | None, reviews: Sequence[Review], info: CaseInfo, vocabulary: Vocabulary
) -> Iterator[Fact]:
    review = labels.last(reviews).get(cell.id)
    synthetic = ", synthetic case" if info.domain is Domain.PROCEDURAL else ""
    if call:
        yield Fact("cell.call", "call", vocabulary[call.label].name, "", 0, None, f"the classifier{synthetic}")
    label = review.now if review else call.label if call else ""
    if label:
        inside = info.specimen in vocabulary[label].counted
        where = "in the denominator" if inside else "outside the denominator"
        yield Fact("cell.label", "what it is counted as", vocabulary[label].name, "", 0, None, "the last word on it")
        yield Fact("cell.named_by", "named by", "a person" if review else "the classifier", "", 0, None, "computed")
        yield Fact("cell.counted", "counted", where, "", 0, None, "vocabulary")
    if cell.touches_edge:
        yield Fact("cell.edge", "outline", "cut by the edge of the picture", "", 0, None, "computed")


def _namer(seen: Seen, call: Call) -> str:
    return next((f"{m.name} ({m.digest[:8]})" for m in seen.models if m.digest == call.model), "the classifier")


def _certainty(call: Call, namer: str, vocabulary: Vocabulary) -> Iterator[Fact]:
    order = sorted(call.probabilities, key=lambda code: (-call.probabilities[code], code))
    for code in order[:LIKELIEST]:
        if call.probabilities[code] >= NEGLIGIBLE:
            value = 100 * call.probabilities[code]
            name = f"probability of {vocabulary[code].name}"
            yield Fact(f"cell.probability.{code}", name, value, "%", _open_digits(value), None, namer)
    if call.possible:
        *some, last = (vocabulary[code].name for code in call.possible)
        words = f"{', '.join(some)} or {last}" if some else last
        yield Fact(
            "cell.possible", "possible classes", words, "", 0, None, namer, note="as its card states the coverage"
        )
    if call.oddness is not None:
        name, value = "calibration cells that were less odd", 100 * call.oddness
        note = "unlike the calibration cells" if labels.odd(call) else "like the calibration cells"
        yield Fact("cell.oddness", name, value, "%", _open_digits(value), None, namer, note=note)


def _open_digits(value: float) -> int:
    """As many digits as keep a probability short of certainty from being printed as 0 or 100 %."""
    return next((d for d in (0, 1, 2) if 0 < round(value, d) < 100), 2 if 0 < value < 100 else 0)


def _cell_measures(cell: Cell, call: Call | None) -> Iterator[Fact]:
    for ending, (names, words, unit, factor, digits) in MEASURED.items():
        value = _measure(names, cell, call)
        if value is not None:
            yield Fact(f"cell.{ending}", words, value * factor, unit, digits, None, "measured on the outline")


def _measure(names: Sequence[str], cell: Cell, call: Call | None) -> float | None:
    told = {**cell.measures, **(call.measures if call else {})}
    return next((told[name] for name in names if name in told), None)


def _cell_markers(cell: Cell, reading: OneReading) -> Iterator[Fact]:
    """Values come from `reading.values`, where only those are that may be seen; never from the call."""
    if not isinstance(reading, LabelFreeReading):
        return
    truth = {name: model for model in reading.models for name in model.markers}
    for marker in reading.markers:
        told = reading.values.get(cell.id, {}).get(marker.name)
        model = truth[marker.name]
        origin = f"estimated by {model.name} ({model.digest[:8]}), learned from {model.marker_truth} values"
        fact = Fact(f"cell.{marker.id}", marker.name, None, marker.units, 2, None, origin, note=marker.note)
        if reading.markers_withheld:
            yield replace(fact, withheld=reading.markers_withheld)
        elif told is None:
            yield replace(fact, withheld="no estimate for this cell")
        else:
            known = told.low is not None and told.high is not None
            interval = Interval(told.low, told.high, 0, "the model's card") if known else None  # type: ignore[arg-type]
            yield replace(fact, value=told.value, interval=interval)
