"""Is this file what the case says now, or what it said when it was filed?

Nothing that a file says of itself is believed. It is made anew from the case and compared byte by byte; and its digest
is looked for among those that the audit trail keeps of what was filed, which also tells of cases that are gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from core import filed
from core.charts import history
from core.doors.filing import Filing, Happened
from core.errors import BadInput, NotFound
from core.filed import Filed
from core.filing import claims, since
from core.filing.claims import Claim
from core.filing.files import CROPS, variants
from core.protocols import Store
from core.settings import Settings


class Verdict(StrEnum):
    NOW = "now"  # what the case says now
    CHANGED = "changed"  # it was filed, and the case has changed since
    ALTERED = "altered"  # it is no longer what was made here
    UNKNOWN = "unknown"  # not of this house, or nobody can say any more


@dataclass(frozen=True, slots=True)
class Checked:
    verdict: Verdict
    said: str  # one plain sentence, and what there is to know beside it
    case: str = ""  # of which it is; '': not known
    filings: tuple[Filing, ...] = ()  # in which this very file was filed
    since: tuple[str, ...] = ()  # what changed the case since


def check(path: Path, store: Store, settings: Settings) -> Checked:
    """A file as it lies on a disk."""
    if not path.is_file():
        raise NotFound("a file to check", f"none at {path}", "Correct the path.")
    if path.stat().st_size > settings.max_case_mb * 1_000_000:
        raise BadInput(f"a file of at most {settings.max_case_mb} MB", f"{path.name}", "It was not made here.")
    return checked(path.read_bytes(), store, settings)


def checked(content: bytes, store: Store, settings: Settings) -> Checked:
    filings = store.filing.known(hashlib.sha256(content).hexdigest())
    said = claims.claim(content, store)
    cases = dict.fromkeys((*(one.case for one in filings), *(said.cases if said else ())))
    for case in cases:
        now = _now(case, store, settings)
        if said is not None and now is not None and _remade(content, said, now, store, settings):
            own = tuple(one for one in filings if one.case == case)
            return Checked(Verdict.NOW, _said_now(said, case, own), case, own)
    if said is not None and not said.formats:
        return Checked(Verdict.UNKNOWN, ELSEWHERE.format(kind=said.kind))
    if filings:
        return _filed(filings, store, settings)
    return _neither(said, store, settings) if said else Checked(Verdict.UNKNOWN, STRANGE)


ELSEWHERE = (
    "Unknown: {kind} is not checked here. An archive is checked when it is brought in (case import); the cases of a"
    " study are told by the digests in its cases.csv."
)
STRANGE = "This file is not of this house: it is of no kind that is made here, and it was never filed here."


def _now(case: str, store: Store, settings: Settings) -> Filed | None:
    try:
        return filed.gather(store, case, settings)
    except NotFound:
        return None


def _remade(content: bytes, said: Claim, now: Filed, store: Store, settings: Settings) -> bool:
    """A report names the event that was the last when it was printed; later ones may have changed nothing stated."""
    if said.sha256 and said.sha256 != filed.sha256(now):
        return False
    if said.trail and said.trail in {(event.number, event.hash) for event in store.filing.history(now.id)}:
        now = replace(now, trail=said.trail)
    for name in said.formats:
        try:
            if any(content == one for one in variants(name, now, store, settings, said.classes)):
                return True
        except BadInput:  # the case holds now what cannot be printed, so this is no print of it
            continue
    return False


def _said_now(said: Claim, case: str, filings: tuple[Filing, ...]) -> str:
    kept = f" It was filed {_when(filings[-1])}." if filings else " It was not filed."
    return f"This is what the case says now: {said.kind} of {case}, the same to the last byte.{kept}"


def _filed(filings: tuple[Filing, ...], store: Store, settings: Settings) -> Checked:
    """One of its files, untouched; whether it still holds is another question."""
    last = filings[-1]
    now = _now(last.case, store, settings)
    if now is not None and filed.sha256(now) == last.sha256:
        said = f"This is what the case says now: it was filed {_when(last)}, and {last.case} states the same today."
        return Checked(Verdict.NOW, said, last.case, filings)
    changed = since.changes(store.filing.history(last.case), last.hash)
    said = f"This was filed {_when(last)}; the case has changed since: {'; '.join(changed)}."
    if not changed:
        said = f"This was filed {_when(last)}; {since.OTHERWISE}."
    return Checked(Verdict.CHANGED, said, last.case, filings, changed)


def _neither(said: Claim, store: Store, settings: Settings) -> Checked:
    """Neither what the case says now nor what was filed: altered if that can be shown, else nobody can say."""
    known = store.filing.known(said.sha256) if said.sha256 else ()
    stated = [one for one in known if one.case in said.cases or not said.cases]  # crops of a case that is gone: none
    case = stated[-1].case if stated else next(iter(said.cases), "")
    events = store.filing.history(case) if case else ()
    if said.own_digest and said.own_digest != said.sha256:
        return Checked(Verdict.ALTERED, f"This file was altered: it is {said.kind}, and {WRONG_DIGEST}.", case)
    if not events:
        return Checked(Verdict.UNKNOWN, f"This file is not of this house: it is {said.kind} of a case unknown here.")
    now = _now(case, store, settings)
    holds = now is not None and said.sha256 == filed.sha256(now)  # then every choice was made anew and compared
    if stated and not holds and _is_choice(said, stated[-1]):
        return Checked(Verdict.UNKNOWN, CHOICE.format(kind=said.kind, case=case, when=_when(stated[-1])), case)
    if stated and set(said.formats) & set(stated[-1].files):
        words = f"it names what was filed {_when(stated[-1])}, and is none of the files that were filed"
        return _altered(said, case, words, stated[-1].version)
    if now is not None and holds:
        return _altered(said, case, "it names what the case says now, and is not what is made of it", now.version)
    return Checked(Verdict.UNKNOWN, _lost(said, case, events, gone=now is None), case)


CHOICE = (
    "Unknown: {kind} of {case}. It names what was filed {when}, and the case has changed since; crops by choice and a"
    " bundle with the other paper are not filed by themselves, so there is nothing to compare it with any more."
)


def _is_choice(said: Claim, last: Filing) -> bool:
    """Of what can be made of a case in several ways, one is filed: another one is not altered for that."""
    return CROPS in said.formats or said.attached == last.files.get("report-Letter.pdf")


WRONG_DIGEST = "what it states does not have the digest that it names"


def _altered(said: Claim, case: str, why: str, version: str) -> Checked:
    other = said.made_by.removeprefix("Hemaboard ")
    more = f" Or it was made by another version: it names {other}." if other and other != version else ""
    return Checked(Verdict.ALTERED, f"This file was altered: {said.kind} of {case}; {why}.{more}", case)


def _lost(said: Claim, case: str, events: tuple[Happened, ...], *, gone: bool) -> str:
    """A draft that somebody took away and never filed: there is nothing to compare it with any more."""
    if gone:
        return f"Unknown: {said.kind} of {case}, which was deleted; this file was never filed."
    changed: tuple[str, ...] = ()
    if said.trail and said.trail in {(event.number, event.hash) for event in events}:
        changed = since.changes(events, said.trail[1])
    told = f" Since it names event {said.trail[0]}: {'; '.join(changed)}." if said.trail and changed else ""
    return (
        f"Unknown: {said.kind} of {case}, which does not say this now, and it was never filed. Either the case has"
        f" changed since it was made, or somebody altered it.{told}"
    )


def _when(one: Filing) -> str:
    where = ", where the case came from, as the history tells that it brought along" if one.elsewhere else ""
    return f"on {history.moment(one.at)} UTC by {one.actor}, {_STATES.get(one.state, one.state)}{where}"


_STATES = {"signed": "signed", "void": "as a draft (the signature was void)", "unsigned": "as a draft"}
