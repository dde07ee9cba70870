"""What a process holds once for all sessions: settings, store, vocabulary, demo cases in the making."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import cache

import streamlit as st

from core import analyse, demo, facts_background, facts_slide, facts_strength, tools
from core.appraisals import Budget
from core.errors import HemaboardError
from core.jobs import runs as jobs
from core.protocols import CaseRow, Store
from core.readings import Alert, LabelFreeReading, Reading
from core.records import CaseInfo, Modality, ModelCard, Review, Seen
from core.review import budget as budgets
from core.robustness import standing
from core.robustness.curves import Curves
from core.robustness.records import Robustness
from core.settings import Settings
from core.settings import settings as read_settings
from core.vocabulary import Vocabulary
from core.vocabulary import vocabulary as read_vocabulary
from pages.components.kept import Kept

MOST_CELLS = 100_000  # of runs that pages look at, held in memory: some 4 kB each, 6 kB once a report was made
ALSO = 100  # cells that the rest of a run weighs as much as


@cache
def settings() -> Settings:
    return read_settings()


def store() -> Store:
    """The store of this process's engine, which app.py launched."""
    return jobs.store()


@cache
def vocabulary(name: str) -> Vocabulary:
    return read_vocabulary(name, settings().vocabularies_folder)


@cache
def model_cards() -> tuple[ModelCard, ...]:
    """What is installed does not change while the server runs."""
    return tools.cards(settings=settings())


def seen(case_id: str, run_id: str) -> Seen:
    """What a finished run saw. It never changes, so it is read from the store once."""
    return _seen().get((case_id, run_id), lambda: store().seen(case_id, run_id))


@st.cache_resource(show_spinner=False)
def _seen() -> Kept[Seen]:
    return Kept(MOST_CELLS, lambda found: len(found.cells) + ALSO)


def reading(case_id: str, run_id: str, info: CaseInfo, reviews: Sequence[Review] | None = None) -> Reading:
    """What may be stated now; `reviews` spares asking the store for them again."""
    said = store().reviews(case_id) if reviews is None else reviews
    bare = facts_slide.added(_reading(case_id, run_id, info, last(said), said), coverage(case_id, run_id))
    known = facts_background.added(bare, tested(case_id, run_id, info))
    return facts_strength.added(known, worse(case_id, run_id, info))


@st.cache_resource(max_entries=256, show_spinner=False)
def coverage(case_id: str, run_id: str) -> facts_slide.Coverage | None:
    """How much of a slide a finished run looked at; it never changes."""
    return facts_slide.coverage(store(), case_id, run_id)


def tested(case_id: str, run_id: str, info: CaseInfo) -> Robustness | None:
    """The newest test of the surroundings that speaks of this run's calls."""
    results = store().robustness.results(case_id)
    return standing.current(results, seen(case_id, run_id), info, vocabulary(info.vocabulary)) if results else None


def worse(case_id: str, run_id: str, info: CaseInfo) -> Curves | None:
    """The curves of worse pictures that stand for this run's calls."""
    found = store().robustness.curves(case_id)
    return standing.current(found, seen(case_id, run_id), info, vocabulary(info.vocabulary)) if found else None


def tested_of(row: CaseRow, found: Seen) -> Robustness | None:
    """The same, for who has the calls at hand."""
    results = store().robustness.results(row.id)
    return standing.current(results, found, row.info, vocabulary(row.info.vocabulary))


@st.cache_resource(max_entries=64, show_spinner=False)
def _reading(
    case_id: str, run_id: str, info: CaseInfo, last: tuple[int, str], _reviews: Sequence[Review]  # noqa: ARG001
) -> Reading:  # fmt: skip
    return analyse.read(seen(case_id, run_id), _reviews, info, vocabulary(info.vocabulary))


def budget(row: CaseRow, reviews: Sequence[Review], found: Reading, share: str) -> Budget:
    """Where the width of a share's interval comes from; `found` is the reading of these reviews."""
    assert row.run is not None
    return _budget(row.id, row.run.id, row.info, last(reviews), share, reviews, found)


@st.cache_resource(max_entries=64, show_spinner=False)
def _budget(
    case_id: str, run_id: str, info: CaseInfo, last: tuple[int, str], share: str,  # noqa: ARG001
    _reviews: Sequence[Review], _found: Reading,
) -> Budget:  # fmt: skip
    digests = {model.digest for model in _found.models if model.task == "classifier"}
    card = next((card for card in model_cards() if card.digest in digests), None)
    words = vocabulary(info.vocabulary)
    return budgets.of(seen(case_id, run_id), _reviews, _found, words, share=share, card=card)


def last(reviews: Sequence[Review]) -> tuple[int, str]:
    """Reviews are only appended: their number and the last one's time say which they are."""
    return len(reviews), reviews[-1].at.isoformat() if reviews else ""


def label_free_reading(
    case_id: str,
    run_id: str,
    info: CaseInfo,
    cuts: Mapping[str, float] | None = None,
    reviews: Sequence[Review] | None = None,
) -> LabelFreeReading:
    said = store().reviews(case_id) if reviews is None else reviews
    bare = _label_free_reading(case_id, run_id, info, last(said), tuple(sorted((cuts or {}).items())), said)
    known = facts_background.added(bare, tested(case_id, run_id, info))
    return facts_strength.added(known, worse(case_id, run_id, info))


@st.cache_resource(max_entries=32, show_spinner=False)
def _label_free_reading(
    case_id: str, run_id: str, info: CaseInfo, last: tuple[int, str], cuts: tuple[tuple[str, float], ...],  # noqa: ARG001
    _reviews: Sequence[Review],
) -> LabelFreeReading:  # fmt: skip
    return analyse.read_label_free(seen(case_id, run_id), _reviews, info, vocabulary(info.vocabulary), dict(cuts))


def stated(row: CaseRow, run_id: str, reviews: Sequence[Review]) -> Reading | LabelFreeReading:
    """Whichever of the two readings fits the case, with these reviews and no cut-off entered."""
    if row.info.modality is Modality.DPC:
        return label_free_reading(row.id, run_id, row.info, reviews=reviews)
    return reading(row.id, run_id, row.info, reviews)


def entered_alerts(info: CaseInfo) -> tuple[Alert, ...]:
    """What readers entered speaks before anything is seen, and also when nothing ever is."""
    if info.modality is Modality.DPC:
        return analyse.read_label_free(Seen(), (), info, vocabulary(info.vocabulary)).alerts
    return analyse.read(Seen(), (), info, vocabulary(info.vocabulary)).alerts


class Ended(Exception):
    """The server ends while demo cases are drawn; what is missing is drawn at the next start."""


class DemoCases:
    """The synthetic cases, made in the background so that the first page need not wait for them."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self.problem = ""
        self.drawn = (0, 0)  # fields drawn, of all

    @property
    def in_the_making(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._make, name="demo cases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the field at hand, before the store is closed."""
        self._ending.set()
        if self._thread:
            self._thread.join(timeout=20)

    def _make(self) -> None:
        try:
            demo.ensure_demo_cases(store(), settings(), tell=self._tell)
        except Ended:
            return
        except HemaboardError as error:
            self.problem = str(error)
        except Exception as error:
            self.problem = f"The demo cases could not be made ({type(error).__name__})."
            logging.getLogger("hemaboard").exception("demo cases")

    def _tell(self, step: str, done: int, total: int) -> None:  # noqa: ARG002 - the seam names it
        self.drawn = (done, total)
        if self._ending.is_set():
            raise Ended


demo_cases = DemoCases()
