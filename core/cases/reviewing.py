"""The store's random samples, signatures, reads.

Each row is bound by the trail: its digest stands in the event that was appended with it, and an import binds it
anew. Events hold no name of a cell's class and no reason; they hold the hash that was signed, so that a signature
that travels with its case can be checked against the history that travels with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.appraisals import Drawn, Stratum
from core.cases import sightings, trail
from core.cases.database import Database
from core.cases.rows import Named, storable
from core.cases.tables import cases, cells
from core.cases.tables_review import sample_steps, samples, signatures
from core.doors.review import Content, Deed, Purpose, Sample, SampleStep, Signature, StepKind
from core.errors import BadInput, Conflict, NotFound

LONGEST = 500  # characters of a reason
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
HISTORY = {Deed.SIGNED: "case.signed", Deed.REOPENED: "case.reopened"}


class Reviewing:
    """`core.doors.review.ReviewDoor`. Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_sample(self, case_id: str, sample: Sample) -> None:
        with self._database.writing() as connection:
            salt = _salt(connection, case_id)
            there = connection.execute(_of(samples, case_id).where(samples.c.id == sample.id)).mappings().one_or_none()
            if there is not None:
                if sample_of(there) == sample:
                    return
                raise Conflict(f"a new name for the sample {sample.id}", "one that is taken", "Draw again.")
            _check_sample(connection, sample)
            row = _row_of_sample(sample)
            told = {
                "sample": sample.id,
                "purpose": str(sample.purpose),
                "run": sample.run,
                "cells": len(sample.cells),
                "of": sample.drawn.frame,
                "seed": sample.drawn.seed,
                "strata": len(sample.drawn.strata),
                "blinded": sample.blinded,
            }
            _append(connection, samples, case_id, salt, row, "sample.drawn", told)

    def samples(self, case_id: str) -> list[Sample]:
        with self._database.reading() as connection:
            _salt(connection, case_id)
            return [sample_of(row) for row in connection.execute(_of(samples, case_id)).mappings()]

    def add_step(self, case_id: str, step: SampleStep) -> None:
        same = (
            sample_steps.c.sample_id == step.sample,
            sample_steps.c.kind == str(step.kind),
            sample_steps.c.actor == step.actor,
        )
        with self._database.writing() as connection:
            salt = _salt(connection, case_id)
            known = connection.execute(_of(samples, case_id).where(samples.c.id == step.sample)).first()
            if known is None:
                raise NotFound(f"sample {step.sample} of case {case_id}", "no such sample", "Open the case again.")
            if connection.execute(_of(sample_steps, case_id).where(*same)).first() is not None:
                return
            row = {"sample_id": step.sample, "kind": str(step.kind), "at": step.at, "actor": step.actor}
            told = {"sample": step.sample, "read": step.read}
            whole = row | {"read": step.read}
            _append(connection, sample_steps, case_id, salt, whole, f"sample.{step.kind}", told)

    def steps(self, case_id: str) -> list[SampleStep]:
        with self._database.reading() as connection:
            _salt(connection, case_id)
            return [step_of(row) for row in connection.execute(_of(sample_steps, case_id)).mappings()]

    def sign(self, case_id: str, signature: Signature) -> None:
        _check_reason(signature)
        with self._database.writing() as connection:
            salt = _salt(connection, case_id)
            given = [signature_of(row) for row in connection.execute(_of(signatures, case_id)).mappings()]
            if signature.deed is Deed.REOPENED and (not given or given[-1].deed is Deed.REOPENED):
                raise Conflict("a signed case to reopen", "one without a signature", "There is nothing to reopen.")
            if signature.deed is Deed.SIGNED and _stands(given, signature):
                return
            row = _row_of_signature(signature)
            told = {"role": signature.role, "authenticated": signature.authenticated, "content": row["content_hash"]}
            _append(connection, signatures, case_id, salt, row, HISTORY[signature.deed], told)

    def signatures(self, case_id: str) -> list[Signature]:
        with self._database.reading() as connection:
            _salt(connection, case_id)
            return [signature_of(row) for row in connection.execute(_of(signatures, case_id)).mappings()]


# --- rows to values, also for what arrives from elsewhere ------------------------------------------------


def sample_of(row: Named) -> Sample:
    """ValueError when the row is no sample."""
    cells, chances = row["cells"], row["chances"]
    if not isinstance(cells, list) or not cells or not all(isinstance(cell, str) for cell in cells):
        raise ValueError("a sample without cells")
    if len(set(cells)) != len(cells) or row["frame"] < len(cells):
        raise ValueError("a sample with a cell drawn twice, or of more cells than there were")
    if len(chances) != len(cells) or not all(type(chance) is float and 0 < chance <= 1 for chance in chances):
        raise ValueError("a sample without the probabilities of its cells")
    strata = tuple(Stratum(str(name), *map(int, numbers)) for name, *numbers in row["strata"])
    drawn = Drawn(tuple(cells), dict(zip(cells, chances, strict=True)), row["frame"], row["seed"], strata)
    keys = ("id", "at", "actor", "blinded")
    return Sample(run=row["run"], purpose=Purpose(row["purpose"]), drawn=drawn, **{key: row[key] for key in keys})


def step_of(row: Named) -> SampleStep:
    return SampleStep(row["sample_id"], StepKind(row["kind"]), row["at"], row["actor"], row["read"])


def signature_of(row: Named) -> Signature:
    """ValueError when the row is no signature, or one over another hash than its parts make."""
    content = Content.of(row["content"])
    if content.hash != row["content_hash"]:
        raise ValueError("a signature whose hash is not that of its parts")
    keys = ("at", "actor", "role", "authenticated", "reason", "number")
    return Signature(deed=Deed(row["deed"]), content=content, **{key: row[key] for key in keys})


def check_arrived(
    rows: Mapping[str, Sequence[dict[str, Any]]], seen: Mapping[str, set[str]], history: Sequence[Mapping[str, Any]]
) -> None:
    """Samples, steps and signatures of a case on its way in; `seen` are the cells of each run. ValueError, KeyError.

    A signature must stand in the history that came along: who forges one has to forge that chain as well.
    """
    drawn = [sample_of(row) for row in rows[samples.name]]
    for sample in drawn:
        if not set(sample.cells) <= seen[sample.run]:
            raise ValueError(f"cells in sample {sample.id} that its run did not see")
    for step in map(step_of, rows[sample_steps.name]):
        if step.sample not in {sample.id for sample in drawn}:
            raise ValueError(f"a step of sample {step.sample}, which is not there")
    told = [(event["action"], event["actor"], event["detail"].get("content")) for event in history]
    for signature in map(signature_of, rows[signatures.name]):
        known = (HISTORY[signature.deed], signature.actor, signature.content.hash)
        if known not in told:
            raise ValueError(f"a case {signature.deed} by {signature.actor}, of which its history knows nothing")
        told.remove(known)
    if any(action in HISTORY.values() for action, _, _ in told):
        raise ValueError("a signature in the history that is missing in the case")


# --- what the methods share -----------------------------------------------------------------------------


def _append(
    connection: sa.Connection,
    table: sa.Table,
    case_id: str,
    salt: str,
    row: dict[str, Any],
    action: str,
    told: Mapping[str, Any],
) -> None:
    count = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0)).where(table.c.case_id == case_id)
    row = row | {"number": connection.execute(count).scalar_one() + 1}
    digest = trail.digest(salt, trail.record_content(table, row))
    connection.execute(sa.insert(table).values(row | {"case_id": case_id, "digest": digest}))
    trail.append(connection, row["actor"], action, case_id, {**told, trail.HOLDS: [digest]})


def _of(table: sa.Table, case_id: str) -> sa.Select[Any]:
    return sa.select(table).where(table.c.case_id == case_id).order_by(table.c.number)


def _salt(connection: sa.Connection, case_id: str) -> str:
    salt = connection.execute(sa.select(cases.c.salt).where(cases.c.id == case_id)).scalar_one_or_none()
    if salt is None:
        raise sightings.no_case(case_id)
    return str(salt)


def _check_sample(connection: sa.Connection, sample: Sample) -> None:
    drawn = sample.drawn
    if not ID.fullmatch(sample.id) or not 0 <= drawn.seed < 2**31:
        raise BadInput("a sample with a plain name and a seed", f"{sample.id!r}, {drawn.seed}", "Draw again.")
    there = set(connection.execute(sa.select(cells.c.id).where(cells.c.run_id == sample.run)).scalars())
    strange = set(drawn.cells) - there
    try:
        sample_of(_row_of_sample(sample))
    except ValueError as error:
        raise BadInput("different cells with the probability of each", str(error), "Draw again.") from error
    if strange:
        found = f"{len(strange)} cells that it did not see"
        raise BadInput(f"cells of run {sample.run} to read", found, "Draw again.")


def _check_reason(signature: Signature) -> None:
    reason = signature.reason
    if signature.deed is Deed.REOPENED and not reason.strip():
        raise BadInput("a reason for reopening a signed case", "none", "Say in a few words why.")
    if len(reason) > LONGEST or reason != storable(reason):
        raise BadInput(f"a reason of at most {LONGEST} characters", f"{len(reason)}", "Say it shorter.")


def _stands(given: Sequence[Signature], signature: Signature) -> bool:
    """The same person has signed this very content since the case was last reopened."""
    reopened = max((one.number for one in given if one.deed is Deed.REOPENED), default=0)
    same = (one for one in given if one.number > reopened and one.actor == signature.actor)
    return any(one.content.hash == signature.content.hash for one in same)


def _row_of_sample(sample: Sample) -> dict[str, Any]:
    drawn = sample.drawn
    keys = ("id", "at", "actor", "blinded")
    own = {
        "run": sample.run,
        "purpose": str(sample.purpose),
        "cells": list(drawn.cells),
        "chances": [float(drawn.probability[cell]) for cell in drawn.cells],
        "strata": [[stratum.name, stratum.cells, stratum.drawn] for stratum in drawn.strata],
        "frame": drawn.frame,
        "seed": drawn.seed,
    }
    return {key: getattr(sample, key) for key in keys} | own


def _row_of_signature(signature: Signature) -> dict[str, Any]:
    keys = ("at", "actor", "role", "authenticated", "reason")
    content = {name: getattr(signature.content, name) for name in Content.__dataclass_fields__}
    own = {"deed": str(signature.deed), "content": content, "content_hash": signature.content.hash}
    return {key: getattr(signature, key) for key in keys} | own
