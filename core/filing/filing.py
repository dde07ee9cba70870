"""Filing a case: its files are made, and the audit trail keeps by which digests they are known again.

Copies are not kept. Filing changes nothing of what the case states, so a paper is not outdated by having been filed.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from core import filed
from core.doors.filing import Filing
from core.errors import Conflict
from core.filing.files import files
from core.protocols import Store
from core.settings import Settings


def file(store: Store, case_id: str, settings: Settings, *, actor: str, seen: str = "") -> Filing:
    """Refused when nothing is analysed yet, when the case changes meanwhile, or when it states something else than
    what whoever files it has `seen` (its digest)."""
    of = filed.gather(store, case_id, settings)
    if not of.run or of.trail is None:
        raise Conflict("a case whose analysis is done", "one without a result", "Analyse it, then file it.")
    if seen and seen != filed.sha256(of):
        raise Conflict("the case as you saw it", "one that was changed since", "Look at it, then file it.")
    made = files(of, store, settings)
    return store.filing.add(
        Filing(
            case=of.id,
            at=dt.datetime.now(dt.UTC),
            actor=actor,
            sha256=filed.sha256(of),
            state=type(of.state).__name__.lower(),
            files={name: hashlib.sha256(content).hexdigest() for name, content in made.items()},
            trail=of.trail,
            version=of.version,
        )
    )
