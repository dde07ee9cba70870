"""What the gallery's routes give: a deck's columns, sheets of pictures, references; to signed addresses alone."""

import datetime as dt
import io

import numpy as np
import pytest
from PIL import Image as Picture
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.charts import sprites
from core.records import Review
from pages.components import links, resources, served
from pages.components.cell_board import decks


@pytest.fixture
def client():
    with TestClient(Starlette(routes=served.ROUTES)) as client:
        yield client


@pytest.fixture
def case(house, marrow):
    return house.finished(marrow, 2, doubts=True)


def held(house, case, **how):
    row = house.store.case(case)
    return decks.held(case, resources.seen(case, row.run.id), resources.vocabulary(row.info.vocabulary), **how)


def address(deck, part, query=""):
    path, signature = links.cells(deck.case_id, deck.id)
    return f"{path}/{part}?{signature}{query}"


def test_the_columns_come_once_and_may_be_kept(house, client, case):
    deck = held(house, case)
    answer = client.get(address(deck, "columns"))
    assert answer.status_code == 200
    assert answer.json() == deck.deck.columns
    assert "immutable" in answer.headers["cache-control"]
    assert held(house, case) is deck


def test_nothing_without_a_signature_for_this_deck(house, client, case):
    open_, blind = held(house, case), held(house, case, blinded=True)
    path, _ = links.cells(case, open_.id)
    signature = links.cells(case, blind.id)[1]
    cross = {"sec-fetch-site": "cross-site"}
    for part in ("columns", "pictures", "beside", "saliency"):
        assert client.get(f"{path}/{part}?of=0").status_code == 403
        assert client.get(f"{path}/{part}?of=0&{signature}").status_code == 403
        assert client.get(address(open_, part, "&of=0"), headers=cross).status_code == 403


def test_a_sheet_holds_the_crops_that_were_asked_for(house, client, case):
    deck = held(house, case)
    answer = client.get(address(deck, "pictures", "&side=96&of=3.0"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    with Picture.open(io.BytesIO(answer.content)) as sheet:
        assert sheet.size == (192, 96)
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    with Picture.open(io.BytesIO(house.store.crop(case, deck.deck.cells[3]))) as crop:
        middle = np.asarray(crop.convert("RGB"))[crop.height // 2, crop.width // 2].astype(int)
    assert abs(pixels[48, 48] - middle).max() < 16


def test_a_cell_alone_has_no_surroundings(house, client, case):
    content = client.get(address(held(house, case), "pictures", "&side=96&alone=1&of=0")).content
    with Picture.open(io.BytesIO(content)) as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    assert abs(pixels[:6, :6] - sprites.GROUND).max() < 12
    assert pixels[48, 48].min() < 100


def test_places_that_are_none_are_refused(house, client, case):
    deck = held(house, case)
    for of in ("", "x", "-1", "9999", "0.", "1,2", ".".join("0" * 49), "٣"):
        assert client.get(address(deck, "pictures", f"&of={of}")).status_code == 409, of


def test_references_follow_the_reviews_and_are_never_kept(house, client, case):
    deck = held(house, case)
    assert client.get(address(deck, "beside", "&of=0")).json() == {}
    for place in (1, 2):
        cell = deck.deck.cells[place]
        house.store.add_review(case, Review(cell, "a", dt.datetime.now(dt.UTC), "blast", "band"))
    answer = client.get(address(deck, "beside", "&of=0"))
    assert {code: sorted(places) for code, places in answer.json().items()} == {"band": [1, 2]}
    assert answer.headers["cache-control"] == "no-store"
    assert client.get(address(held(house, case, blinded=True), "beside", "&of=0")).json() == {}


def test_a_blinded_deck_sends_no_call(house, client, case):
    said = client.get(address(held(house, case, blinded=True), "columns")).json()
    assert (set(said["called"]), said["permille"], said["sets"], said["odd"]) == ({-1}, [], {}, [])
    saliency = client.get(address(held(house, case, blinded=True), "saliency", "&of=0"))
    assert (saliency.status_code, "without calls" in saliency.text) == (404, True)


def test_a_deleted_case_is_not_found_although_its_deck_is_held(house, client, case):
    deck = held(house, case)
    addresses = [address(deck, part, "&of=0") for part in ("columns", "pictures", "beside")]
    house.store.delete_case(case, actor="test", reason="test")
    assert [client.get(one).status_code for one in addresses] == [404, 404, 404]


def test_a_deck_that_was_let_go_is_not_found_and_made_again_under_the_same_address(house, client, case):
    deck = held(house, case)
    for number in range(decks.MOST):
        held(house, case, strips={deck.deck.cells[0]: str(number)})
    assert client.get(address(deck, "columns")).status_code == 404
    assert held(house, case).id == deck.id
    assert client.get(address(deck, "columns")).status_code == 200


def test_decks_with_other_words_under_the_cells_are_others(house, case):
    cell = held(house, case).deck.cells[0]
    one, other = (held(house, case, strips={cell: word}) for word in ("CD16 1.2", "CD16 1.3"))
    assert one.id != other.id
