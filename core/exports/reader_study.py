"""Cases as a reader study: what readers and the network said of the same cells, under codes, for analysis elsewhere.

    reads.csv     long: a line a read, with reader, case, cell, condition, what was said, and the reference if any
    calls.csv     a line a cell: the network's call, its probabilities and doubts
    cases.csv     a line a case, with the digest of what was filed
    about.json    format, notice, which columns take which values

`reads.csv` is laid out as multi-reader multi-case analyses take it: `reader`, `case` with `cell` in it, `condition` as
the treatment, `early` as the rating and `reference_early` as the truth. Who is who stands in the key, a file of its own
that stays at the site.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import filed, labels
from core.errors import BadInput
from core.exchange import values
from core.exchange.case_json import NOTICE
from core.exports import study_codes
from core.exports.archive import table, zipped
from core.filed import Filed
from core.records import Call, Domain, Review, Stream

FORMAT = "hemaboard.reader-study/1"
UNAIDED, AIDED = "unaided", "aided"
READS = (
    "reader", "case", "cell", "condition", "repeat", "order", "stream", "label", "early", "blasts", "call",
    "reference", "reference_early", "reference_blasts",
)  # fmt: skip
CALLS = (
    "case", "cell", "call", "probability", "possible", "oddness", "early", "blasts", "early_probability",
    "blasts_probability",
)  # fmt: skip
CASES = (
    "case", "patient", "specimen", "modality", "synthetic", "vocabulary", "images", "cells", "counted", "target",
    "withheld", "classifier", "classifier_sha256", "filed_sha256",
)  # fmt: skip
KEY = ("kind", "code", "name")
MEANINGS = {
    "condition": f"{UNAIDED}: the network's call was hidden; {AIDED}: it was in view",
    "repeat": "1 for a reader's first read of the cell in this condition, 2 for the second",
    "order": "place of the read among all reads of the reader, from 1",
    "stream": "random: of a sample drawn at random; observer: of independent reads; targeted: chosen by the reader",
    "early, blasts": "1 when the label belongs to the composite of early cells, to blasts and equivalents; else 0",
    "early_probability, blasts_probability": "the network's probabilities of those classes, added up",
    "reference": "what was adjudicated, else empty",
}


@dataclass(frozen=True, slots=True)
class _Codes:
    """Codes by name."""

    cases: Mapping[str, str]
    patients: Mapping[str, str]
    readers: Mapping[str, str]
    cells: Mapping[str, Mapping[str, str]]  # by case


def written(cases: Sequence[Filed], secret: bytes) -> bytes:
    """A ZIP; `secret` is `study_codes.secret`. The order in which cases are given changes nothing."""
    codes = _codes(cases, secret)
    ordered = sorted(cases, key=lambda of: codes.cases[of.id])
    reads = sorted(_reads(ordered, codes), key=lambda row: tuple(row[name] for name in READS[:5]))
    classes = list(dict.fromkeys(f"p_{code}" for of in ordered for code in of.vocabulary.codes))
    calls = sorted((row for of in ordered for row in _calls(of, codes)), key=lambda row: str(row["cell"]))
    told = [_case(of, codes) for of in ordered]
    about = {
        "format": FORMAT,
        "notice": NOTICE,
        "sha256": [row["filed_sha256"] for row in told],
        "readers": len(codes.readers),
        "columns": MEANINGS,
    }
    members = {
        "reads.csv": table(READS, reads),
        "calls.csv": table((*CALLS, *classes), calls),
        "cases.csv": table(CASES, told),
        "about.json": (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode(),
    }
    return zipped(members)


def key(cases: Sequence[Filed], secret: bytes) -> bytes:
    """Who is who, as CSV. Whoever holds it can undo the codes."""
    codes = _codes(cases, secret)
    rows = [{"kind": "reader", "code": code, "name": name} for name, code in codes.readers.items()]
    rows += [{"kind": "case", "code": code, "name": name} for name, code in codes.cases.items()]
    rows += [{"kind": "patient", "code": code, "name": name} for name, code in codes.patients.items()]
    rows += [{"kind": "cell", "code": c, "name": name} for its in codes.cells.values() for name, c in its.items()]
    return table(KEY, sorted(rows, key=lambda row: (row["kind"], row["code"])))


def _codes(cases: Sequence[Filed], secret: bytes) -> _Codes:
    ids = [of.id for of in cases]
    if not ids or len(set(ids)) < len(ids):
        raise BadInput("one case or more, each once", f"{len(ids)} cases, {len(set(ids))} different", "Name each once.")
    named = study_codes.numbered(secret, "case", ids, "C")
    readers = {review.actor for of in cases for review in _own(of)}
    cells = {
        of.id: study_codes.numbered(secret, f"cell of {of.id}", [c.id for c in of.seen.cells], f"{named[of.id]}-")
        for of in cases
    }
    patients = study_codes.numbered(secret, "patient", [of.info.pseudonym for of in cases], "P")
    return _Codes(named, patients, study_codes.numbered(secret, "reader", readers, "R"), cells)


def _own(of: Filed) -> list[Review]:
    """Reads that stand, of cells of this run. What was adjudicated is no read but the reference."""
    there = {cell.id for cell in of.seen.cells}
    return [r for r in labels.standing(of.reviews) if r.cell in there and r.stream is not Stream.ADJUDICATED]


def _reads(cases: Sequence[Filed], codes: _Codes) -> Iterator[dict[str, Any]]:
    """In the order of time, which is told as a place and never as a moment."""
    every = sorted(((review.at, of.id, n, of, review) for of in cases for n, review in enumerate(_own(of))),
                   key=lambda one: one[:3])  # fmt: skip
    places: dict[str, int] = {}
    repeats: dict[tuple[str, str, str, bool], int] = {}
    reference = {of.id: _reference(of) for of in cases}
    calls = {of.id: {call.cell: call.label for call in of.seen.calls} for of in cases}
    for _, case, _, of, review in every:
        whose = (review.actor, case, review.cell, review.saw_call)
        places[review.actor] = places.get(review.actor, 0) + 1
        repeats[whose] = repeats.get(whose, 0) + 1
        settled = reference[case].get(review.cell)
        yield {
            "reader": codes.readers[review.actor],
            "case": codes.cases[case],
            "cell": codes.cells[case][review.cell],
            "condition": AIDED if review.saw_call else UNAIDED,
            "repeat": repeats[whose],
            "order": places[review.actor],
            "stream": review.stream.value,
            "label": review.now,
            **_in(of, review.now),
            "call": calls[case].get(review.cell),
            "reference": settled,
            **{f"reference_{name}": value for name, value in _in(of, settled).items()},
        }


def _reference(of: Filed) -> dict[str, str]:
    return {r.cell: r.now for r in labels.standing(of.reviews) if r.stream is Stream.ADJUDICATED}


def _in(of: Filed, label: str | None) -> dict[str, int | None]:
    """Of a vocabulary without composites nothing can be said, nor of no label."""
    early, blasts = of.vocabulary.members("cblc"), of.vocabulary.members("blasts")
    if label is None or not early:
        return {"early": None, "blasts": None}
    return {"early": int(label in early), "blasts": int(label in blasts)}


def _calls(of: Filed, codes: _Codes) -> Iterator[dict[str, Any]]:
    for call in of.seen.calls:
        yield {
            "case": codes.cases[of.id],
            "cell": codes.cells[of.id][call.cell],
            "call": call.label,
            "probability": values.rounded(call.probabilities.get(call.label)),
            "possible": "|".join(call.possible),
            "oddness": values.rounded(call.oddness),
            **_in(of, call.label),
            "early_probability": _summed(of, call, "cblc"),
            "blasts_probability": _summed(of, call, "blasts"),
            **{f"p_{name}": value for name, value in values.numbers(call.probabilities).items()},
        }


def _summed(of: Filed, call: Call, composite: str) -> float | None:
    members = of.vocabulary.members(composite)
    return values.rounded(sum(call.probabilities.get(code, 0.0) for code in sorted(members))) if members else None


def _case(of: Filed, codes: _Codes) -> dict[str, Any]:
    naming = next((model for model in of.seen.models if model.task in ("classifier", "phenotyper")), None)
    return {
        "case": codes.cases[of.id],
        "patient": codes.patients[of.info.pseudonym],
        "specimen": of.info.specimen.value,
        "modality": of.info.modality.value,
        "synthetic": of.info.domain is Domain.PROCEDURAL,
        "vocabulary": of.info.vocabulary,
        "images": len(of.seen.images),
        "cells": len(of.seen.cells),
        "counted": of.reading.adequacy.counted,
        "target": of.reading.adequacy.target,
        "withheld": of.reading.quality.withheld,
        "classifier": naming.name if naming else None,
        "classifier_sha256": naming.digest if naming else None,
        "filed_sha256": filed.sha256(of),
    }
