"""The report's page: what it shows of each kind of case, filing for who may, and pictures by signed address alone."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import unescape

import pytest
from PIL import Image as Picture
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import filed
from core.filing.filing import file
from core.people import Role
from core.records import Domain, Modality, Review, Stream
from core.report import pdf
from pages.components import links, report_held, resources, served, who
from tests.core.cases import made
from tests.pages.conftest import words


@pytest.fixture
def case(house, marrow):
    return house.finished(marrow, 1)


@pytest.fixture
def client():
    with TestClient(Starlette(routes=served.ROUTES)) as client:
        yield client


def button(at, label):
    return next(one for one in at.button if one.label.startswith(label))


def addresses(at):
    return [unescape(one) for one in re.findall(r'<img src="([^"]*/api/report/[^"]+)"', words(at))]


def test_its_pages_are_pictures_of_what_is_printed(opened, client, case):
    at = opened("report", case=case)
    found = addresses(at)
    assert len(found) == report_held.paper(report_held.now(case), "A4").pages
    for address in found:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        with Picture.open(io.BytesIO(answer.content)) as picture:
            assert picture.width == report_held.WIDE
    titles = [one.label for one in at.get("download_button")]
    assert {"Report, A4", "Report, Letter", "FHIR R4 bundle", "Cells, CSV"} <= set(titles)


def test_a_page_is_given_by_its_own_address_only_and_ends_with_the_case(opened, client, case, house):
    address = addresses(opened("report", case=case))[0]
    assert client.get(address.split("?")[0]).status_code == 403
    assert client.get(address.replace("/1?", "/2?")).status_code == 403
    assert client.get(address, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get(links.report(case, "0" * 64, 1)).status_code == 404
    sha256 = address.split("/")[-2]
    assert client.get(links.report(case, sha256, 9)).status_code == 404
    house.store.delete_case(case, actor="test", reason="test")
    assert client.get(address).status_code == 404


def test_filing_and_what_became_of_it(opened, case, house):
    at = opened("report", case=case)
    assert "What was filed" not in [one.value for one in at.subheader]
    button(at, "File this draft").click().run()
    kept = house.store.filing.of(case)
    assert [(one.actor, one.state) for one in kept] == [(who.actor(), "unsigned")]
    assert kept[0].sha256 == filed.sha256(filed.gather(house.store, case, resources.settings()))
    assert "holds" in words(at)
    assert "the case says the same now" in words(at)
    button(at, "File this draft").click().run()
    assert house.store.filing.of(case) == kept
    assert "filed before" in words(at)
    seen = house.store.seen(case)
    house.store.add_review(case, Review(seen.cells[0].id, "dr a", kept[0].at, "", "monocyte"))
    told = words(at.run())
    assert "outdated" in told
    assert "1 cell was named by a person" in told


@pytest.mark.parametrize("kind", ["smear", "label-free"])
def test_what_this_process_has_at_hand_gives_the_report_that_the_store_gives(house, marrow, kind):
    """Review by review: the same is stated, to the last fact and byte, as by whoever begins with nothing."""
    info = replace(marrow, modality=Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)
    case = house.label_free(info, 2) if kind == "label-free" else house.finished(marrow, 1)
    cells = house.store.seen(case).cells
    for number, cell in enumerate(cells[:3]):
        plain, of = filed.gather(house.store, case, resources.settings()), report_held.now(case)
        assert (of.reading, of.summary, of.shown, of.trail) == (plain.reading, plain.summary, plain.shown, plain.trail)
        assert (of.content, of.reviews, of.budgets) == (plain.content, plain.reviews, plain.budgets)
        assert filed.sha256(of) == filed.sha256(plain) == filed.digest(filed.stated(plain))
        house.store.add_review(case, made.review(cell.id, "lymphocyte", number))
    assert pdf.written(of) == pdf.written(plain)


def test_who_may_not_sign_may_not_file(opened, case, house, monkeypatch):
    at = opened("report", case=case)
    monkeypatch.setattr(who, "role", lambda: Role.READER)
    button(at, "File this draft").click().run()
    assert house.store.filing.of(case) == ()
    assert "signer" in words(at)
    assert button(at, "File this draft").disabled


def test_a_note_that_cannot_be_printed_costs_the_paper_only(opened, house, marrow):
    case = house.finished(replace(marrow, note="骨髄"), 1)
    at = opened("report", case=case)
    assert addresses(at) == []
    assert "Latin, Greek or Cyrillic" in words(at)
    shut = {one.label: one.disabled for one in at.get("download_button")}
    assert shut["Report, A4"]
    assert shut["FHIR R4 bundle"]
    assert not shut["Cells, CSV"]


def test_label_free_cases_have_one_too(opened, house, marrow):
    info = replace(marrow, modality=Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)
    at = opened("report", case=house.label_free(info, 2))
    assert addresses(at)
    assert "Synthetic case" in words(at)


def test_before_its_analysis_there_is_nothing_to_report(opened, house, marrow):
    at = opened("report", case=house.case(marrow, 1))
    assert "Not analysed" in words(at)
    assert not at.get("download_button")


def test_what_nobody_saw_is_not_filed(opened, case):
    at = opened("report", case=case)
    store = resources.store()
    cell = store.seen(case).calls[0]
    store.add_review(case, made.review(cell.cell, "monocyte", 5))
    button(at, "File this draft").click().run()
    assert not at.exception
    assert "Expected the case as you saw it" in words(at)
    assert store.filing.of(case) == ()
    button(at, "File this draft").click().run()
    assert len(store.filing.of(case)) == 1
    assert "Expected the case as you saw it" not in words(at)


def test_what_another_version_filed_is_not_told_as_a_change_of_the_case(opened, case):
    store = resources.store()
    kept = file(store, case, resources.settings(), actor="dr a")
    store.filing.add(replace(kept, sha256="0" * 64))
    told = words(opened("report", case=case))
    assert "the case has changed since" not in told
    assert "another version, or other settings" in told


def test_crops_are_chosen_of_classes_that_hold_and_no_observers_word_shows(opened, case, house):
    """While a round of observers is open nobody may see what another one says."""
    seen = house.store.seen(case)
    read = made.review(seen.calls[0].cell, "plasma_cell", 5)
    house.store.add_review(case, replace(read, stream=Stream.OBSERVER))
    at = opened("report", case=case)
    offered = next(one for one in at.multiselect if one.label.startswith("Classes")).options
    assert "plasma cell" not in offered
    assert len(offered) == len({call.label for call in seen.calls})
