"""The list of what may be said of a case. Summary, PDF, FHIR, command line and screen all read these.

Ids (stable; a new one may come, none changes its meaning)
    case.specimen  case.domain  case.stain  case.vocabulary  case.genetics  case.validation
    images.count  cells.count  cells.reviewed
    adequacy.counted  adequacy.target  adequacy.word
    quality.odd_share       of the counted cells, per cent: unlike the calibration cells; absent: not assessed
    calls.unsure_share      of the counted cells, per cent: more than one class possible; absent: no sets
    class.<code>.share      of the counted cells, per cent
    uncounted.<code>.count  cells outside the denominator
    cblc.count  cblc.ratio  cblc.low_smudge  cblc.high_smudge
    blasts.count  blasts.ratio  blasts.low_smudge  blasts.high_smudge
    cblc.corrected  blasts.corrected  for the classifier's confusion; interval: on these very cells
    cblc.corrected_patient  blasts.corrected_patient  the same; interval: with the sampling of cells and fields
    smudge.share            of counted and smudge cells, per cent
    me.ratio                marrow only
    erythroblasts.per_100   blood only
    criteria.who  criteria.icc
    alert.<name>            never withheld
Of label-free cases, beside case, images, cells, adequacy, quality, calls, class, uncounted and alert:
    marker.<id>.median      <id> as 'cd16'; .q10 .q25 .q75 .q90 likewise; of all counted cells
    marker.<id>.<code>.median   of the counted cells of one class
    marker.<id>.above  marker.<id>.<code>.above   per cent of the cells above the cut-off; absent: no cut-off
    marker.<id>.cut         the cut-off; absent: there is none, or the marker is withheld
    marker.<id>.bimodality  Sarle's coefficient; absent: too few cells
Of cases whose surroundings were tested: background.…, in core.facts_background
Of cases counted on a slide: slide.…, in core.facts_slide

A withheld fact carries the reason and neither value nor interval. Percentages are given as 0–100.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.readings import (
    Adequacy,
    Alert,
    Criterion,
    Distribution,
    Fact,
    Interval,
    MarkerReading,
    Odds,
    Quality,
    Ratios,
    Share,
)
from core.records import CaseInfo, Domain, ModelStamp, Specimen
from core.vocabulary import Vocabulary

MARKS = (2, 5, 10, 20)
"""Per cent. A blast share is printed with so many digits that rounding never carries it over one of these."""

COUNTABLE = ("cells", "pictures")

CRITERIA = ("criteria.who", "criteria.icc")


def of(
    quality: Quality, ratios: Ratios, info: CaseInfo, models: Sequence[ModelStamp], vocabulary: Vocabulary
) -> tuple[Fact, ...]:
    """Every fact of a case, in a fixed order; what quality withholds is withheld here."""
    ratios = withheld(ratios, quality.withheld)
    origin = _origin(models, ratios.reviewed, info)
    return (
        *_case(info, vocabulary),
        *_seen(quality, ratios.adequacy, ratios.uncounted, ratios.reviewed, vocabulary, origin),
        *_shares(ratios, vocabulary, origin),
        *_corrected(ratios),
        *_odds(ratios, origin),
        *(_criterion(id, criterion, quality) for id, criterion in zip(CRITERIA, ratios.criteria, strict=True)),
        *(_words(alert.id, f"alert ({alert.level})", alert.text, "computed") for alert in ratios.alerts),
    )


def of_label_free(
    quality: Quality,
    adequacy: Adequacy,
    differential: Sequence[Share],
    uncounted: Sequence[tuple[str, int]],
    markers: Sequence[MarkerReading],
    alerts: Sequence[Alert],
    reviewed: int,
    info: CaseInfo,
    models: Sequence[ModelStamp],
    vocabulary: Vocabulary,
) -> tuple[Fact, ...]:
    """Every fact of a label-free case. What is withheld is already gone from what is given."""
    origin = _origin(models, reviewed, info)
    return (
        *_case(info, vocabulary),
        *_seen(quality, adequacy, uncounted, reviewed, vocabulary, origin),
        *(of_share(share, origin) for share in differential),
        *(fact for marker in markers for fact in _marker(marker, models, info)),
        *(_words(alert.id, f"alert ({alert.level})", alert.text, "computed") for alert in alerts),
    )


def blank(share: Share, reason: str) -> Share:
    """The share without its number, which must not be seen for that reason; counts stay."""
    return replace(share, ratio=None, interval=None, effective_n=None, withheld=reason) if reason else share


def withheld(ratios: Ratios, reason: str) -> Ratios:
    """The same ratios without a share, interval or reading, when there is a reason; counts and alerts stay."""
    if not reason:
        return ratios
    bare = replace(ratios.smudge, warn=False, cblc_low=None, cblc_high=None, blasts_low=None, blasts_high=None)
    return replace(
        ratios,
        differential=tuple(blank(share, reason) for share in ratios.differential),
        cblc=blank(ratios.cblc, reason),
        blasts=blank(ratios.blasts, reason),
        smudge=replace(bare, share=blank(ratios.smudge.share, reason)),
        me=_blank_odds(ratios.me, reason),
        erythroblasts_per_100=_blank_odds(ratios.erythroblasts_per_100, reason),
        corrected=tuple(
            replace(one, value=None, by_calls=None, same_cells=None, patient=None, withheld=reason)
            for one in ratios.corrected
        ),
        criteria=tuple(
            replace(criterion, reading=f"withheld: {reason}", certainty="not assessed") for criterion in ratios.criteria
        ),
        advice=(),
    )


def text(fact: Fact) -> str:
    """A fact's value as it is printed everywhere: '32.0 % [27.1–37.4], 95 %'."""
    if fact.withheld:
        return f"withheld: {fact.withheld}"
    if fact.value is None:
        return "not stated"
    if isinstance(fact.value, str):
        return fact.value
    unit = fact.unit.removesuffix("s") if fact.value == 1 and fact.unit in COUNTABLE else fact.unit
    printed = _digits_of(fact.value, fact.digits) + (f" {unit}" if unit not in ("", "ratio") else "")
    if fact.interval is None:
        return printed
    low, high = (
        _digits_of(end, fact.digits) if math.isfinite(end) else "∞" for end in (fact.interval.low, fact.interval.high)
    )
    until = " to " if "-" in low + high else "–"  # '[-0.20–1.00]' could be read as minus one
    level = f", {100 * fact.interval.level:.0f} %" if fact.interval.level else ""
    return f"{printed} [{low}{until}{high}]{level}"


def _digits_of(value: float, digits: int) -> str:
    """Rounded; nothing is '0.0' and never '-0.0'."""
    rounded = f"{value:.{digits}f}"
    return rounded if float(rounded) else rounded.removeprefix("-")


def _blank_odds(odds: Odds | None, reason: str) -> Odds | None:
    return odds and replace(odds, value=None, interval=None, withheld=reason)


def _origin(models: Sequence[ModelStamp], reviewed: int, info: CaseInfo) -> str:
    names = [f"{model.name} ({model.digest[:8]})" for model in models if model.task in ("classifier", "phenotyper")]
    words = f"counted from calls of {' and '.join(names)}" if names else "counted from calls"
    if reviewed:
        words += f", {reviewed} reviewed by people"
    return words + (", synthetic case" if info.domain is Domain.PROCEDURAL else "")


def _case(info: CaseInfo, vocabulary: Vocabulary) -> Iterator[Fact]:
    entered = "entered with the case"
    yield _words("case.specimen", "specimen", info.specimen.value, entered)
    synthetic = info.domain is Domain.PROCEDURAL
    yield _words("case.domain", "pictures", "synthetic: drawn by a program" if synthetic else "real", entered)
    yield _words("case.stain", "stain", info.stain, entered)
    yield _words("case.vocabulary", "vocabulary", f"{vocabulary.name} ({vocabulary.id})", entered, vocabulary.reading)
    yield _words("case.genetics", "genetics", info.findings.genetics, "entered by a reader")
    if info.specimen is Specimen.MARROW:
        yield _words("case.validation", "validation", "not validated on marrow with the shipped weights", "model cards")


def _seen(
    quality: Quality,
    adequacy: Adequacy,
    uncounted: Sequence[tuple[str, int]],
    reviewed: int,
    vocabulary: Vocabulary,
    origin: str,
) -> Iterator[Fact]:
    yield _number("images.count", "pictures", quality.images, "pictures", "computed")
    yield _number("cells.count", "cells found", quality.cells, "cells", "computed")
    yield _number("cells.reviewed", "cells named by people", reviewed, "cells", "computed")
    yield _number("adequacy.counted", "cells counted", adequacy.counted, "cells", origin)
    yield _number("adequacy.target", "cells to count", adequacy.target, "cells", "ICSH 2008, CLSI H20-A2")
    yield _words("adequacy.word", "adequacy", adequacy.word, "computed", adequacy.note)
    for share in filter(None, (quality.odd, quality.unsure)):  # never withheld: one may be the reason for it
        yield of_share(share, origin)
    for code, count in uncounted:
        name = f"{vocabulary[code].plural}, outside the denominator"
        yield _number(f"uncounted.{code}.count", name, count, "cells", origin)


def _shares(ratios: Ratios, vocabulary: Vocabulary, origin: str) -> Iterator[Fact]:
    for share in ratios.differential:
        yield of_share(share, origin)
    for share, marks in ((ratios.cblc, ()), (ratios.blasts, MARKS)):
        stem = share.id.split(".")[0]
        number = _number(f"{stem}.count", f"{share.name}, cells", share.count, "cells", origin)
        yield replace(number, value=None, withheld=share.withheld) if share.withheld else number
        yield of_share(share, origin, marks)
    yield of_share(ratios.smudge.share, origin)
    smudge, names = ratios.smudge, (vocabulary.cblc_name, ratios.blasts.name)
    bounds = ((smudge.cblc_low, smudge.cblc_high), (smudge.blasts_low, smudge.blasts_high))
    for stem, name, ends in zip(("cblc", "blasts"), names, bounds, strict=True):
        for end, part, bound in zip(("low", "high"), ("none", "all"), ends, strict=True):
            bare = Share(
                f"{stem}.{end}_smudge",
                f"{name}, were {part} of the smudge cells among them",
                smudge.share.count,
                smudge.share.total,
                bound,
                None,
                withheld=smudge.share.withheld,
            )
            yield of_share(bare, origin, MARKS if stem == "blasts" else ())


def _corrected(ratios: Ratios) -> Iterator[Fact]:
    for one in ratios.corrected:
        marks = MARKS if one.share == "blasts.ratio" else ()
        ways = (("", "on these cells", one.same_cells), ("_patient", "for the patient", one.patient))
        for ending, what, interval in ways:
            origin = f"computed from {one.share} and the classifier's confusion on {one.patients} patients"
            bare = Share(
                f"{one.id}{ending}", f"{one.name}, {what}", 0, 100, one.value, interval, None, one.assumption,
                one.withheld,
            )  # fmt: skip
            yield of_share(bare, origin, marks)


def _marker(marker: MarkerReading, models: Sequence[ModelStamp], info: CaseInfo) -> Iterator[Fact]:
    names = [f"{m.name} ({m.digest[:8]}), learned from {m.marker_truth} values" for m in models if m.markers]
    origin = "estimated by " + " and ".join(names) + (", synthetic case" if info.domain is Domain.PROCEDURAL else "")
    if marker.cut is not None:
        name = f"cut-off of {marker.name}"
        yield Fact(f"marker.{marker.id}.cut", name, marker.cut, marker.units, 2, None, marker.cut_origin)
    for some in (marker.whole, *marker.classes):
        of = f"{marker.name} of {some.name}"
        if some.withheld:
            yield Fact(f"{some.id}.median", f"{of}, median", None, marker.units, 2, None, origin, some.withheld)
            continue
        for one in some.quantiles:
            if one.share == 0.5 or not some.code:
                name = "median" if one.share == 0.5 else f"q{100 * one.share:.0f}"
                said = f"{of}, {name if one.share == 0.5 else f'{100 * one.share:.0f}th percentile'}"
                yield Fact(
                    f"{some.id}.{name}", said, one.value, marker.units, 2, one.interval, origin, note=marker.note
                )
        if some.above:
            yield replace(of_share(some.above, origin), name=f"{of}, above {marker.cut:g} ({marker.cut_origin})")
        if some.bimodality and not some.code:
            yield _shape(some, of, origin)


def _shape(some: Distribution, of: str, origin: str) -> Fact:
    assert some.bimodality is not None
    note = "Sarle's coefficient: above 0.56 it hints at two peaks, or at one that leans far to a side"
    shape = some.bimodality
    return Fact(f"{some.id}.bimodality", f"{of}, bimodality", shape.value, "", 2, shape.interval, origin, note=note)


def _odds(ratios: Ratios, origin: str) -> Iterator[Fact]:
    for odds, unit in ((ratios.me, "ratio"), (ratios.erythroblasts_per_100, "per 100 leukocytes")):
        if odds:
            note = f"{odds.numerator} : {odds.denominator} cells"
            yield Fact(odds.id, odds.name, odds.value, unit, 1, odds.interval, origin, odds.withheld, note)


def of_share(share: Share, origin: str, marks: tuple[int, ...] = ()) -> Fact:
    """A share as per cent, withheld with its reason when there is no ratio."""
    if share.ratio is None:
        reason = share.withheld or "no cells to divide by"
        return Fact(share.id, share.name, None, "%", 0, None, origin, reason, share.note)
    interval = share.interval and Interval(
        100 * share.interval.low, 100 * share.interval.high, share.interval.level, share.interval.method
    )
    ends = (interval.low, interval.high) if interval else ()
    value = 100 * share.ratio
    digits = _digits(share.total, (value, *ends), marks)
    return Fact(share.id, share.name, value, "%", digits, interval, origin, note=share.note)


def _digits(total: int, values: Sequence[float], marks: Sequence[int]) -> int:
    """One digit from a hundred cells on; more where rounding would carry a value over a mark ('19.8' → '20')."""
    digits = 1 if total >= 100 else 0
    while digits < 4 and any((value >= mark) != (round(value, digits) >= mark) for value in values for mark in marks):
        digits += 1
    return digits


def _criterion(id: str, criterion: Criterion, quality: Quality) -> Fact:
    if quality.withheld:
        return Fact(id, criterion.system, None, "", 0, None, "computed", quality.withheld, criterion.note)
    words = f"{criterion.reading}; {criterion.certainty}; genetics {criterion.genetics}"
    return _words(id, criterion.system, words, "computed from blasts.ratio", criterion.note)


def _number(id: str, name: str, value: int, unit: str, origin: str) -> Fact:
    return Fact(id, name, value, unit, 0, None, origin)


def _words(id: str, name: str, value: str, origin: str, note: str = "") -> Fact:
    return Fact(id, name, value, "", 0, None, origin, note=note)
