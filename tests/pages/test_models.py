"""The model page: every installed card, limits before figures, and text that stays text."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest

from core import tools
from core.charts.card import blocks
from core.settings import Settings
from pages.components import model_card, resources
from tests import sample_card
from tests.pages.conftest import words


@pytest.fixture
def sample(tmp_path, monkeypatch):
    folder = sample_card.written(tmp_path / "cards")
    made = tools.cards(folder, folder)
    monkeypatch.setattr(resources, "model_cards", lambda: made)
    return made[0]


def test_every_installed_model_has_its_card(opened):
    at = opened("models")
    names = [card.name for card in resources.model_cards()]
    assert list(at.button_group(key="models.chosen").options) == [model_card.plain(name) for name in names]
    for name in names:
        at.button_group(key="models.chosen").set_value(name).run()
        assert not at.exception
        assert f'<div class="hb-case">{name}</div>' in words(at)


def test_what_it_cannot_do_comes_before_any_figure(opened, sample):
    at = opened("models")
    said = words(at)
    assert said.index("It cannot be relied on for healthy people") < said.index("Weighted F1")
    heads = [header.value for header in at.header]
    assert heads[0] == "What it cannot do"
    assert heads.index("What it is and what it was made from") < heads.index("Figures")
    assert "weights verified" in said
    assert sample.digest in said


def test_all_that_a_card_holds_is_on_the_page(opened, sample):
    at = opened("models")
    said = words(at)
    for table in sample.tables.values():
        for block in blocks(table, sample.labels):
            for pair in getattr(block, "pairs", ()):
                assert pair.name in said
    assert "0.750–0.790" in said
    assert "A key nobody knew" in said
    assert "No background swap" in said
    assert len(at.get("plotly_chart")) == 2


def test_markup_in_a_card_is_text(opened, sample):
    at = opened("models")
    said = words(at)
    assert sample.domain == sample_card.HOSTILE
    assert "<img" not in said
    assert said.count("&lt;img src=x") >= 4
    for block in (*at.markdown, *at.header, *at.expander):
        assert "img" not in str(getattr(block, "value", "")) + str(getattr(block, "label", ""))


def test_refused_weights_are_told(opened, tmp_path, monkeypatch):
    folder = sample_card.written(tmp_path / "cards")
    (folder / "sample.safetensors").write_bytes(b"others")
    made = tools.cards(folder, folder)
    monkeypatch.setattr(resources, "model_cards", lambda: made)
    said = words(opened("models"))
    assert ">refused<" in said
    assert "weights verified" not in said


def test_a_sites_own_model_is_told_with_its_folder(opened, tmp_path, monkeypatch):
    folder = sample_card.written(tmp_path / "cards")
    made = tuple(replace(card, origin="/site/<b>models") for card in tools.cards(folder, folder))
    monkeypatch.setattr(resources, "model_cards", lambda: made)
    said = words(opened("models"))
    assert escape("the site's own") in said
    assert "/site/&lt;b&gt;models (setting models)" in said


def test_no_model_at_all_is_no_error(opened, monkeypatch):
    monkeypatch.setattr(resources, "model_cards", lambda: ())
    assert "Read first" in words(opened("models"))


def test_a_name_is_no_markdown_in_a_label():
    assert model_card.plain("cell-detector") == "cell-detector"
    assert model_card.plain("a_b*c*[d]") == r"a\_b\*c\*\[d\]"


def test_a_setting_that_names_no_folder_of_models_is_told_in_words(opened, monkeypatch):
    monkeypatch.setattr(resources, "model_cards", lambda: tools.cards(settings=Settings(models="/no/such/folder")))
    said = words(opened("models"))
    assert "No such folder" in said
    assert "setting models" in said


@pytest.mark.parametrize(
    ("truth", "said"), [("simulated", "withheld on a person"), ("measured", "every case"), ("", "unknown")]
)
def test_what_markers_were_learned_from_stands_beside_them(opened, sample, monkeypatch, truth, said):
    told = replace(sample, markers=("CD16", "<i>CD45</i>"), marker_truth=truth, marker_units="log10")
    monkeypatch.setattr(resources, "model_cards", lambda: (told,))
    shown = words(opened("models"))
    assert said in shown
    assert "CD16, log10" in shown
    assert "<i>CD45" not in shown


@pytest.mark.usefixtures("sample")
def test_the_contents_lead_to_every_part_in_the_order_of_the_page(opened):
    at = opened("models")
    said = words(at)
    contents = said.split('class="hb-contents"')[1].split("</nav>")[0]
    heads = [header.value for header in at.header]
    assert [contents.count(f'href="#{model_card.anchor(head)}"') for head in heads] == [1] * len(heads)
    places = [contents.index(f'href="#{model_card.anchor(head)}"') for head in heads]
    assert places == sorted(places)
    assert [header.proto.anchor for header in at.header] == [model_card.anchor(head) for head in heads]


def test_models_that_named_cases_and_are_not_installed_are_told_and_lead_to_them(house, opened, marrow):
    assert "No analysis has finished yet." in words(opened("models"))
    house.finished(marrow, 2)
    at = opened("models")
    said = words(at)
    assert "stand-in classifier" in said
    assert said.count("not installed (any more)") == 2
    next(button for button in at.button if button.label == "Show the cases of other models").click().run()
    assert at.title[0].value == "Worklist"
    assert at.selectbox(key="worklist.stale").value is True
