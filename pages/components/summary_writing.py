"""Summaries in the making: one thread each, so that nobody's page waits, and whoever opens the case sees it go on.

Whatever happens in there ends in a version in the store: the writer's, or the template's with a plain word.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from core.doors.words import Exchange, Kind
from core.errors import Conflict, HemaboardError
from core.protocols import Store
from core.settings import Settings
from core.summaries import TEMPLATE, Asked, Summary
from core.writers.partial import Partial
from core.writers.template import Template

if TYPE_CHECKING:
    from core.writers.assembly import Chosen
    from core.writers.language_model import Turns

OVERTAKEN = "Somebody kept other words while the language model wrote: those stay, and its own were not kept."
UNFORESEEN = "The language model failed in a way nobody foresaw: written by the template."


@cache
def _turns() -> Turns:
    """Of this process, over all who ask."""
    from core.writers.language_model import Turns

    return Turns()


def chosen(
    settings: Settings,
    allowed: str,
    kept: Callable[[Exchange], None] = lambda _: None,
    heard: Callable[[str], None] = lambda _: None,
) -> Chosen:
    """`core.writers.assembly.chosen`, imported where a site has a language model: it takes seconds to load."""
    from core.writers import assembly

    return assembly.chosen(settings, allowed, kept, heard, _turns())


class Writing:
    """One summary on its way. Everything in it may be read while it goes on."""

    def __init__(
        self, store: Store, settings: Settings, case_id: str, asked: Asked, actor: str, after: int | None = None
    ) -> None:
        self._store, self._settings, self._case, self._asked, self._actor = store, settings, case_id, asked, actor
        self._after = after  # the newest version when it began
        self._cancelled, self._over = threading.Event(), threading.Event()
        self._exchanges: list[Exchange] = []
        self.heard = Partial(asked, settings.language_model)
        self.started = time.monotonic()
        self._problem: HemaboardError | None = None

    @property
    def over(self) -> bool:
        return self._over.is_set()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def cancelling(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def take_problem(self) -> HemaboardError | None:
        """Why nothing was kept, told once."""
        problem, self._problem = self._problem, None
        return problem

    def wait(self, seconds: float) -> bool:
        """Until it is over, or for so long; whether it is."""
        return self._over.wait(seconds)

    def run(self) -> None:
        try:
            self._keep(self._written())
        except HemaboardError as error:
            self._problem = error
        except Exception:
            self._problem = HemaboardError("a summary to keep", "a defect of ours", "Report it with the server's log.")
            logging.getLogger("hemaboard").exception("summary")
        finally:
            self._over.set()

    def _keep(self, summary: Summary) -> None:
        """A failed try takes nobody's words away, so it may always be kept: what was sent is never lost."""
        add = self._store.words.add
        if summary.writer != TEMPLATE:
            try:
                add(self._case, summary, Kind.WRITTEN, actor=self._actor, exchanges=self._exchanges, after=self._after)
                return
            except Conflict:
                summary = replace(Template().write(self._asked), rejected=summary.rejected, note=OVERTAKEN)
        add(self._case, summary, Kind.TRIED, actor=self._actor, exchanges=self._exchanges)

    def _written(self) -> Summary:
        """Leave is asked for anew: it may have been taken back since the page was drawn."""
        try:
            allowed = self._store.words.allowed_host()
            found = chosen(self._settings, allowed, self._exchanges.append, self.heard.hear)
            summary = found.writer.write(self._asked, cancelled=self._cancelled.is_set)
            return replace(summary, note=found.why) if found.writer.name == TEMPLATE else summary
        except HemaboardError as error:
            return replace(Template().write(self._asked), note=f"{error} Written by the template.")
        except Exception:
            logging.getLogger("hemaboard").exception("language model")
            return replace(Template().write(self._asked), note=UNFORESEEN)


_of_case: dict[str, Writing] = {}
_lock = threading.Lock()


def start(
    store: Store, settings: Settings, case_id: str, asked: Asked, actor: str, after: int | None = None
) -> Writing:
    """Ask the language model; where the case's summary is being written already, that one goes on. Its words stand only
    while `after` is the newest version, where that is said: whoever asked saw no later one."""
    with _lock:
        found = _of_case.get(case_id)
        if found is None or found.over:
            found = _of_case[case_id] = Writing(store, settings, case_id, asked, actor, after)
            threading.Thread(target=found.run, name=f"summary of {case_id}", daemon=True).start()
        return found


def of(case_id: str) -> Writing | None:
    """The latest one of the case, under way or over."""
    with _lock:
        return _of_case.get(case_id)
