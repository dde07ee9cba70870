"""The store's tests of the surroundings, and its curves of worse pictures.

Each row is bound by the trail, as reviews are. Events say that a test was made, of how many cells and with what word.
A result holds medians of markers only where marker values of its case may be kept at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from core import markers
from core.cases import robustness_jobs, rows, sightings, trail
from core.cases.database import Database
from core.cases.rows import Named
from core.cases.tables import cases, cells, runs, stamps
from core.cases.tables_robustness import robustness_results, strength_curves
from core.doors.robustness import Latest
from core.errors import BadInput, NotFound
from core.records import Domain, ModelStamp
from core.robustness import plain
from core.robustness.curves import Curves
from core.robustness.records import Robustness, Word, extent, replaces

TESTED = "background.tested"
DRAWN = "background.curves"
MARKER = "marker."
LONGEST = 2000  # characters of anything that a result says
AT_ONCE = 500  # databases bound the number of parameters


class RobustnessResults:
    """`core.doors.robustness.RobustnessDoor`. Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, case_id: str, result: Robustness, *, actor: str, job: str = "") -> Robustness:
        with self._database.writing() as connection:
            salt, domain = _case(connection, case_id)
            _check_run(connection, case_id, result, domain)
            number = _next(connection, robustness_results, case_id)
            kept = replace(result, number=number, actor=actor, at=dt.datetime.now(dt.UTC))
            digest = _insert(connection, robustness_results, case_id, salt, _row(kept))
            told = {"run": kept.run, "cells": len(kept.tested), "of": kept.frame, "word": str(kept.verdict.word)}
            trail.append(connection, actor, TESTED, case_id, told | {trail.HOLDS: [digest]})
            if job:
                robustness_jobs.done(connection, job, case_id)
        return kept

    def results(self, case_id: str) -> list[Robustness]:
        return [result_of(row) for row in self._rows(robustness_results, case_id)]

    def add_curves(self, case_id: str, found: Curves, *, actor: str, job: str = "") -> Curves:
        with self._database.writing() as connection:
            salt, domain = _case(connection, case_id)
            _check_run(connection, case_id, found, domain)
            number = _next(connection, strength_curves, case_id)
            kept = replace(found, number=number, actor=actor, at=dt.datetime.now(dt.UTC))
            digest = _insert(connection, strength_curves, case_id, salt, _row(kept))
            told = {"run": kept.run, "cells": len(kept.tested), "of": kept.frame}
            trail.append(connection, actor, DRAWN, case_id, told | {trail.HOLDS: [digest]})
            if job:
                robustness_jobs.done(connection, job, case_id)
        return kept

    def curves(self, case_id: str) -> list[Curves]:
        return [curves_of(row) for row in self._rows(strength_curves, case_id)]

    def _rows(self, table: sa.Table, case_id: str) -> list[Named]:
        with self._database.reading() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
                raise sightings.no_case(case_id)
            its = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.number)
            return list(connection.execute(its).mappings())

    def latest(self, case_ids: Sequence[str]) -> dict[str, Latest]:
        table, found = robustness_results, dict[str, Latest]()
        kinds, most, frame = (table.c.result[path] for path in (("asked", "settings"), ("asked", "cells"), ("frame",)))
        looked = (kinds.label("kinds"), most.as_integer().label("most"), frame.as_integer().label("frame"))
        wanted = sa.select(table.c.case_id, table.c.run, table.c.calls, table.c.model, table.c.word, *looked)
        with self._database.reading() as connection:
            for start in range(0, len(case_ids), AT_ONCE):
                some = wanted.where(table.c.case_id.in_(case_ids[start : start + AT_ONCE]))
                for row in connection.execute(some.order_by(table.c.case_id, table.c.number)):
                    of = extent(row.kinds, row.most, row.frame)
                    one = Latest(row.run, row.calls, row.model, Word(row.word), of)
                    held = found.get(row.case_id)
                    same = held is not None and (held.calls, held.model) == (one.calls, one.model)
                    if held is None or not same or replaces(one.extent, held.extent):
                        found[row.case_id] = one
        return found


def _case(connection: sa.Connection, case_id: str) -> tuple[str, Domain]:
    case = connection.execute(sa.select(cases.c.salt, cases.c.domain).where(cases.c.id == case_id)).one_or_none()
    if case is None:
        raise sightings.no_case(case_id)
    return case.salt, Domain(case.domain)


def _next(connection: sa.Connection, table: sa.Table, case_id: str) -> int:
    last = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0)).where(table.c.case_id == case_id)
    return int(connection.execute(last).scalar_one()) + 1


def _insert(connection: sa.Connection, table: sa.Table, case_id: str, salt: str, row: dict[str, Any]) -> str:
    digest = trail.digest(salt, trail.record_content(table, row))
    connection.execute(sa.insert(table).values(row | {"case_id": case_id, "digest": digest}))
    return digest


def result_of(row: Named) -> Robustness:
    """ValueError, TypeError or KeyError when the row is no result."""
    found = replace(plain.of_table(row["result"]), number=row["number"], actor=row["actor"], at=row["at"])
    if (found.run, found.calls, found.model, str(found.verdict.word)) != tuple(
        row[name] for name in ("run", "calls", "model", "word")
    ):
        raise ValueError("a test of the surroundings whose columns are not those of its result")
    return found


def curves_of(row: Named) -> Curves:
    """ValueError, TypeError or KeyError when the row is none."""
    table = plain.curves_of_table(row["result"])
    found = replace(table, number=row["number"], actor=row["actor"], at=row["at"])
    if (found.run, found.calls, found.model) != tuple(row[name] for name in ("run", "calls", "model")):
        raise ValueError("curves whose columns are not those of their result")
    return found


def check_arrived(
    arrived: Mapping[str, Sequence[dict[str, Any]]],
    seen: Mapping[str, set[str]],
    models: Mapping[str, Sequence[ModelStamp]],
    domain: Domain,
) -> None:
    """Of a case on its way in; `seen` are the cells and `models` the stamps of each run. ValueError, KeyError."""
    for table, read in ((robustness_results, result_of), (strength_curves, curves_of)):
        for number, row in enumerate(arrived[table.name], start=1):
            found: Robustness | Curves = read(row)
            if found.number != number:
                raise ValueError(f"{table.name} that do not follow one another")
            try:
                _check(found, seen[found.run], models[found.run], domain)
            except BadInput as error:
                raise ValueError(str(error)) from error


def _check_run(connection: sa.Connection, case_id: str, result: Robustness | Curves, domain: Domain) -> None:
    its = sa.select(runs.c.id).where(runs.c.case_id == case_id, runs.c.id == result.run)
    if connection.execute(its).first() is None:
        raise NotFound(f"run {result.run} of case {case_id}", "no such run", "Open the case again.")
    there = set(connection.execute(sa.select(cells.c.id).where(cells.c.run_id == result.run)).scalars())
    told = connection.execute(sa.select(stamps).where(stamps.c.run_id == result.run)).mappings()
    _check(result, there, [rows.stamp(row) for row in told], domain)


def _check(result: Robustness | Curves, there: set[str], models: Sequence[ModelStamp], domain: Domain) -> None:
    """A result says nothing of cells that its run did not see, and nothing of markers that must not be seen."""
    strange = len(_named(result) - there)
    if not result.tested or strange:
        found = f"{strange} cells that it did not see" if result.tested else "none"
        raise BadInput(f"cells of run {result.run}", found, "Test the case again.")
    if result.model not in {model.digest for model in models}:
        raise BadInput(f"the weights that spoke in run {result.run}", result.model[:12], "Test the case again.")
    withheld = markers.withheld(models, domain)
    if withheld and any(name.startswith(MARKER) for name in _numbers(result)):
        raise BadInput(f"nothing of markers, because {withheld}", "their medians", "Test the case again.")
    said = _words(result)
    if any(len(text) > LONGEST or text != rows.storable(text) for text in said):
        raise BadInput(f"plain words of at most {LONGEST} characters", "others", "Test the case again.")


def _named(result: Robustness | Curves) -> set[str]:
    if isinstance(result, Curves):
        return set(result.tested)
    named = {*result.tested, *(one.cell for one in result.flipped)}
    return named | {turn.donor for one in result.flipped for turn in one.turns if turn.donor}


def _numbers(result: Robustness | Curves) -> list[str]:
    if isinstance(result, Curves):
        return [line.id for curve in result.curves for line in curve.lines]
    return [one.id for setting in result.settings for one in setting.moved]


def _words(result: Robustness | Curves) -> list[str]:
    if isinstance(result, Curves):
        lines = [line.name for curve in result.curves for line in curve.lines]
        return [*result.notes, *lines, *(curve.skipped for curve in result.curves)]
    verdict = result.verdict
    return [verdict.said, *verdict.reasons, *verdict.limits, *result.notes]


def _row(result: Robustness | Curves) -> dict[str, Any]:
    keys = ("number", "run", "calls", "model", "at", "actor")
    own = {"word": str(result.verdict.word)} if isinstance(result, Robustness) else {}
    return {key: getattr(result, key) for key in keys} | own | {"result": plain.as_table(result)}
