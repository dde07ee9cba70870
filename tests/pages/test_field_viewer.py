"""The field viewer without a browser: what it is told, what it does with a message, its addresses."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import labels
from pages.components import links, resources, served, state
from pages.components.field_viewer import component


@pytest.fixture
def client():
    with TestClient(Starlette(routes=served.ROUTES)) as client:
        yield client


@pytest.fixture
def case(house, marrow):
    return house.finished(marrow, 2, doubts=True)


def told(house, case, **more):
    row, seen = house.store.case(case), house.store.seen(case)
    words = resources.vocabulary(row.info.vocabulary)
    return component.data_of(row, seen, labels.settled(seen), words, **more)


def test_polygons_travel_by_address_and_only_classes_in_the_message(house, case):
    data = told(house, case)
    assert len(data["pages"]) == 2
    assert "points" not in json.dumps(data)
    assert len(json.dumps(data)) < 6000
    assert data["focus"] is None
    assert data["finds"]


def test_a_focus_comes_with_the_field_it_lies_in_and_a_strange_one_is_not_followed(house, case):
    cell = house.store.seen(case).cells[-1]
    assert told(house, case, focus=cell.id)["focus"] == {"cell": cell.id, "field": cell.image}
    assert told(house, case, focus="of another run")["focus"] is None


def test_the_outlines_of_a_field_come_by_signed_address_with_crops_that_open(house, client, case):
    page = told(house, case)["pages"][0]
    answer = client.get(page["outlines"])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    cells = answer.json()
    assert [cell["id"] for cell in cells] == list(page["cells"])
    assert client.get(cells[0]["crop"]).headers["content-type"] == "image/png"
    assert client.get(page["outlines"].split("?")[0]).status_code == 403
    borrowed = page["outlines"].split("?")[1]
    other = told(house, case)["pages"][1]["outlines"].split("?")[0]
    assert client.get(f"{other}?{borrowed}").status_code == 403


def test_outlines_of_a_deleted_case_are_gone_though_they_were_held_in_memory(house, client, case):
    address = told(house, case)["pages"][0]["outlines"]
    assert client.get(address).status_code == 200
    house.store.delete_case(case, actor="test", reason="test")
    assert client.get(address).status_code == 404


def test_the_whole_picture_is_given_to_who_looks_closer(house, client, case):
    address = links.picture(case, house.store.images(case)[0].id)
    assert client.get(f"{address}&whole=1").status_code == 200


def test_a_message_sets_the_focus_and_tells_the_page():
    def script():
        from pages.components.field_viewer import component

        asked: list[str] = []
        component.take("c", {"cell": "cell-7", "at": 1}, asked.append)
        component.take("c", None, asked.append)
        assert asked == ["cell-7"]
        assert component.focus_of("c") == "cell-7"

    at = AppTest.from_function(script).run()
    assert not at.exception
    assert at.session_state[f"{state.CASE_FOCUS}.c"] == "cell-7"
