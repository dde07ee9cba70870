"""Every file of a case, and filing: the same case the same bytes, an event that says nothing of the case itself."""

from __future__ import annotations

import hashlib

import pytest

from core import filed
from core.errors import Conflict
from core.filing.files import BY_NAME, FORMATS, files
from core.filing.filing import file
from tests.core.cases import made


def test_every_format_is_made_and_the_same_again(store, settings, case):
    of = filed.gather(store, case, settings)
    found = files(of, store, settings)
    assert list(found) == [one.name for one in FORMATS] == list(BY_NAME)
    assert files(filed.gather(store, case, settings), store, settings) == found
    assert files(of, store, settings, ("cells.csv",)) == {"cells.csv": found["cells.csv"]}
    for one in FORMATS:
        assert found[one.name], one.name


def test_filing_is_recorded_with_what_was_stated_and_each_files_digest(store, settings, case):
    of = filed.gather(store, case, settings)
    kept = file(store, case, settings, actor="dr a")
    assert (kept.sha256, kept.state, kept.actor, kept.trail) == (filed.sha256(of), "unsigned", "dr a", of.trail)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files(of, store, settings).items()}
    assert kept.files == digests
    assert "Study-017" not in str(store.trail(case)[-1].detail)


def test_filing_outdates_nothing(store, settings, case):
    before = files(filed.gather(store, case, settings), store, settings)
    kept = file(store, case, settings, actor="dr a")
    assert files(filed.gather(store, case, settings), store, settings) == before
    assert file(store, case, settings, actor="dr a") == kept
    assert len(store.filing.of(case)) == 1


def test_nothing_is_filed_before_there_is_a_result(store, settings):
    store.add_case(made.INFO, actor="a", case_id="c")
    with pytest.raises(Conflict, match="without a result"):
        file(store, "c", settings, actor="a")
    assert store.filing.of("c") == ()


def test_what_came_while_a_case_was_read_is_not_filed_unseen(store, settings, case, monkeypatch):
    """Somebody names a cell after the cells were read."""
    read = store.words.versions

    def meanwhile(case_id):
        if store.reviews(case_id)[-1].cell != store.seen(case_id).cells[1].id:
            store.add_review(case_id, made.review(store.seen(case_id).cells[1].id, "monocyte", 5))
        return read(case_id)

    monkeypatch.setattr(store.words, "versions", meanwhile)
    before = len(store.reviews(case))
    with pytest.raises(Conflict, match="file it anew"):
        file(store, case, settings, actor="dr a")
    assert len(store.reviews(case)) == before + 1
    assert store.filing.of(case) == ()
