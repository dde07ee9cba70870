"""Decks: cells taken from cases by a recipe that can be told, and the order in which cells are met."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Sequence

from core.doors.teaching import Deck, Item, Recipe
from core.errors import BadInput

MOST = 400  # cells of one deck: more than anybody names in a sitting
LONGEST_NAME, LONGEST_NOTE = 80, 600


def mixed(items: Iterable[Item], seed: int | str) -> tuple[Item, ...]:
    """All of them, the class drawn anew each time with equal chances, so that rare classes come as early as common
    ones and none can be foretold. The same seed gives the same order, whatever the order they come in."""
    chance = random.Random(seed)
    drawers: dict[str, list[Item]] = {}
    for item in sorted(set(items), key=lambda item: (item.label, item.id)):
        drawers.setdefault(item.label, []).append(item)
    for drawer in drawers.values():
        chance.shuffle(drawer)
    order = []
    while drawers:
        label = chance.choice(sorted(drawers))
        order.append(drawers[label].pop())
        if not drawers[label]:
            del drawers[label]
    return tuple(order)


def picked(items: Iterable[Item], recipe: Recipe) -> tuple[Item, ...]:
    """The cells that the recipe takes out of those known: as even over its classes as they allow."""
    fitting = [
        item
        for item in items
        if item.case in recipe.cases and item.label in recipe.classes and item.origin in recipe.origins
    ]
    drawers: dict[str, list[Item]] = {}
    for item in mixed(fitting, recipe.seed):
        drawers.setdefault(item.label, []).append(item)
    taken: list[Item] = []
    while drawers and len(taken) < recipe.number:
        for label in sorted(drawers, key=recipe.classes.index):
            if len(taken) < recipe.number:
                taken.append(drawers[label].pop(0))
            if not drawers[label]:
                del drawers[label]
    return mixed(taken, recipe.seed)


def built(
    items: Iterable[Item], recipe: Recipe, *, name: str, note: str, by: str, vocabulary: str, now: dt.datetime
) -> Deck:
    """A deck of what the recipe takes; refused when it takes nothing."""
    if not 1 <= recipe.number <= MOST:
        raise BadInput(f"1 to {MOST} cells in a deck", f"{recipe.number}", "Choose another number.")
    cells = picked(items, recipe)
    if not cells:
        do = "Choose more cases or classes, or review cells first."
        raise BadInput("cells with a known label for a deck", "none that fit the choice", do)
    name, note = checked(name, note)
    return Deck(f"deck-{uuid.uuid4().hex[:12]}", name, note, by, now, vocabulary, recipe, cells)


def checked(name: str, note: str) -> tuple[str, str]:
    """Name and note as they may be kept."""
    name, note = " ".join(name.split()), note.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput(f"a name of 1 to {LONGEST_NAME} characters", f"{len(name)}", "Give the deck a name.")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"a note of at most {LONGEST_NOTE} characters", f"{len(note)}", "Shorten the note.")
    return name, note


def counts(items: Sequence[Item], codes: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """How many cells of each class, in the order of the codes; classes without are left out."""
    labels = [item.label for item in items]
    return tuple((code, labels.count(code)) for code in codes if code in labels)
