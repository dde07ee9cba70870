"""A case as it is filed: made anew it is the same, whatever else happens in the house; any change of it is another."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pypdfium2 as pdfium
import pytest

from core import filed
from core.cases.store import CaseStore, open_store
from core.doors.review import Deed, Purpose, Sample, Signature
from core.doors.words import Kind
from core.report import pdf
from core.review import sample, signing
from core.review.signing import Signed, Unsigned, Void
from core.robustness import standing
from core.settings import Settings
from core.summaries import PERSON, Sentence, told
from tests.core.cases import made
from tests.core.robustness.made import result
from tests.e2e import prepared


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"), database_url=database_url)


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    opened = open_store(settings)
    yield opened
    opened.close()


def sign(store: CaseStore, case: str) -> None:
    info, versions = store.case(case).info, store.words.versions(case)
    now = signing.content(info, store.images(case), store.seen(case), store.reviews(case), versions)
    store.review.sign(case, Signature(Deed.SIGNED, made.AT, "dr b", "signer", True, now))


def test_gathered_again_it_is_the_same_to_the_last_byte(store, settings, tmp_path):
    case = made.full(store)
    first = filed.gather(store, case, settings)
    written = pdf.written(first)
    made.full(store, case_id="another", seeds=(8, 9))
    store.export_case(case, tmp_path / "case.zip", actor="dr a")
    again = filed.gather(store, case, settings)
    assert filed.sha256(again) == filed.sha256(first)
    assert pdf.written(again) == written
    assert again.trail == first.trail


def test_it_holds_what_was_seen_said_and_shown(store, settings):
    case = made.full(store)
    of = filed.gather(store, case, settings)
    assert made.content(of.seen) == made.content(store.seen(case))
    assert list(of.reviews) == store.reviews(case)
    assert (of.id, of.info, of.run) == (case, made.INFO, "case-full-run-2")
    assert of.analysed == store.case(case).run.finished  # type: ignore[union-attr]
    assert of.pictures == store.crops(case, of.shown.cells)
    for png in of.pictures.values():
        with PIL.Image.open(io.BytesIO(png)) as picture:
            assert picture.size == (10, 9)


def test_a_signature_stands_until_something_changes(store, settings):
    case = made.full(store)
    draft = filed.gather(store, case, settings)
    assert isinstance(draft.state, Unsigned)
    sign(store, case)
    signed = filed.gather(store, case, settings)
    assert isinstance(signed.state, Signed)
    assert signed.content == draft.content == signed.state.by[0].content.hash
    store.add_review(case, made.review(store.seen(case).cells[1].id, "monocyte", 5))
    void = filed.gather(store, case, settings)
    assert isinstance(void.state, Void)
    assert filed.signature(void.state)["because"] == ["1 review was added"]
    assert len({filed.sha256(of) for of in (draft, signed, void)}) == 3
    assert len({of.trail for of in (draft, signed, void)}) == 3


def test_the_digest_binds_the_case_the_summary_and_the_signature_and_nothing_else(store, settings):
    of = filed.gather(store, made.full(store), settings)
    whole = filed.sha256(of)
    edited = replace(of.summary, sentences=(*of.summary.sentences, Sentence("Mine.", origin=PERSON)))
    assert filed.sha256(replace(of, summary=edited)) != whole
    assert filed.sha256(replace(of, info=replace(of.info, note="other"))) != whole
    assert filed.sha256(replace(of, reviews=of.reviews[:1])) != whole
    assert filed.sha256(replace(of, pictures={}, version="9", trail=(1, "0" * 64))) == whole
    assert filed.gather(store, of.id, settings, summary=edited).summary == edited


def test_the_digest_is_that_of_the_whole_document(store, settings):
    case = made.full(store)
    sign(store, case)
    for minute, cell in enumerate(store.seen(case).cells):
        for of in (now := filed.gather(store, case, settings), replace(now, id="ü")):
            assert filed.sha256(of) == filed.digest(filed.stated(of))
        store.add_review(case, made.review(cell.id, "monocyte", minute))


def test_without_a_finished_run_it_says_so(store, settings):
    store.add_case(made.INFO, actor="a", case_id="c")
    store.add_images("c", [made.smear(1)], actor="a")
    of = filed.gather(store, "c", settings)
    assert (of.run, of.analysed, of.shown.cells) == ("", None, ())
    store.add_run("c", "r", 1, actor="a")
    assert filed.gather(store, "c", settings).run == ""


def test_a_sample_counts_once_it_is_read_to_its_end(store, settings):
    case = prepared.finished(store, settings)
    seen = store.seen(case)
    names = [cell.id for cell in seen.cells]
    whole = filed.sha256(filed.gather(store, case, settings))
    drawn = sample.drawn(names, 3, 7)
    store.review.add_sample(case, Sample("s-1", f"{case}-1", Purpose.ESTIMATE, made.AT, "dr a", drawn))
    half = filed.gather(store, case, settings)
    assert half.sample is None
    assert filed.sha256(half) == whole
    for place, cell in enumerate(drawn.cells):
        store.add_review(case, made.review(cell, "monocyte", 5 + place))
    found = filed.gather(store, case, settings)
    assert found.sample is not None
    assert (found.sample.declared, found.sample.read) == (3, 3)
    assert filed.stated(found)["random_sample"]["read"] == 3
    assert filed.sha256(replace(found, sample=None)) != filed.sha256(found)
    assert [one.id for one in found.budgets] == ["blasts.budget", "cblc.budget"]
    assert pdf.written(found) == pdf.written(filed.gather(store, case, settings))


def test_the_newest_version_of_the_summary_is_filed_and_binds_the_signature(store, settings):
    case = made.full(store)
    plain = filed.gather(store, case, settings)
    store.words.add(case, plain.summary, Kind.WRITTEN, actor="a")
    sign(store, case)
    assert isinstance(filed.gather(store, case, settings).state, Signed)
    hand = Sentence("Mine: 7 of them.", origin=PERSON, by_hand=((6, 7),))
    edited = replace(plain.summary, sentences=(hand,))
    store.words.add(case, edited, Kind.EDITED, actor="b", parent=1)
    of = filed.gather(store, case, settings)
    assert of.summary == edited
    assert isinstance(of.state, Void)
    assert of.state.because == ("the summary is another",)
    assert of.trail != plain.trail
    with pdfium.PdfDocument(pdf.written(of)) as paper:
        printed = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in paper).split())
    assert told(hand) == "Mine: 7† of them."
    assert "Mine: 7† of them." in printed
    assert "A number that a person typed" in printed


def test_words_about_other_facts_are_not_filed_silently(store, settings):
    case = made.full(store)
    plain = filed.gather(store, case, settings).summary
    store.words.add(case, plain, Kind.WRITTEN, actor="a")
    mine = replace(plain, sentences=(Sentence("Mine.", origin=PERSON),))
    store.words.add(case, mine, Kind.EDITED, actor="b", parent=1)
    store.add_review(case, made.review(store.seen(case).cells[1].id, "monocyte", 5))
    of = filed.gather(store, case, settings)
    assert "Mine." not in str(of.summary.sentences)
    assert "Version 2 of" in of.summary.note
    assert "written from other facts" in of.summary.note


def test_a_test_of_the_surroundings_is_filed_while_it_speaks_of_these_calls(store, settings):
    """It changes what is stated and no signature: nothing that was signed is another."""
    case = made.full(store)
    sign(store, case)
    before = filed.gather(store, case, settings)
    cells = tuple(cell.id for cell in before.seen.cells)
    calls = standing.digest(before.seen, before.info, before.vocabulary)
    test = result(before.run, cells, made.CLASSIFIER.digest, calls=calls)
    store.robustness.add(case, replace(test, calls="e" * 64), actor="dr a")
    other = filed.gather(store, case, settings)
    assert filed.sha256(other) == filed.sha256(before)
    store.robustness.add(case, test, actor="dr a")
    now = filed.gather(store, case, settings)
    told_now = {fact.id: fact.value for fact in now.reading.facts}
    assert told_now["background.word"] == "undecided"
    assert told_now["background.cells"] == len(cells)
    assert any(
        one.text.startswith("Tested among other surroundings") for one in now.summary.caveats + now.summary.sentences
    )
    assert filed.sha256(now) != filed.sha256(before)
    assert isinstance(now.state, Signed)
    assert now.content == before.content
