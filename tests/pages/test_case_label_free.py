"""A label-free case on its page: shares, markers where they may be seen, the reason where not, checks, strips."""

from __future__ import annotations

from dataclasses import replace

from core.records import Findings
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
    assert 'class="hb-grid strips"' in said
    assert said.count("<figure") == 60
    assert "convolutions 30\u00a0%" in said
    for name in ("Views", "Focus", "Brightness", "Likeness to the calibration cells", "Domain"):
        assert f"<b>{name}</b>" in said


def test_few_cells_withhold_numbers_and_the_urgent_alert_stays(house, opened):
    info = replace(fakes.SYNTHETIC, findings=Findings(apl=True))
    said = words(opened("case", case=house.label_free(info, fields=2)))
    assert "Numbers withheld" in said
    assert "fewer than 50" in said
    assert said.index("Exclude APL urgently") < said.index("Lymphocytes")
