"""Facts as FHIR Observations.

An interval stands in a component of the Observation. `referenceRange` would be wrong: it says where healthy people lie.
A withheld number has a `dataAbsentReason` and nothing else, not even the component.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.exports.codes import Codes, Coding
from core.readings import Fact, Interval

Resource = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
UNITS = {
    "%": "%",
    "cells": "{cells}",
    "pictures": "{pictures}",
    "ratio": "{ratio}",
    "per 100 leukocytes": "/100{leukocytes}",
}
"""Units of facts in UCUM; those of markers have none there and are given as text."""
INTERVAL = Coding("http://terminology.hl7.org/CodeSystem/precision-estimate-type", "CI", "confidence interval")
UNKNOWN = Coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown", "Unknown")
"""In R4: 'The value is expected to exist but is not known.' Why is said in words."""
LABORATORY = Coding("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory")


@dataclass(frozen=True, slots=True)
class Around:
    """What all Observations of a report share."""

    meta: Resource
    status: str
    subject: Resource
    specimen: Resource
    device: Resource | None  # None: no network named cells, or several did
    issued: str  # '': nothing has finished
    codes: Codes


def observation(fact: Fact, id: str, known: Coding | None, cells: tuple[int, int] | None, around: Around) -> Resource:
    """`known` is the fact's code elsewhere, `cells` the count and total that it is made of."""
    own = Coding(around.codes.systems["codes"], fact.id, fact.name)
    told: Resource = {
        "resourceType": "Observation",
        "id": id,
        "meta": around.meta,
        "status": around.status,
        "category": [concept(LABORATORY)],
        "code": concept(*([known] if known else []), own, text=fact.name),
        "subject": around.subject,
        "issued": around.issued,
        **value(fact),
        "note": [{"text": string(fact.note)}] if fact.note else [],
        "method": {"text": string(fact.origin)},
        "specimen": around.specimen,
        "device": around.device,
        "component": components(fact, cells, around.codes.systems["codes"]),
    }
    return {name: part for name, part in told.items() if part}


def value(fact: Fact) -> Resource:
    if fact.withheld or fact.value is None:
        return {"dataAbsentReason": concept(UNKNOWN, text=fact.withheld or "not stated")}
    if isinstance(fact.value, str):
        return {"valueString": string(fact.value)}
    return {"valueQuantity": quantity(fact.value, fact)}


def components(fact: Fact, cells: tuple[int, int] | None, system: str) -> list[Resource]:
    found: list[Resource] = []
    shown = None if fact.withheld else fact.interval
    if shown is not None and (bounds := _bounds(shown, fact)):
        level = f"{100 * shown.level:.0f} % interval" if shown.level else "interval"
        own = Coding(system, "interval", "interval of the value")
        found.append({"code": concept(INTERVAL, own, text=f"{level}, {shown.method}"), "valueRange": bounds})
        if shown.level:
            percent = {"value": number(100 * shown.level, 1), "unit": "%", "system": UCUM, "code": "%"}
            own = Coding(system, "interval.level", "level of the interval")
            found.append({"code": concept(own), "valueQuantity": percent})
    for count, code, name in zip(
        cells or (), ("count", "total"), ("cells counted in it", "cells it is divided by"), strict=False
    ):
        found.append({"code": concept(Coding(system, code, name)), "valueInteger": count})
    return found


def _bounds(shown: Interval, fact: Fact) -> Resource:
    """An end that lies nowhere is left out: in FHIR a missing end is one that is not known."""
    ends = {"low": shown.low, "high": shown.high}
    return {name: quantity(end, fact) for name, end in ends.items() if math.isfinite(end)}


def quantity(value: float | int, fact: Fact) -> Resource:
    """With the digits that are printed everywhere: more would pretend to a precision that is not there."""
    unit = fact.unit or "1"
    code = "1" if unit == "1" else UNITS.get(unit)
    coded = {"system": UCUM, "code": code} if code else {}
    return {"value": number(value, fact.digits), "unit": unit, **coded}


def number(value: float | int, digits: int) -> float | int:
    return round(value) if digits == 0 else round(float(value), digits)


def concept(*codings: Coding, text: str = "") -> Resource:
    coded = [coding(one) for one in codings]
    return {"coding": coded, **({"text": string(text)} if text else {})}


def coding(one: Coding) -> Resource:
    return {"system": one.system, "code": one.code, "display": string(one.display)}


def string(text: str) -> str:
    """FHIR's strings hold no control characters but tab and line ends, and are not empty."""
    kept = "".join(one for one in text if one in "\t\n\r" or unicodedata.category(one) not in ("Cc", "Cs"))
    return kept.strip() or "not stated"


def identifier(systems: Mapping[str, str], system: str, value: str, name: str) -> Resource:
    return {"type": {"text": name}, "system": systems[system], "value": string(value)}
