"""The page of a whole slide, from its file to its cells; runs are told to the store as a run would tell them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import analyse, filed
from core.jobs import runs as jobs
from core.people import Right
from core.protocols import RunState
from core.records import CaseInfo, Modality, Specimen, Upload
from core.slides import reading
from core.slides.fields import Region
from core.slides.plans import Order, Plan, SlideInfo, Stop
from pages.components import links, resources, served, slide_drawn, slide_found, slide_setup, slide_tiles, who
from tests import fakes, slide_of_discs
from tests.pages.conftest import House, words

Opened = Callable[..., AppTest]
INFO = CaseInfo("AML-0420", Specimen.BLOOD, Modality.SMEAR)
END = "End here and count what was seen"
WHOLE = (Region(0, 0, 4400, 2400),)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("slide")) / "discs.tif"


@pytest.fixture(scope="module", autouse=True)
def discs(file: Path) -> list[slide_of_discs.Disc]:
    return slide_of_discs.made(file, 4400, 2400)


@pytest.fixture
def case(house: House, file: Path) -> tuple[str, SlideInfo]:
    case_id = house.store.add_case(INFO, actor="test")
    return case_id, house.store.slides.add(case_id, file, actor="test")


def begun(
    house: House, case_id: str, slide: SlideInfo, *, stop: Stop | None = None, order: Order = Order.RANDOM
) -> Plan:
    """A plan and its run, nothing looked at yet."""
    store = house.store
    plan = store.slides.plan(case_id, slide.id, WHOLE, actor="test", stop=stop, order=order)
    store.add_run(case_id, "run-1", len(plan.fields), actor="test")
    store.slides.begin(case_id, "run-1", plan)
    store.advance_run("run-1", RunState.RUNNING, done=0)
    return plan


def looked(house: House, case_id: str, plan: Plan, number: int, *, ends: bool) -> None:
    """The first `number` fields are looked at by the stand-ins."""
    store = house.store
    ids = store.slides.take(case_id, plan, plan.fields[:number], actor="test")
    known = {image.id: image for image in store.images(case_id)}
    batch = [Upload(known[i].label, store.picture(case_id, i), known[i]) for i in ids]
    store.add_seen(case_id, "run-1", analyse.see(batch, fakes.tools(resources.settings())))
    store.advance_run("run-1", RunState.DONE if ends else RunState.RUNNING, done=number)


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_a_case_without_a_slide_offers_two_ways_in_and_says_how_large(house: House, opened: Opened) -> None:
    case_id = house.store.add_case(INFO, actor="test")
    at = opened("slide", case=case_id)
    assert "at most 300 MB" in at.get("file_uploader")[0].label
    assert "python -m core slide add" in words(at)
    assert at.text_input(key=f"slide.path.{case_id}").disabled is False


def test_only_administrators_give_paths(house: House, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who, "may", lambda right: right is not Right.ADMINISTER)
    case_id = house.store.add_case(INFO, actor="test")
    at = opened("slide", case=case_id)
    assert "Only administrators give paths." in words(at)
    assert at.text_input(key=f"slide.path.{case_id}").disabled


def test_a_slide_from_a_path_is_added_and_shown(house: House, opened: Opened, file: Path) -> None:
    case_id = house.store.add_case(INFO, actor="test")
    at = opened("slide", case=case_id)
    at.text_input(key=f"slide.path.{case_id}").set_value(str(file)).run()
    next(button for button in at.button if button.label == "Add the slide at this path").click().run()
    assert not at.exception
    assert [slide.label for slide in house.store.slides.slides(case_id)] == ["slide 1"]
    assert "4 400 × 2 400 pixels · 0.25 µm per pixel" in words(at)


def test_a_path_to_nothing_is_told(house: House, opened: Opened) -> None:
    case_id = house.store.add_case(INFO, actor="test")
    at = opened("slide", case=case_id)
    at.text_input(key=f"slide.path.{case_id}").set_value("/nowhere/a.svs").run()
    next(button for button in at.button if button.label == "Add the slide at this path").click().run()
    assert "Not possible" in words(at)


def test_set_up_counts_the_fields_and_starts_what_was_declared(
    case, house: House, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, slide = case
    monkeypatch.setattr(slide_setup, "proposed", lambda *_: (Region(0, 0, 2100, 2400, 0.8),))
    started: list[str] = []
    monkeypatch.setattr(jobs, "start_run", lambda _, case, actor: started.append(f"{case} {actor}"))
    at = opened("slide", case=case_id)
    assert "1 region proposed" in words(at)
    at.radio[0].set_value(slide_setup.WIDTH).run()
    at.number_input[0].set_value(8.0).run()
    assert "anytime-valid" in words(at)
    assert "only learns how full a field is" in words(at)
    next(button for button in at.button if button.label == "Start the analysis").click().run()
    plan = house.store.slides.planned(case_id)
    assert plan is not None
    assert (plan.slide, plan.order, plan.stop) == (slide.id, Order.RANDOM, Stop(width=0.08, share="cblc"))
    assert plan.regions == (Region(0, 0, 2100, 2400, 0.8),)
    assert started == [f"{case_id} local user"]


def test_regions_stand_as_they_were_left_until_the_proposals_are_taken_again(
    case, house: House, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, slide = case
    proposals = (Region(0, 0, 2100, 2400, 0.8),)
    monkeypatch.setattr(slide_setup, "proposed", lambda *_: proposals)
    drafts, actor = house.store.slides.drafts, resources.settings().user
    assert "1 region proposed" in words(opened("slide", case=case_id))
    assert drafts.kept(case_id, slide.id, actor=actor) is None  # who only looked left nothing
    drafts.keep(case_id, slide.id, WHOLE, actor=actor)
    at = opened("slide", case=case_id)
    assert "The regions as you left them. They are kept for you." in words(at)
    assert "Take the proposals again" in labels(at)
    slide_setup._left(case_id, slide.id, "slide.regions.test", None)  # what it does; it draws a fragment alone anew
    assert drafts.kept(case_id, slide.id, actor=actor) is None
    assert "1 region proposed" in words(opened("slide", case=case_id))


def test_who_starts_nothing_leaves_no_regions_behind(case, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, slide = case
    monkeypatch.setattr(who, "refusal", lambda _: "Not for this role")
    slide_setup._left(case_id, slide.id, "slide.regions.test", WHOLE)
    assert house.store.slides.drafts.kept(case_id, slide.id, actor=who.actor()) is None


def test_without_a_region_there_is_nothing_to_start(case, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slide_setup, "proposed", lambda *_: ())
    at = opened("slide", case=case[0])
    assert next(button for button in at.button if button.label == "Start the analysis").disabled


def test_under_way_the_ratio_is_told_and_one_may_end_early(case, house: House, opened: Opened) -> None:
    case_id, slide = case
    plan = begun(house, case_id, slide, stop=Stop(cells=500))
    looked(house, case_id, plan, 2, ends=False)
    at = opened("slide", case=case_id)
    said = words(at)
    assert f"2 of {len(plan.fields)} fields" in said
    assert "It ends at 500 counted cells" in said
    assert "Cancel analysis" in labels(at)
    assert slide_drawn.NOT_YET in said
    next(button for button in at.button if button.label == END).click().run()
    found = house.store.slides.looked(case_id, "run-1")
    assert found is not None
    assert found.asked == "local user"


def test_a_cancelled_run_shows_how_far_it_came_and_goes_on(case, house: House, opened: Opened) -> None:
    case_id, slide = case
    plan = begun(house, case_id, slide)
    looked(house, case_id, plan, 1, ends=False)
    house.store.advance_run("run-1", RunState.CANCELLED, message="cancelled by test")
    at = opened("slide", case=case_id)
    assert f"1 of {len(plan.fields)} fields" in words(at)
    assert "Go on where it stopped" in labels(at)
    assert END not in labels(at)
    next(button for button in at.button if button.label == "Look at this slide again, otherwise").click().run()
    assert "Start the analysis" in labels(at)


def test_done_it_says_what_was_not_looked_at_here_and_in_the_case(case, house: House, opened: Opened) -> None:
    case_id, slide = case
    plan = begun(house, case_id, slide)
    looked(house, case_id, plan, 3, ends=True)
    sentence = f"3 of {len(plan.fields)} planned fields of slide 1 were looked at"
    said = words(opened("slide", case=case_id))
    assert sentence in said
    assert slide_drawn.TOO_FEW in said  # nor is a band spoken of that is not drawn
    assert sentence in words(opened("case", case=case_id))
    facts = {fact.id: fact.value for fact in resources.reading(case_id, "run-1", INFO).facts}
    assert (facts["slide.planned"], facts["slide.looked"]) == (len(plan.fields), 3)
    assert 0 < facts["slide.area"] < 100
    on_paper = filed.gather(house.store, case_id, resources.settings()).reading
    assert sentence in " ".join(on_paper.warnings)
    assert facts.items() >= {fact.id: fact.value for fact in on_paper.facts if fact.id.startswith("slide.")}.items()


def test_best_first_draws_no_band(case, house: House, opened: Opened) -> None:
    case_id, slide = case
    looked(house, case_id, begun(house, case_id, slide, order=Order.BEST), 3, ends=True)
    at = opened("slide", case=case_id)
    assert slide_drawn.NO_BAND in words(at)
    assert 'class="own"' not in words(at)


def test_cells_lie_on_the_slide_where_they_were_drawn(case, house: House, discs: list[slide_of_discs.Disc]) -> None:
    case_id, slide = case
    plan = begun(house, case_id, slide)
    looked(house, case_id, plan, 2, ends=True)
    found = slide_found.columns(house.store.seen(case_id), house.store.slides.fields(case_id), {})
    middles = np.array([(x, y) for x, y, *_ in discs])
    off = [np.abs(middles - place).max(axis=1).min() for place in zip(found["x"], found["y"], strict=True)]
    assert len(off) > 150
    assert max(off) <= slide_of_discs.RADIUS  # those that the edge of a field cuts have their middle elsewhere
    assert np.quantile(off, 0.8) <= 2


# --- addresses


@pytest.fixture
def client():
    with TestClient(Starlette(routes=served.ROUTES)) as client:
        yield client


def test_a_signed_tile_comes_as_jpeg_to_be_kept_and_without_cors(case, house: House, client: TestClient) -> None:
    case_id, slide = case
    opened = house.store.slides.opened(case_id, slide.id)
    path, query = links.tiles(case_id, slide.id)
    last = opened.zooms - 1
    answer = client.get(f"{path}/{last}/3/2?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert "immutable" in answer.headers["cache-control"]
    assert "access-control-allow-origin" not in answer.headers
    with Picture.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (256, 256)
    assert client.get(f"{path}/{last}/99/2?{query}").status_code == 404
    assert client.get(f"{path}/{last}/label/2?{query}").status_code == 404


def test_tiles_are_refused_without_a_signature_of_this_slide(case, client: TestClient) -> None:
    case_id, slide = case
    path, query = links.tiles(case_id, slide.id)
    other, _ = links.tiles(case_id, "slide-other")
    assert client.get(f"{path}/0/0/0").status_code == 403
    assert client.get(f"{other}/0/0/0?{query}").status_code == 403
    assert client.get(f"{path}/0/0/0?{query}", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_deleted_cases_tiles_are_gone_with_it(case, house: House, client: TestClient) -> None:
    case_id, slide = case
    path, query = links.tiles(case_id, slide.id)
    assert client.get(f"{path}/0/0/0?{query}").status_code == 200
    house.store.delete_case(case_id, actor="test", reason="a test")
    assert client.get(f"{path}/0/0/0?{query}").status_code == 404


def test_drawn_tiles_are_kept_in_bounded_memory(case, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, info = case
    slide = house.store.slides.opened(case_id, info.id)
    tiles, drawn, last = slide_tiles.Tiles(kept_bytes=30_000), [], slide.zooms - 1
    monkeypatch.setattr(slide, "tile", lambda *place: drawn.append(place) or reading.Slide.tile(slide, *place))
    first = tiles.jpeg((case_id, info.id, last, 0, 0), slide)
    assert tiles.jpeg((case_id, info.id, last, 0, 0), slide) == first
    assert drawn == [(last, 0, 0)]
    for column in range(12):
        tiles.jpeg((case_id, info.id, last, column, 1), slide)
        assert tiles.bytes <= 30_000
    tiles.jpeg((case_id, info.id, last, 0, 0), slide)
    assert len(drawn) == 14  # the first had to make room


def test_points_come_by_a_signed_address(case, house: House, client: TestClient) -> None:
    case_id, slide = case
    plan = begun(house, case_id, slide)
    looked(house, case_id, plan, 2, ends=True)
    answer = client.get(links.slide_cells(case_id, "run-1"))
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.json()["x"]) == len(house.store.seen(case_id).cells) > 0
    assert min(answer.json()["c"]) >= 0
    assert client.get(f"/api/slide-cells/{case_id}/run-1").status_code == 403
