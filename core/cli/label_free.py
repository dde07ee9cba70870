"""What the command line says of a label-free case: classes, markers or why they are withheld, checks."""

from __future__ import annotations

from collections.abc import Iterator

from core import facts
from core.readings import LabelFreeReading

SHOWN = (".share", ".median", ".above", ".bimodality")


def lines(reading: LabelFreeReading) -> Iterator[str]:
    """One line a number; of withheld markers one line for all."""
    told = ("class.",) if reading.markers_withheld else ("class.", "marker.")
    for fact in reading.facts:
        if fact.id.startswith(told) and fact.id.endswith(SHOWN):
            yield f"{fact.name}: {facts.text(fact)}"
    if reading.markers_withheld:
        names = ", ".join(marker.name for marker in reading.markers)
        yield f"markers{f' ({names})' if names else ''} withheld: {reading.markers_withheld}"
    for check in reading.checks:
        yield f"{check.name}: {check.word}: {check.said}{f' ({check.note})' if check.note else ''}"
