"""Pictures of a label-free cell by their signed addresses: parts of the strip, and the saliency of its own weights."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Picture
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import analyse, phenotype
from core.protocols import RunState
from core.records import Modality, Upload
from core.tools import assemble
from pages.components import label_free_views, links, resources, served
from tests import label_free_fakes as fakes


@pytest.fixture
def client():
    with TestClient(Starlette(routes=served.ROUTES)) as client:
        yield client


def pixels(answer) -> np.ndarray:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    with Picture.open(io.BytesIO(answer.content)) as picture:
        return np.asarray(picture.convert("RGB"))


def seen_again(house, case_id: str) -> str:
    """A later run of the case, by the installed network instead of the stand-in."""
    run_id = "run-of-the-network"
    batch = [Upload(i.label, house.store.picture(case_id, i.id), i) for i in house.store.images(case_id)]
    house.store.add_run(case_id, run_id, len(batch), actor="test")
    house.store.advance_run(run_id, RunState.RUNNING, done=0)
    house.store.add_seen(case_id, run_id, analyse.see(batch, assemble(resources.settings(), Modality.DPC)))
    house.store.advance_run(run_id, RunState.DONE, done=len(batch))
    return run_id


def test_the_parts_of_a_strip_are_the_strip(house, client):
    case = house.label_free(fakes.REAL, fields=1)
    cell = house.store.seen(case).cells[3].id
    parts = [pixels(client.get(links.view(case, cell, part))) for part in phenotype.PARTS]
    whole = pixels(client.get(links.view(case, cell, label_free_views.STRIP)))
    assert np.array_equal(np.concatenate(parts, axis=1), whole)


def test_a_signature_holds_for_its_part_alone(house, client):
    case = house.label_free(fakes.REAL, fields=1)
    cell = house.store.seen(case).cells[0].id
    address = links.view(case, cell, "left")
    assert client.get(address.replace("/left", "/phase")).status_code == 403
    assert client.get(address, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get(links.view(case, cell, "nothing")).status_code == 404


def test_saliency_is_of_the_weights_that_named_the_cell_and_gone_with_the_case(house, client):
    case = house.label_free(fakes.REAL, fields=1)
    seen = house.store.seen(case)
    assert "not installed here" in label_free_views.why_no_saliency(seen)
    assert client.get(links.view(case, seen.cells[0].id, "saliency")).status_code == 409
    seen = house.store.seen(case, seen_again(house, case))
    assert label_free_views.why_no_saliency(seen) == ""
    address = links.view(case, seen.cells[0].id, "saliency")
    assert pixels(client.get(address)).shape == (phenotype.SHOWN, phenotype.SHOWN, 3)
    house.store.delete_case(case, actor="test", reason="test")
    assert client.get(address).status_code == 404
