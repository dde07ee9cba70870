"""Rows of a manifest that may come a second time: each is one case, however often the manifest is given.

A row is known again by what it is of: pseudonym, specimen, kind, and the bytes of its files. So a call that was cut
short is simply made again: what is there stays, what is missing is done, and other pictures under an old name are
another case. A run that failed is tried again; one that a person cancelled is left alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

from core.doors.cohort import Member
from core.errors import BadInput, HemaboardError
from core.manifest import intake
from core.manifest.files import Source
from core.manifest.table import Row
from core.protocols import RunState, Store
from core.records import CaseInfo, Upload
from core.settings import Settings

CHUNK = 1 << 20
Start = Callable[[str, str], str]


class Word(StrEnum):
    NEW = "new"
    THERE = "there"
    GOES_ON = "goes on"  # it was there, and something of it was missing
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a row."""

    row: Row
    word: Word
    case_id: str = ""
    told: tuple[str, ...] = ()  # warnings; of a row that is left out, why


def enter(
    rows: Sequence[Row], source: Source, store: Store, settings: Settings, *, actor: str, start: Start
) -> Iterator[Entered]:
    """Row after row, each decoded once and queued at once: workers begin while later rows are still being read.

    `start(case id, run id)` queues a run under that id, or gives '' where no network could do it.
    """
    known = store.desk.same_pseudonym([row.info.pseudonym for row in rows if row.info])
    given: dict[str, int] = {}
    seen: dict[str, int] = {}
    for row in rows:
        if row.info is None:
            yield Entered(row, Word.LEFT_OUT, told=row.problems)
            continue
        try:
            case_id = identity(row.info, source.of(row))
            if case_id in seen:
                said = f"The same patient, specimen and files as row {seen[case_id]}: one case is enough."
                yield Entered(row, Word.LEFT_OUT, told=(said,))
                continue
            seen[case_id] = row.number
            yield _entered(row, case_id, source, store, settings, actor, start, known, given)
        except HemaboardError as error:
            yield Entered(row, Word.LEFT_OUT, told=(str(error),))


def identity(info: CaseInfo, uploads: Sequence[Upload]) -> str:
    """The case's id, the same wherever and however often it is worked out."""
    files = sorted(_digest(upload) for upload in uploads)
    told = "\n".join((info.pseudonym, info.specimen.value, info.modality.value, *files))
    return f"cohort-{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def _entered(
    row: Row,
    case_id: str,
    source: Source,
    store: Store,
    settings: Settings,
    actor: str,
    start: Start,
    known: Mapping[str, tuple[str, ...]],
    given: dict[str, int],
) -> Entered:
    assert row.info is not None
    found = store.cohort.members([case_id])
    member = found[0] if found else None
    if member is not None and member.images:
        if row.tags:
            intake.fill(store, case_id, row, (), actor=actor)
        word = Word.GOES_ON if _started(store, member, start) else Word.THERE
        return Entered(row, word, case_id, _otherwise(row.info, member.info))
    look, kept = intake.looked(row, source, settings)
    if not look.good:
        return Entered(row, Word.LEFT_OUT, told=look.problems)
    look = intake.beside(look, known, store, given)
    if member is None:
        store.add_case(row.info, actor=actor, case_id=case_id)
    try:
        intake.fill(store, case_id, row, kept, actor=actor)
    except HemaboardError:  # no room, or a wrong picture: no case without pictures is left behind
        if not store.images(case_id):
            store.delete_case(case_id, actor=actor, reason="a row of a manifest that could not be stored")
        raise
    start(case_id, _run_id(case_id, store.case(case_id).created, ""))
    return Entered(row, Word.NEW if member is None else Word.GOES_ON, case_id, look.warnings)


def _started(store: Store, member: Member, start: Start) -> bool:
    """Whether a run was missing and is queued now."""
    if member.state not in (RunState.NONE.value, RunState.FAILED.value):
        return False
    latest = store.case(member.case).run
    return bool(start(member.case, _run_id(member.case, member.created, latest.id if latest else "")))


def _run_id(case_id: str, created: dt.datetime, after: str) -> str:
    """Two calls at once name the same run, so that it is queued once. A case that was deleted and is made anew needs
    another: the queue remembers which it has done."""
    return f"run-{hashlib.sha256(f'{case_id} {created.isoformat()} {after}'.encode()).hexdigest()[:16]}"


def _otherwise(asked: CaseInfo, there: CaseInfo) -> tuple[str, ...]:
    """The case may have been amended by a person since: the manifest does not overwrite that."""
    names = [field.name for field in fields(CaseInfo) if getattr(asked, field.name) != getattr(there, field.name)]
    if not names:
        return ()
    return (f"The case says otherwise of {', '.join(names)}, and is left so: amend it in the app.",)


def _digest(upload: Upload) -> str:
    hashed = hashlib.sha256()
    if isinstance(upload.source, Path):
        try:
            with upload.source.open("rb") as file:
                while part := file.read(CHUNK):
                    hashed.update(part)
        except OSError as error:
            why = f"{upload.name}: {error.strerror or 'an error of the disk'}"
            raise BadInput("a file that can be read", why, "Check that it is there and may be read.") from error
    else:
        hashed.update(upload.source)
    return hashed.hexdigest()
