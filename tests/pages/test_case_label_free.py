"""A label-free case on its page: shares, markers where they may be seen, the reason where not, checks, strips."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import Findings
from pages.components import label_free_scatter
from tests import label_free_fakes as fakes
from tests.pages.conftest import words


def everything(at) -> str:
    """All that any element of the page holds, charts and their data too."""
    return " ".join(str(element.proto) for element in at.main)


def test_a_persons_case_shows_classes_and_no_marker_value(house, opened):
    at = opened("case", case=house.label_free(fakes.REAL))
    said = words(at)
    for name in ("Lymphocytes", "Granulocytes", "Monocytes"):
        assert f"<h3>{name}</h3>" in said
    assert "50.0 %" in said  # 54 of 108 granulocytes
    assert 'class="hb-card hb-withheld"' in said
    assert "learned from simulated cells" in said
    assert "install a card with measured validation" in said
    assert "Another domain" in said
    assert "excludes leukaemia" in said
    assert str(fakes.MARK) not in everything(at)
    assert not [group for group in at.button_group if group.label == "Marker"]
    assert "Blasts" not in said
    assert "WHO" not in said


def test_a_synthetic_case_shows_markers_and_says_what_they_are(house, opened):
    case_id = house.label_free(fakes.SYNTHETIC)
    at = opened("case", case=case_id)
    said = words(at)
    assert "belong to no patient" in said
    assert 'class="hb-card hb-withheld"' not in said
    assert str(fakes.MARK) in said
    assert "gates on CD3, CD16 and CD45" in said
    assert "Sarle" in said
    assert "Neither the card nor anybody here gave one" in said
    at.button_group(key=f"case.marker.{case_id}").set_value("CD45").run()
    assert not at.exception
    assert "CD45, log10" in everything(at) or "CD45" in everything(at)


def test_a_cut_off_that_is_entered_counts_for_its_marker_alone(house, opened):
    case_id = house.label_free(fakes.SYNTHETIC)
    at = opened("case", case=case_id)
    at.number_input(key=f"case.cuts.{case_id}.cd16").set_value(fakes.MARK + 0.5).run()
    assert not at.exception
    assert "Above 7771.5, entered" in words(at)
    at.button_group(key=f"case.marker.{case_id}").set_value("CD45").run()
    assert "Neither the card nor anybody here gave one" in words(at)
    at.button_group(key=f"case.marker.{case_id}").set_value("CD16").run()
    assert "Above 7771.5, entered" in words(at)


def test_a_measured_card_lights_up_a_persons_case(house, opened):
    said = words(opened("case", case=house.label_free(fakes.REAL, truth="measured")))
    assert str(fakes.MARK) in said
    assert 'class="hb-card hb-withheld"' not in said


def test_strips_checks_and_every_view_are_there(house, opened):
    case_id = house.label_free(fakes.REAL)
    said = words(opened("case", case=case_id))
    assert "A grey square is a view that is missing" in said
    for name in ("Views", "Focus", "Brightness", "Likeness to the calibration cells", "Domain"):
        assert f"<b>{name}</b>" in said


def test_few_cells_withhold_numbers_and_the_urgent_alert_stays(house, opened):
    info = replace(fakes.SYNTHETIC, findings=Findings(apl=True))
    said = words(opened("case", case=house.label_free(info, fields=2)))
    assert "Numbers withheld" in said
    assert "fewer than 50" in said
    assert said.index("Exclude APL urgently") < said.index("Lymphocytes")


def test_markers_are_drawn_in_three_ways(house, opened):
    case_id = house.label_free(fakes.SYNTHETIC)
    at = opened("case", case=case_id)
    for shape, told in (("Ridges", "as high as the others"), ("Histograms", "shares of a group")):
        at.button_group(key=f"case.shape.{case_id}").set_value(shape).run()
        assert not at.exception
        assert told in words(at)


def test_the_slider_and_the_number_are_one_cut_off_and_pick_the_cells_above(house, opened):
    case_id = house.label_free(fakes.SYNTHETIC)
    at = opened("case", case=case_id)
    slider = at.slider(key=f"case.cuts.{case_id}.cd16.slid")
    slider.set_value(slider.min + 0.2).run()
    entered = at.number_input(key=f"case.cuts.{case_id}.cd16").value
    assert entered == slider.min + 0.2
    assert "entered" in words(at)
    at.number_input(key=f"case.cuts.{case_id}.cd16").set_value(fakes.MARK + 0.4).run()
    assert at.slider(key=f"case.cuts.{case_id}.cd16.slid").value == fakes.MARK + 0.4
    at.button(key="cells-above").click().run()
    picked = at.session_state[f"case.picked.{case_id}"]
    assert 0 < len(picked) < 6 * 19


def test_cells_by_value_fall_back_to_area_where_no_marker_may_be_seen(house, opened):
    case_id = house.label_free(fakes.REAL)
    at = opened("case", case=case_id)
    across, up = (at.selectbox(key=f"case.axes.{case_id}.{name}") for name in ("across", "up"))
    assert (across.value, up.value) == ("probability.granulocyte", "area")
    assert not any("CD16" in option for option in up.options)
    up.set_value("phase").run()
    assert not at.exception


def test_saliency_says_why_not(house, opened):
    said = words(opened("case", case=house.label_free(fakes.REAL)))
    assert "not installed here" in said  # stand-in weights explain nothing


def test_the_balance_of_the_branches_is_told(house, opened):
    case_id = house.label_free(fakes.REAL)
    at = opened("case", case=case_id)
    assert "30.0 %" in words(at)
    at.button_group(key=f"case.branch.{case_id}").set_value("the markers").run()
    assert "70.0 %" in words(at)


@pytest.mark.parametrize("event", [None, {}, {"selection": {}}, {"selection": {"points": [{"x": 1}]}}])
def test_a_selection_without_cells_picks_none(event):
    assert label_free_scatter.of_selection(event) == ()


def test_a_selection_names_each_cell_once_in_its_order():
    points = [{"customdata": [cell, "said"]} for cell in ("b", "a", "b")]
    assert label_free_scatter.of_selection({"selection": {"points": points}}) == ("b", "a")
