"""Pictures and crops: only by an address this process signed, only for its own pages."""

import io

import pytest
from PIL import Image as Picture
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.components import links, served


@pytest.fixture
def client():
    with TestClient(Starlette(routes=served.ROUTES)) as client:
        yield client


@pytest.fixture
def case(house, marrow):
    return house.finished(marrow, 1)


def test_a_signed_picture_comes_as_webp_to_be_kept_and_without_cors(house, client, case):
    answer = client.get(links.picture(case, house.store.images(case)[0].id))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in answer.headers["cache-control"]
    assert "private" in answer.headers["cache-control"]
    assert "access-control-allow-origin" not in answer.headers
    with Picture.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (200, 200)


def test_a_signed_crop_comes_as_png(house, client, case):
    cell = house.store.seen(case).cells[0]
    answer = client.get(links.crop(case, cell.id))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_an_unsigned_or_borrowed_address_is_refused(house, client, case):
    image, cell = house.store.images(case)[0].id, house.store.seen(case).cells[0].id
    signature = links.picture(case, image).split("sig=")[1]
    assert client.get(f"/api/picture/{case}/{image}").status_code == 403
    assert client.get(f"/api/picture/{case}/other?sig={signature}").status_code == 403
    assert client.get(f"/api/crop/{case}/{cell}?sig={signature}").status_code == 403
    assert client.get(f"/api/picture/{case}/{image}?sig=é").status_code == 403


def test_an_address_ends_after_hours_and_not_before(house, client, case, monkeypatch):
    image = house.store.images(case)[0].id
    start = 1_800_000_000 // links.WINDOW * links.WINDOW  # where a window begins
    for made, used, answer in (
        (0, links.WINDOW * 2 - 1, 200),
        (links.WINDOW - 1, links.WINDOW * 2 - 1, 200),
        (0, links.WINDOW * 2, 403),
        (links.WINDOW, 0, 403),
    ):
        monkeypatch.setattr(links.time, "time", lambda at=start + made: at)
        address = links.picture(case, image)
        monkeypatch.setattr(links.time, "time", lambda at=start + used: at)
        assert client.get(address).status_code == answer
    forged = address.replace(f"sig={start // links.WINDOW + 1}-", f"sig={start // links.WINDOW}-")
    assert forged != address
    assert client.get(forged).status_code == 403


def test_a_page_of_another_site_is_refused(house, client, case):
    address = links.picture(case, house.store.images(case)[0].id)
    assert client.get(address, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get(address, headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_what_was_deleted_is_not_found(house, client, case):
    address = links.picture(case, house.store.images(case)[0].id)
    house.store.delete_case(case, actor="test", reason="test")
    assert client.get(address).status_code == 404


def test_the_font_is_ours(client):
    answer = client.get("/fonts/inter.woff2")
    assert answer.content[:4] == b"wOF2"


@pytest.mark.usefixtures("house")
def test_a_drawn_cell_comes_by_its_signed_number_only(client):
    answer = client.get(links.drawn("4711"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with Picture.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (192, 192)
    assert client.get(links.drawn("4711").replace("/4711", "/4712")).status_code == 403
    assert client.get(links.drawn("no-number")).status_code == 404
