"""The deck of a gallery: every cell once, what a model said of it, and nothing of that when it is blinded."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import analyse
from core.charts import class_keys, gallery
from core.records import Seen
from core.robustness.records import Flipped, Surroundings, Turn
from core.vocabulary import vocabulary
from tests import fakes
from tests.core.robustness.made import result

WORDS = vocabulary("shipped16")
LABELS = ("blast", "segmented", "lymphocyte", "smudge")


@pytest.fixture(scope="module")
def seen() -> Seen:
    discs = [(20.0 + 45 * (n % 4), 25.0 + 50 * (n // 4), 12.0 + n, LABELS[n % 4]) for n in range(12)]
    return analyse.see([fakes.upload(fakes.field(discs, seed=s)) for s in range(2)], fakes.tools(doubts=True))


def test_every_cell_has_one_place_and_every_column_its_length(seen):
    deck = gallery.deck(seen, WORDS)
    cells, columns = len(seen.cells), deck.columns
    assert sorted(deck.cells) == sorted(cell.id for cell in seen.cells)
    assert [deck.place[cell] for cell in deck.cells] == list(range(cells))
    assert {len(columns[name]) for name in ("called", "size", "field", "oddness")} == {cells}
    assert len(columns["permille"]) == cells * len(WORDS.codes)
    assert json.loads(json.dumps(columns)) == columns
    assert [cls["key"] for cls in columns["classes"]] == [class_keys.keys(WORDS)[code] for code in WORDS.codes]


def test_what_was_said_of_a_cell_stands_in_its_place(seen):
    deck = gallery.deck(seen, WORDS)
    for call in seen.calls:
        place = deck.place[call.cell]
        assert WORDS.codes[deck.columns["called"][place]] == call.label
        assert deck.columns["oddness"][place] == round(call.oddness * 1000)
        assert (place in deck.columns["odd"]) == (call.oddness > 0.99)
        told = deck.columns["sets"].get(str(place), [])
        assert [WORDS.codes[code] for code in told] == (list(call.possible) if len(call.possible) > 1 else [])
        row = deck.columns["permille"][place * 16 : place * 16 + 16]
        assert row == [round(call.probabilities[code] * 1000) for code in WORDS.codes]


def test_the_surest_of_a_class_comes_first(seen):
    sure = replace(seen.calls[3], probabilities={seen.calls[3].label: 0.999})
    calls = tuple(sure if call.cell == sure.cell else call for call in seen.calls)
    deck = gallery.deck(replace(seen, calls=calls), WORDS)
    called = deck.columns["called"]
    assert called == sorted(called)
    assert called.index(WORDS.codes.index(sure.label)) == deck.place[sure.cell]


def test_a_cell_that_nobody_named_is_there_too(seen):
    deck = gallery.deck(replace(seen, calls=seen.calls[1:]), WORDS)
    assert deck.cells[-1] == seen.calls[0].cell
    assert deck.columns["called"][-1] == gallery.UNNAMED
    assert sum(deck.columns["permille"][-16:]) == 0


@given(st.permutations(range(24)))
def test_a_blinded_deck_is_the_same_whatever_the_model_said(seen, order):
    """Not one byte of it may depend on a call."""
    shuffled = tuple(
        replace(call, cell=seen.calls[other].cell, label=LABELS[other % 4])
        for call, other in zip(seen.calls, order, strict=True)
    )
    blind = gallery.deck(seen, WORDS, blinded=True, strips={seen.cells[0].id: "CD16 7771.2"})
    other = gallery.deck(replace(seen, calls=shuffled), WORDS, blinded=True)
    assert (blind.cells, blind.columns) == (other.cells, other.columns)
    assert set(blind.columns["called"]) == {gallery.UNNAMED}
    assert (blind.columns["permille"], blind.columns["sets"], blind.columns["odd"]) == ([], {}, [])
    assert "told" not in blind.columns
    assert blind.cells != tuple(cell.id for cell in seen.cells)


def test_words_of_strips_stand_under_their_cells(seen):
    deck = gallery.deck(seen, WORDS, strips={seen.cells[5].id: "CD16 2.1"})
    assert deck.columns["told"][deck.place[seen.cells[5].id]] == "CD16 2.1"
    assert sum(bool(told) for told in deck.columns["told"]) == 1


def test_cells_that_other_surroundings_rename_say_so_unless_the_reader_is_blinded(seen):
    cell, other = seen.cells[5].id, seen.cells[6].id
    turns = tuple(Turn(one, code, "") for one, code in zip(Surroundings, ("band", "blast", "band"), strict=False))
    tested = replace(
        result("run", (cell, other), "m"),
        flipped=(Flipped(cell, "other", 0.5, turns, True), Flipped(other, "other", 0.5, turns[:1], False)),
    )
    told = gallery.renamed(tested, WORDS)
    assert told == {cell: "Called band neutrophil or blast among other surroundings"}
    assert gallery.renamed(None, WORDS) == {}
    deck = gallery.deck(seen, WORDS, renamed=told)
    assert deck.columns["renamed"] == {str(deck.place[cell]): told[cell]}
    assert "renamed" not in gallery.deck(seen, WORDS, blinded=True, renamed=told).columns


def test_sizes_are_in_micrometres_only_where_every_field_has_a_scale(seen):
    assert gallery.deck(seen, WORDS).columns["unit"] == "px"
    scaled = tuple(replace(c, measures={**c.measures, "diameter_um": 10.0 + n}) for n, c in enumerate(seen.cells))
    columns = gallery.deck(replace(seen, cells=scaled), WORDS).columns
    assert (columns["unit"], min(columns["size"])) == ("µm", 10.0)
    assert len(columns["size_bands"]) == len(columns["size_edges"]) + 1
    mixed = (*scaled[1:], replace(scaled[0], measures=seen.cells[0].measures))
    assert gallery.deck(replace(seen, cells=mixed), WORDS).columns["unit"] == "px"


def test_no_cells_make_an_empty_deck():
    deck = gallery.deck(Seen(), WORDS)
    assert deck.cells == ()
    assert deck.columns["size_bands"] == []
