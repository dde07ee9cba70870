"""Decks: as even over the classes as they allow, the same for the same seed, refused when empty."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.doors.teaching import Origin, Recipe
from core.errors import BadInput
from core.teaching.deck import MOST, built, counts, mixed, picked
from tests.core.teaching.answered import AT, item

CODES = ("blast", "band", "smudge")
MANY = [item(f"{code}-{n}", code) for code, held in zip(CODES, (40, 6, 1), strict=True) for n in range(held)]
LABELS = st.lists(st.sampled_from(CODES), max_size=40)


def recipe(number: int = 12, **more) -> Recipe:
    chosen = {"cases": ("case-1",), "classes": CODES, "origins": (Origin.REVIEWED,), "number": number, "seed": 3}
    return Recipe(**(chosen | more))


def test_rare_classes_are_not_drowned():
    taken = picked(MANY, recipe(12))
    assert counts(taken, CODES) == (("blast", 6), ("band", 5), ("smudge", 1))


def test_only_what_the_recipe_names_is_taken():
    others = [item("x", case="case-2"), item("y", "monocyte"), item("z", synthetic=True)]
    assert set(picked([*others, MANY[0]], recipe())) == {MANY[0]}
    assert set(picked(others, recipe(origins=(Origin.DRAWN,)))) == {others[2]}


@given(LABELS, st.integers(1, 30), st.integers(0, 99))
def test_a_deck_is_as_even_as_its_cells_allow_and_can_be_built_again(labels, number, seed):
    items = [item(f"{n}", label) for n, label in enumerate(labels)]
    taken = picked(items, recipe(number, seed=seed))
    assert taken == picked(reversed(items), recipe(number, seed=seed))
    assert len(taken) == len(set(taken)) == min(number, len(items))
    there, got = Counter(labels), Counter(one.label for one in taken)
    for code in there:  # a class falls behind another only when it has no more cells
        assert got[code] == there[code] or got[code] >= max(got.values()) - 1


@given(LABELS, st.integers(0, 99))
def test_mixing_keeps_every_cell(labels, seed):
    items = [item(f"{n}", label) for n, label in enumerate(labels)]
    assert sorted(mixed(items, seed), key=lambda one: int(one.cell)) == items
    assert mixed(items, seed) == mixed(items[::-1], seed)


def test_a_deck_says_how_it_was_built_and_none_is_empty_or_nameless():
    words = {"name": "  Blasts  or not ", "note": "", "by": "dr a", "vocabulary": "shipped16", "now": AT}
    one = built(MANY, recipe(), **words)
    assert (one.name, one.recipe, len(one.items)) == ("Blasts or not", recipe(), 12)
    assert one.id != built(MANY, recipe(), **words).id
    with pytest.raises(BadInput, match="none that fit"):
        built([], recipe(), **words)
    with pytest.raises(BadInput, match="a name"):
        built(MANY, recipe(), **(words | {"name": "  "}))
    with pytest.raises(BadInput, match=f"1 to {MOST} cells"):
        built(MANY, recipe(0), **words)
