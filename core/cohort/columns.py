"""The columns of a cohort's table: stable names, what each means, and how precisely it is kept.

A share is a count over a total and is kept exactly (64 bits); what was measured off pictures is kept to 32 bits, which
is finer than any camera. A number that may not be stated is empty, and a column `…withheld` beside it says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.vocabulary import Vocabulary


class Kind(StrEnum):
    TEXT = "text"
    WHOLE = "whole number"
    EXACT = "number, 64 bits"
    MEASURED = "number, 32 bits"
    TIME = "time, UTC"
    FLAG = "yes or no"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    unit: str
    meaning: str


def _text(name: str, meaning: str) -> Column:
    return Column(name, Kind.TEXT, "", meaning)


def _whole(name: str, unit: str, meaning: str) -> Column:
    return Column(name, Kind.WHOLE, unit, meaning)


def _exact(name: str, meaning: str, unit: str = "share, 0–1") -> Column:
    return Column(name, Kind.EXACT, unit, meaning)


def _measured(name: str, unit: str, meaning: str) -> Column:
    return Column(name, Kind.MEASURED, unit, meaning)


def _ends(name: str, of: str, unit: str = "share, 0–1") -> tuple[Column, Column]:
    return (
        _exact(f"{name}_low", f"lower end of the 95 % interval of {of}", unit),
        _exact(f"{name}_high", f"upper end of the 95 % interval of {of}", unit),
    )


def _composite(name: str, told: str) -> tuple[Column, ...]:
    return (
        _exact(name, f"{told}, of the counted cells"),
        *_ends(name, name),
        _whole(f"{name}_count", "cells", f"{told}: how many cells"),
        _whole(f"{name}_total", "cells", f"counted cells that {name} is a share of"),
        _measured(f"{name}_effective_n", "cells", f"independent cells that would tell as much of {name}; empty: fields"
                  " not assessed"),
        _text(f"{name}_withheld", f"why {name} may not be stated"),
        _exact(f"{name}_corrected", f"{name} corrected for the classifier's confusion"),
        *_ends(f"{name}_corrected", f"{name}_corrected, for the patient"),
        _text(f"{name}_corrected_withheld", f"why {name}_corrected may not be stated"),
    )  # fmt: skip


def _odds(name: str, told: str, unit: str) -> tuple[Column, ...]:
    return (
        _exact(name, told, unit),
        *_ends(name, name, unit),
        _text(f"{name}_withheld", f"why {name} may not be stated"),
    )


CASE = (
    _text("case", "the case's id in this store"),
    _text("pseudonym", "the patient's pseudonym"),
    _text("specimen", "marrow or blood"),
    _text("modality", "smear or dpc"),
    _text("stain", "as entered"),
    _text("centre", "as entered"),
    _text("scanner", "as entered"),
    Column("synthetic", Kind.FLAG, "", "the pictures were drawn by a program"),
    _measured("um_per_px", "µm per pixel", "as entered for the case; empty: the files say it, or nobody knows"),
    Column("taken_in", Kind.TIME, "", "when the case was made here"),
)
ENGINE = "what ran it, with its version; several of one run separated by |; empty: not written down, or no network"
RUN = (
    _text("state", "of the latest run: none, queued, running, done, failed, cancelled"),
    _text("problem", "what the latest run said of itself, if anything"),
    _text("run", "the run this row was made of: the latest that finished"),
    Column("run_queued", Kind.TIME, "", "when that run was asked for"),
    Column("run_finished", Kind.TIME, "", "when it finished"),
    _measured("run_seconds", "s", "from asked for to finished, waiting included"),
    _text("detector", "name of the network that found the cells"),
    _text("detector_digest", "SHA-256 of its weights"),
    _text("detector_engine", ENGINE),
    _text("classifier", "name of the network that named them"),
    _text("classifier_digest", "SHA-256 of its weights"),
    _text("classifier_engine", ENGINE),
    _text("vocabulary", "whose classes are counted"),
)
COUNTS = (
    _whole("fields", "fields", "pictures looked at"),
    _whole("cells", "cells", "found"),
    _whole("counted", "cells", "of a class in the specimen's denominator"),
    _whole("target", "cells", "that the specimen asks for"),
    _text("adequacy", "adequate or inadequate"),
    _whole("reviewed", "cells", "whose label is a person's"),
    _text("withheld", "why no share of this case may be stated"),
    _text("alerts", "ids of its alerts, separated by |; urgent ones first"),
    _whole("urgent", "alerts", "how many of them are urgent"),
    _text("warnings", "its warnings, separated by |"),
)
RATIOS = (
    *_composite("cblc", "the early-cell composite"),
    *_composite("blasts", "blasts and blast equivalents"),
    _exact("smudge", "smudge cells, of counted and smudge cells"),
    *_ends("smudge", "smudge"),
    _text("smudge_withheld", "why smudge may not be stated"),
    *_odds("me", "myeloid cells for each erythroid one (marrow)", "ratio"),
    *_odds("erythroblasts_per_100", "erythroblasts per 100 leukocytes (blood)", "per 100 leukocytes"),
)
DOUBTS = (
    _exact("unsure", "counted cells with more than one possible class; empty: the model has no sets"),
    _exact("odd", "counted cells unlike those the model was calibrated on; empty: it cannot tell"),
    _measured("set_size", "classes", "mean number of possible classes of a cell; empty: the model has no sets"),
    _measured("confidence", "probability, 0–1", "median over all cells of the likeliest class's probability"),
    _measured("oddness", "share, 0–1", "median over all cells of the calibration cells that were less odd"),
)
STAIN = (
    _whole("stain_fields", "fields", "that the following were measured on, spread evenly over the case"),
    *(_measured(f"glass_{c}", "0–255", f"{c} of clear glass, as the camera saw it") for c in ("red", "green", "blue")),
    _measured("brightness", "%", "of clear glass: its mean over red, green and blue"),
    _measured("density", "OD", "median optical density of the stained parts of cells, over red, green and blue"),
    _measured("azure", "%", "red light absorbed by the stained parts of cells, of red and blue"),
    *(_measured(f"azure_{c}", "unit vector", f"{c} part of the cells' optical density")
      for c in ("red", "green", "blue")),
    *(_measured(f"eosin_{c}", "unit vector", f"{c} part of the optical density outside cells: the erythrocytes'")
      for c in ("red", "green", "blue")),
)  # fmt: skip
FIXED = (*CASE, *RUN, *COUNTS, *RATIOS, *DOUBTS, *STAIN)
LIVE = ("state", "problem")  # of the latest run: they change without the row


def of_classes(vocabularies: Sequence[Vocabulary]) -> tuple[Column, ...]:
    """Four columns a class, in the order of the vocabularies; a code that two of them hold stands once."""
    found: dict[str, Column] = {}
    for words in vocabularies:
        for one in words.classes:
            name = f"share_{one.code}"
            made = (
                _whole(f"count_{one.code}", "cells", f"called {one.name}"),
                _exact(name, f"{one.name}, of the counted cells; empty also where the specimen does not count them"),
                *_ends(name, name),
            )
            for column in made:
                found.setdefault(column.name, column)
    return tuple(found.values())


def columns(vocabularies: Sequence[Vocabulary]) -> tuple[Column, ...]:
    """All of them, in their order."""
    return (*FIXED, *of_classes(vocabularies))
