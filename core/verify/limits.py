"""The acceptance limits: one TOML file, every criterion in it, each with its reason and source."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import BadSettings

SHIPPED = Path(__file__).with_name("limits.toml")
VERSION = 1


class Side(StrEnum):
    """On which side of the limit the whole interval must lie."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    WITHIN = "within ±"


class Otherwise(StrEnum):
    """What follows when a criterion is not met."""

    TOO_FEW = "no verdict"  # the amounts: below them nothing is decided
    NO_GO = "no-go"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is measured: part of the program, not of the file."""

    id: str
    name: str
    side: Side
    unit: str  # '%', 'points', 'cases', 'cells'


@dataclass(frozen=True, slots=True)
class Limit:
    criterion: Criterion
    limit: float
    otherwise: Otherwise
    reason: str
    source: str
    condition: str = ""


AMOUNTS = tuple(
    Criterion(id, name, Side.AT_LEAST, unit)
    for id, name, unit in (
        ("cases", "labelled cases", "cases"),
        ("cells", "labelled cells that are counted", "cells"),
        ("cases_above", "cases with blasts of 20 % or more", "cases"),
        ("cases_below", "cases with blasts below 20 %", "cases"),
    )
)
MEASURED = tuple(
    Criterion(id, name, side, unit)
    for id, name, side, unit in (
        ("found", "labelled cells that were found", Side.AT_LEAST, "%"),
        ("found_blasts", "labelled blasts that were found", Side.AT_LEAST, "%"),
        ("found_rightly", "outlines that are labelled cells", Side.AT_LEAST, "%"),
        ("blasts_bias", "bias of the blast share", Side.WITHIN, "points"),
        ("blasts_spread", "outer limit of agreement of the blast share", Side.AT_MOST, "points"),
        ("blasts_agreement", "agreement on blasts of 20 % or more", Side.AT_LEAST, "%"),
        ("blasts_covered", "patient intervals of the blast share that hold", Side.AT_LEAST, "%"),
        ("blasts_width", "mean width of the patient interval, blasts", Side.AT_MOST, "points"),
        ("cblc_bias", "bias of the composite", Side.WITHIN, "points"),
        ("cblc_spread", "outer limit of agreement of the composite", Side.AT_MOST, "points"),
        ("cblc_covered", "patient intervals of the composite that hold", Side.AT_LEAST, "%"),
        ("cblc_width", "mean width of the patient interval, composite", Side.AT_MOST, "points"),
        ("blasts_precision", "cells called blasts that are", Side.AT_LEAST, "%"),
        ("blasts_sensitivity", "blasts that were found and are called so", Side.AT_LEAST, "%"),
        ("odd", "cells unlike the calibration cells", Side.AT_MOST, "%"),
        ("withheld", "cases whose numbers are withheld", Side.AT_MOST, "%"),
    )
)
CRITERIA = {criterion.id: criterion for criterion in (*AMOUNTS, *MEASURED)}
TEXTS = ("reason", "source")


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits, in the order of the criteria; `changed` names those that differ from the shipped file."""

    by_id: Mapping[str, Limit]
    changed: tuple[str, ...] = ()

    def __getitem__(self, id: str) -> Limit:
        return self.by_id[id]


def limits(file: Path | None = None) -> Limits:
    """The shipped limits, or those of a site's own copy: every criterion must be there, and no other."""
    shipped = _read(SHIPPED)
    if file is None:
        return Limits(shipped)
    own = _read(file)
    changed = tuple(id for id in CRITERIA if _decides(own[id]) != _decides(shipped[id]))
    return Limits(own, changed)


def _decides(limit: Limit) -> tuple[float, Otherwise]:
    return limit.limit, limit.otherwise


def _read(file: Path) -> dict[str, Limit]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadSettings("a file of limits", f"{file} ({error.strerror})", "Correct the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"TOML in {file.name}", str(error), "Mend that line.") from error
    if table.pop("version", None) != VERSION:
        raise BadSettings(f"version = {VERSION} in {file.name}", "another or none", "Start from the shipped file.")
    missing, strange = CRITERIA.keys() - table.keys(), table.keys() - CRITERIA.keys()
    if missing or strange:
        found = f"missing {', '.join(sorted(missing)) or 'none'}; unknown {', '.join(sorted(strange)) or 'none'}"
        raise BadSettings(f"every criterion once in {file.name}", found, "Start from the shipped file.")
    return {id: _limit(CRITERIA[id], table[id], file.name) for id in CRITERIA}


def _limit(criterion: Criterion, row: Any, file: str) -> Limit:
    where = f"[{criterion.id}] of {file}"
    amount = criterion in AMOUNTS
    allowed = {"limit", *TEXTS} | (set() if amount else {"otherwise", "condition"})
    if not isinstance(row, dict) or set(row) - allowed:
        raise BadSettings(f"{', '.join(sorted(allowed))} in {where}", repr(row)[:80], "Remove what is not among them.")
    value = row.get("limit")
    highest = math.inf if amount else 100.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= highest:
        raise BadSettings(f"a limit above 0 {'' if amount else 'and up to 100 '}in {where}", repr(value), "Mend it.")
    for key in TEXTS:
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise BadSettings(f"a {key} in {where}", repr(row.get(key)), "Say in words why this limit stands.")
    otherwise = str(Otherwise.TOO_FEW if amount else row.get("otherwise"))
    if otherwise not in ((Otherwise.TOO_FEW,) if amount else (Otherwise.NO_GO, Otherwise.CONDITION)):
        raise BadSettings(f'otherwise = "no-go" or "condition" in {where}', repr(otherwise), "Choose one.")
    condition = row.get("condition", "")
    if not isinstance(condition, str) or bool(condition.strip()) != (otherwise == Otherwise.CONDITION):
        do = 'Write a condition with otherwise = "condition", and only there.'
        raise BadSettings(f"a condition where one is announced in {where}", repr(condition), do)
    return Limit(criterion, float(value), Otherwise(otherwise), row["reason"], row["source"], condition)
