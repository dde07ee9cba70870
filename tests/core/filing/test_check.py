"""A file that comes back: what the case says now, what it said when it was filed, altered, or nobody can say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as drawn_with
from hypothesis import strategies as st

from core import filed
from core.cases.store import open_store
from core.doors.review import Purpose, Sample
from core.errors import NotFound
from core.exports import codes, fhir, reader_study, study_codes
from core.filing.check import Verdict, check, checked
from core.filing.files import BY_NAME, crops, files
from core.filing.filing import file
from core.report import pdf
from core.review import sample
from core.settings import Settings
from tests.core.cases import made
from tests.core.test_filed import sign

NAMES = tuple(BY_NAME)


def all_of(store, settings, case):
    return files(filed.gather(store, case, settings), store, settings)


def reclassified(store, case):
    store.add_review(case, made.review(store.seen(case).cells[1].id, "monocyte", 5))


def test_what_was_just_made_is_what_the_case_says_now(store, settings, case, tmp_path):
    for name, content in all_of(store, settings, case).items():
        (tmp_path / name).write_bytes(content)
        found = check(tmp_path / name, store, settings)
        assert (found.verdict, found.case, found.filings) == (Verdict.NOW, case, ()), name
        assert "It was not filed." in found.said
    with pytest.raises(NotFound):
        check(tmp_path / "none.pdf", store, settings)


def test_what_was_filed_is_known_after_the_case_went_on(store, settings, case):
    sign(store, case)
    made_of = all_of(store, settings, case)
    kept = file(store, case, settings, actor="dr a")
    now = checked(made_of["report-A4.pdf"], store, settings)
    assert (now.verdict, now.filings) == (Verdict.NOW, (kept,))
    assert "by dr a, signed" in now.said
    reclassified(store, case)
    for name, content in made_of.items():
        found = checked(content, store, settings)
        assert (found.verdict, found.since) == (Verdict.CHANGED, ("1 cell was named by a person",)), name
        assert "the case has changed since: 1 cell was named by a person." in found.said
    assert checked(all_of(store, settings, case)["report-A4.pdf"], store, settings).verdict is Verdict.NOW


def test_a_note_on_the_worklist_and_a_filing_leave_a_paper_as_it_is(store, settings, case):
    paper = all_of(store, settings, case)["report-Letter.pdf"]
    store.desk.note(case, "call the ward", actor="dr a")
    file(store, case, settings, actor="dr a")
    store.export_case(case, settings.folder, actor="dr a")
    assert checked(paper, store, settings).verdict is Verdict.NOW


def test_a_paper_is_known_after_an_event_that_changed_nothing_stated(store, settings, case):
    paper = all_of(store, settings, case)["report-A4.pdf"]
    names = [cell.id for cell in store.seen(case).cells]
    drawn = sample.drawn(names, 3, 7)
    store.review.add_sample(case, Sample("s-1", f"{case}-run-2", Purpose.ESTIMATE, made.AT, "dr a", drawn))
    assert all_of(store, settings, case)["report-A4.pdf"] != paper  # it names a later event
    assert checked(paper, store, settings).verdict is Verdict.NOW


@drawn_with(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_altered_file_passes(store, settings, case, name, place, bit):
    if not store.filing.of(case):
        file(store, case, settings, actor="dr a")
    content = bytearray(files(filed.gather(store, case, settings), store, settings, (name,))[name])
    content[int(place * len(content))] ^= 1 << bit
    found = checked(bytes(content), store, settings)
    assert found.verdict in (Verdict.ALTERED, Verdict.UNKNOWN)


def test_an_altered_number_is_called_altered(store, settings, case):
    made_of = all_of(store, settings, case)
    told = json.loads(made_of["filed.json"])
    told["case"]["reviewed"] = 99
    changed = json.dumps(told).encode()
    assert checked(changed, store, settings).verdict is Verdict.ALTERED  # the file alone shows it
    table = made_of["differential.csv"].replace(b"unsigned", b"signed")
    assert checked(table, store, settings).verdict is Verdict.ALTERED
    file(store, case, settings, actor="dr a")
    reclassified(store, case)
    found = checked(table, store, settings)
    assert found.verdict is Verdict.ALTERED
    assert "names what was filed" in found.said
    paper = made_of["report-A4.pdf"]
    assert checked(paper.replace(b"/Title", b"/Tytle"), store, settings).verdict is Verdict.ALTERED


def test_a_draft_that_was_never_filed_cannot_be_told_from_an_altered_one(store, settings, case):
    made_of = all_of(store, settings, case)
    reclassified(store, case)
    for name in ("report-A4.pdf", "case.json", "cells.csv", "differential.csv"):
        found = checked(made_of[name], store, settings)
        assert (found.verdict, found.case) == (Verdict.UNKNOWN, case), name
        assert "never filed" in found.said
    assert "1 cell was named by a person" in checked(made_of["report-A4.pdf"], store, settings).said


def test_filed_papers_are_known_when_their_case_is_gone(store, settings, case):
    made_of = all_of(store, settings, case)
    file(store, case, settings, actor="dr a")
    store.delete_case(case, actor="dr a", reason="test")
    found = checked(made_of["report-A4.pdf"], store, settings)
    assert (found.verdict, found.since) == (Verdict.CHANGED, ("it was deleted",))
    assert checked(made_of["report-A4.pdf"] + b" ", store, settings).verdict is Verdict.ALTERED


def test_another_house_does_not_know_them(store, settings, case, tmp_path):
    other = Settings(data=str(tmp_path / "other"))
    elsewhere = open_store(other)
    try:
        for name, content in all_of(store, settings, case).items():
            found = checked(content, elsewhere, other)
            assert found.verdict is Verdict.UNKNOWN, name
            assert "not of this house" in found.said
    finally:
        elsewhere.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"{",
        b"[1]",
        b'{"format": "hemaboard.filed/1"}',
        b"a,b\n1,2\n",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"PK\3\4",
    ],
)
def test_what_was_not_made_here_is_not_of_this_house(store, settings, case, content):
    assert case
    found = checked(content, store, settings)
    assert found.verdict in (Verdict.UNKNOWN, Verdict.ALTERED)
    assert not found.filings


def test_crops_name_no_case_and_are_found_all_the_same(store, settings, case):
    made.full(store, case_id="another", seeds=(8, 9))  # of the same patient
    of = filed.gather(store, case, settings)
    code = next(iter({call.label for call in of.seen.calls}))
    for content in (crops(of, store), crops(of, store, [code]), crops(of, store, by_people=True)):
        found = checked(content, store, settings)
        assert (found.verdict, found.case) == (Verdict.NOW, case)
    whole = crops(of, store)
    file(store, case, settings, actor="dr a")
    reclassified(store, case)
    assert checked(whole, store, settings).verdict is Verdict.CHANGED
    assert checked(crops(of, store, [code]), store, settings).verdict is not Verdict.NOW


def test_a_choice_that_was_not_filed_by_itself_is_not_called_altered(store, settings, case):
    of = filed.gather(store, case, settings)
    code = next(iter({call.label for call in of.seen.calls}))
    choices = (crops(of, store, [code]), fhir.written(of, pdf.written(of, "Letter"), codes.of(settings)))
    bundle = BY_NAME["fhir.json"].make(of, store, settings)
    file(store, case, settings, actor="dr a")
    assert [checked(one, store, settings).verdict for one in choices] == [Verdict.NOW, Verdict.NOW]
    assert [checked(one + b" ", store, settings).verdict for one in choices] == [Verdict.ALTERED, Verdict.ALTERED]
    reclassified(store, case)
    for one in choices:
        found = checked(one, store, settings)
        assert (found.verdict, found.case) == (Verdict.UNKNOWN, case)
        assert "not filed by themselves" in found.said
    assert checked(bundle + b" ", store, settings).verdict is Verdict.ALTERED
    store.delete_case(case, actor="dr a", reason="test")
    for one in choices:
        found = checked(one, store, settings)
        assert (found.verdict, found.case) == (Verdict.UNKNOWN, case)


def test_an_archive_and_a_study_are_known_for_what_they_are(store, settings, case, tmp_path):
    archive = store.export_case(case, tmp_path, actor="dr a").read_bytes()
    study = reader_study.written([filed.gather(store, case, settings)], study_codes.secret(store))
    for content in (archive, study):
        found = checked(content, store, settings)
        assert found.verdict is Verdict.UNKNOWN
        assert "is not checked here" in found.said


def test_what_was_filed_elsewhere_is_known_where_the_case_was_brought_in(store, settings, case, tmp_path):
    draft = all_of(store, settings, case)
    kept = file(store, case, settings, actor="dr a")
    archive = store.export_case(case, tmp_path, actor="dr a")
    other = Settings(data=str(tmp_path / "other"))
    elsewhere = open_store(other)
    try:
        elsewhere.import_case(archive, actor="dr b")
        for name, content in draft.items():
            found = checked(content, elsewhere, other)
            assert (found.verdict, found.filings) == (Verdict.NOW, (replace(kept, elsewhere=True),)), name
            assert "where the case came from" in found.said
        reclassified(elsewhere, case)
        found = checked(draft["report-A4.pdf"], elsewhere, other)
        assert (found.verdict, found.since) == (Verdict.CHANGED, ("1 cell was named by a person",))
    finally:
        elsewhere.close()
