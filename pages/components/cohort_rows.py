"""The rows of the chosen cases: read from the store where they are kept, worked out aside where they are not."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.cohort import rows as cohort
from core.cohort.gathered import Group, groups
from core.cohort.table import Table, table
from core.doors.cohort import Member
from core.doors.desk import Filters
from pages.components import resources, worklist_stale

AGAIN = 600.0  # seconds after which a row that could not be worked out is tried again: the fault may have passed
MOST = 5000  # cases looked at together


@dataclass(frozen=True, slots=True)
class Cohort:
    """`total` cases match; the first `MOST` of them are members. `waiting` rows are being worked out.

    `key` is the same for as long as the rows are.
    """

    key: str
    table: Table
    groups: tuple[Group, ...]
    total: int
    waiting: int
    problems: tuple[tuple[str, str], ...]  # pseudonym, why its row could not be worked out


class Filler:
    """Works out rows in the background, one case after another, so that no page waits for the cells of a thousand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._failed: dict[tuple[str, str], tuple[str, float]] = {}

    def start(self, members: Sequence[Member]) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._ending.clear()
                self._thread = threading.Thread(target=self._fill, args=(list(members),), name="cohort", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Before the store is closed."""
        self._ending.set()
        if self._thread:
            self._thread.join(timeout=20)

    def failed(self, case: str, wanted: str) -> str:
        """Why the row of this state could not be worked out; for a while it is not tried again."""
        problem, at = self._failed.get((case, wanted), ("", 0.0))
        return problem if time.monotonic() < at + AGAIN else ""

    def _fill(self, members: Sequence[Member]) -> None:
        try:
            store, settings = resources.store(), resources.settings()
            wanted = cohort.states(members, settings)
            for member, problem in cohort.refresh(store, settings, members):
                if problem:
                    self._failed[member.case, wanted[member.case]] = problem, time.monotonic()
                if self._ending.is_set():
                    return
        except Exception:  # of no one case: the next look begins again
            logging.getLogger("hemaboard").exception("rows of a cohort")


filler = Filler()


def gathered(filters: Filters) -> Cohort:
    """What is known of the chosen cases now; whatever is missing is begun."""
    store, settings = resources.store(), resources.settings()
    ids = store.desk.chosen(filters, worklist_stale.installed())
    members = store.cohort.members(ids[:MOST])
    wanted = cohort.states(members, settings)
    stale = [one for one in members if one.run and one.kept != wanted[one.case]]
    problems = [(one.info.pseudonym, why) for one in stale if (why := filler.failed(one.case, wanted[one.case]))]
    waiting = [one for one in stale if not filler.failed(one.case, wanted[one.case])]
    if waiting:
        filler.start(waiting)
    told = [(one.case, one.info, wanted.get(one.case, ""), one.kept, one.state, one.message) for one in members]
    key = hashlib.sha256(repr(told).encode()).hexdigest()
    held, kinds = _table(key, members, wanted)
    return Cohort(key, held, kinds, len(ids), len(waiting), tuple(problems))


@st.cache_resource(max_entries=8, show_spinner=False)
def _table(key: str, _members: Sequence[Member], _wanted: Mapping[str, str]) -> tuple[Table, tuple[Group, ...]]:  # noqa: ARG001
    """A row of another state than the case's says nothing of it any more: it is left out until it is made anew."""
    kept = resources.store().cohort.kept([member.case for member in _members])
    current = {case: one for case, one in kept.items() if one.state == _wanted.get(case)}
    made = table(_members, current, cohort.words_of_all(_members, resources.settings()))
    return made, groups(made.rows)
