"""The store's tests of the surroundings.

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
from core.cases import rows, sightings, trail
from core.cases.database import Database
from core.cases.rows import Named
from core.cases.tables import cases, cells, runs, stamps
from core.cases.tables_robustness import robustness_results
from core.doors.robustness import Latest
from core.errors import BadInput, NotFound
from core.records import Domain, ModelStamp
from core.robustness import plain
from core.robustness.records import Robustness, Word, replaces

TESTED = "background.tested"
MARKER = "marker."
LONGEST = 2000  # characters of anything that a result says
AT_ONCE = 500  # databases bound the number of parameters


class RobustnessResults:
    """`core.doors.robustness.RobustnessDoor`. Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, case_id: str, result: Robustness, *, actor: str) -> Robustness:
        table = robustness_results
        with self._database.writing() as connection:
            its = sa.select(cases.c.salt, cases.c.domain).where(cases.c.id == case_id)
            case = connection.execute(its).one_or_none()
            if case is None:
                raise sightings.no_case(case_id)
            _check_run(connection, case_id, result, Domain(case.domain))
            last = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0)).where(table.c.case_id == case_id)
            number = connection.execute(last).scalar_one() + 1
            kept = replace(result, number=number, actor=actor, at=dt.datetime.now(dt.UTC))
            row = _row(kept)
            digest = trail.digest(case.salt, trail.record_content(table, row))
            connection.execute(sa.insert(table).values(row | {"case_id": case_id, "digest": digest}))
            told = {"run": kept.run, "cells": len(kept.tested), "of": kept.frame, "word": str(kept.verdict.word)}
            trail.append(connection, actor, TESTED, case_id, told | {trail.HOLDS: [digest]})
        return kept

    def results(self, case_id: str) -> list[Robustness]:
        table = robustness_results
        with self._database.reading() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
                raise sightings.no_case(case_id)
            its = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.number)
            return [result_of(row) for row in connection.execute(its).mappings()]

    def latest(self, case_ids: Sequence[str]) -> dict[str, Latest]:
        table, found = robustness_results, dict[str, Latest]()
        settings = table.c.result[("asked", "settings")].label("settings")
        wanted = sa.select(table.c.case_id, table.c.run, table.c.calls, table.c.model, table.c.word, settings)
        with self._database.reading() as connection:
            for start in range(0, len(case_ids), AT_ONCE):
                some = wanted.where(table.c.case_id.in_(case_ids[start : start + AT_ONCE]))
                for row in connection.execute(some.order_by(table.c.case_id, table.c.number)):
                    one = Latest(row.run, row.calls, row.model, Word(row.word), tuple(row.settings))
                    held = found.get(row.case_id)
                    same = held is not None and (held.calls, held.model) == (one.calls, one.model)
                    if held is None or not same or replaces(one.settings, held.settings):
                        found[row.case_id] = one
        return found


def result_of(row: Named) -> Robustness:
    """ValueError, TypeError or KeyError when the row is no result."""
    found = replace(plain.of_table(row["result"]), number=row["number"], actor=row["actor"], at=row["at"])
    if (found.run, found.calls, found.model, str(found.verdict.word)) != tuple(
        row[name] for name in ("run", "calls", "model", "word")
    ):
        raise ValueError("a test of the surroundings whose columns are not those of its result")
    return found


def check_arrived(
    arrived: Mapping[str, Sequence[dict[str, Any]]],
    seen: Mapping[str, set[str]],
    models: Mapping[str, Sequence[ModelStamp]],
    domain: Domain,
) -> None:
    """Of a case on its way in; `seen` are the cells and `models` the stamps of each run. ValueError, KeyError."""
    for number, row in enumerate(arrived[robustness_results.name], start=1):
        found = result_of(row)
        if found.number != number:
            raise ValueError("tests of the surroundings that do not follow one another")
        try:
            _check(found, seen[found.run], models[found.run], domain)
        except BadInput as error:
            raise ValueError(str(error)) from error


def _check_run(connection: sa.Connection, case_id: str, result: Robustness, domain: Domain) -> None:
    its = sa.select(runs.c.id).where(runs.c.case_id == case_id, runs.c.id == result.run)
    if connection.execute(its).first() is None:
        raise NotFound(f"run {result.run} of case {case_id}", "no such run", "Open the case again.")
    there = set(connection.execute(sa.select(cells.c.id).where(cells.c.run_id == result.run)).scalars())
    told = connection.execute(sa.select(stamps).where(stamps.c.run_id == result.run)).mappings()
    _check(result, there, [rows.stamp(row) for row in told], domain)


def _check(result: Robustness, there: set[str], models: Sequence[ModelStamp], domain: Domain) -> None:
    """A result says nothing of cells that its run did not see, and nothing of markers that must not be seen."""
    named = {*result.tested, *(one.cell for one in result.flipped)}
    named |= {turn.donor for one in result.flipped for turn in one.turns if turn.donor}
    if not result.tested or named - there:
        found = f"{len(named - there)} cells that it did not see" if result.tested else "none"
        raise BadInput(f"cells of run {result.run}", found, "Test the case again.")
    if result.model not in {model.digest for model in models}:
        raise BadInput(f"the weights that spoke in run {result.run}", result.model[:12], "Test the case again.")
    moved = [one for setting in result.settings for one in setting.moved]
    withheld = markers.withheld(models, domain)
    if withheld and any(one.id.startswith(MARKER) for one in moved):
        raise BadInput(f"nothing of markers, because {withheld}", "their medians", "Test the case again.")
    said = (result.verdict.said, *result.verdict.reasons, *result.verdict.limits, *result.notes)
    if any(len(text) > LONGEST or text != rows.storable(text) for text in said):
        raise BadInput(f"plain words of at most {LONGEST} characters", "others", "Test the case again.")


def _row(result: Robustness) -> dict[str, Any]:
    keys = ("number", "run", "calls", "model", "at", "actor")
    own = {"word": str(result.verdict.word), "result": plain.as_table(result)}
    return {key: getattr(result, key) for key in keys} | own
