"""What only a label-free case has in case.json: checks, distributions, and each cell's views, gate and markers."""

from __future__ import annotations

from collections.abc import Mapping

from core.exchange import values
from core.exchange.values import Document
from core.readings import Bimodality, Distribution, LabelFreeReading, MarkerReading
from core.records import Call, MarkerValue


def part(reading: LabelFreeReading) -> Document:
    """The label-free section, and null where a smear has its shares."""
    return {
        "cblc": None,
        "blasts": None,
        "corrected": [],
        "smudge": None,
        "me": None,
        "erythroblasts_per_100": None,
        "fields": [{"image": i, "counted": counted, "cblc": None, "blasts": None} for i, counted in reading.fields],
        "criteria": [],
        "label_free": {
            "markers_withheld": reading.markers_withheld,
            "markers": [_marker(marker) for marker in reading.markers],
            "checks": [
                {"id": c.id, "name": c.name, "said": c.said, "word": c.word, "note": c.note} for c in reading.checks
            ],
        },
    }


def of_cell(call: Call | None, markers: Mapping[str, MarkerValue]) -> Document:
    """Of a call only what is no marker; the values are given by who knows that they may be seen."""
    gate = call.gate if call else None
    return {
        "views": list(call.views) if call else [],
        "gate": {"class": values.rounded(gate[0]), "markers": values.rounded(gate[1])} if gate else None,
        "markers": {
            name: {
                "value": values.rounded(markers[name].value),
                "low": values.rounded(markers[name].low),
                "high": values.rounded(markers[name].high),
            }
            for name in sorted(markers)
        },
    }


def _marker(marker: MarkerReading) -> Document:
    return {
        "id": marker.id,
        "name": marker.name,
        "units": marker.units,
        "cut": values.rounded(marker.cut),
        "cut_origin": marker.cut_origin,
        "note": marker.note,
        "withheld": marker.withheld,
        "distributions": [_distribution(some) for some in (marker.whole, *marker.classes)],
    }


def _distribution(some: Distribution) -> Document:
    return {
        "id": some.id,
        "name": some.name,
        "class": some.code or None,
        "cells": some.cells,
        "quantiles": [
            {"share": one.share, "value": values.rounded(one.value), "interval": values.interval(one.interval)}
            for one in some.quantiles
        ],
        "above": values.share(some.above) if some.above else None,
        "bimodality": _shape(some.bimodality),
        "withheld": some.withheld,
    }


def _shape(shape: Bimodality | None) -> Document | None:
    if shape is None:
        return None
    return {
        "value": values.rounded(shape.value),
        "interval": values.interval(shape.interval),
        "above_even": shape.above,
    }
