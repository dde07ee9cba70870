"""Drawn cells with a known truth: an endless deck, examples of every class, and what the demo cases truly hold.

A drawn cell is its number: class and picture follow from it, so that nothing is stored and an answer can be shown
again. Pictures are made in memory and never enter a case.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import math
import re
from collections.abc import Container, Iterator
from functools import lru_cache

import numpy as np
from PIL import Image as Pillow

from core.doors.teaching import Item, Origin
from core.errors import NotFound
from core.records import Modality, Seen
from models.synthesis import demo, smear

VOCABULARY = "shipped16"  # whose classes the program draws
CLASSES: tuple[str, ...] = smear.LABELS
SIDE = 192  # pixels
NEAR = 0.75  # a found cell is the drawn one when their middles lie closer than this part of the drawn radius
ENOUGH = 0.5  # of the found cells must be drawn ones, else the picture is not the field it says it is
NUMBER = re.compile(r"[0-9]{1,15}")


def endless(session: str, classes: Container[str] = CLASSES) -> Iterator[Item]:
    """One drawn cell after another, of these classes with equal chances; the same session draws the same."""
    if not any(code in classes for code in CLASSES):
        return
    for place in itertools.count():
        found = item(str(_hash(f"{session}/{place}") % 10**12))
        if found.label in classes:
            yield found


def item(number: str) -> Item:
    """The cell that this number draws."""
    return Item("", number, label(number), Origin.DRAWN, synthetic=True)


def label(number: str) -> str:
    if not NUMBER.fullmatch(number):
        raise NotFound("the number of a drawn cell", repr(number[:20]), "Open the page again.")
    return CLASSES[_hash(f"class of {number}") % len(CLASSES)]


@lru_cache(maxsize=256)
def picture(number: str) -> bytes:
    """The cell in the middle of its surroundings, as PNG."""
    code = label(number)
    drawn = smear.single(int(number), code, size=SIDE)
    out = io.BytesIO()
    Pillow.fromarray(drawn.pixels).save(out, "PNG")
    return out.getvalue()


@lru_cache(maxsize=64)
def examples(code: str, count: int = 4) -> tuple[Item, ...]:
    """Always the same few cells of a class, so that they are drawn once."""
    if code not in CLASSES:
        return ()
    return tuple(itertools.islice((one for one in map(item, map(str, itertools.count(1))) if one.label == code), count))


def truths(case_id: str, seen: Seen) -> dict[str, str]:
    """Cell id → class, of the cells of a demo case that lie where the program drew one; {} for any other case."""
    case = next((one for one in demo.demo_cases() if one.key == case_id), None)
    found: dict[str, str] = {}
    for image in seen.images if case else ():
        told = re.fullmatch(r"image ([0-9]+)", image.label)
        if case is None or told is None or image.modality is not Modality.SMEAR:
            continue
        number = int(told[1]) - 1
        if 0 <= number < case.fields:
            found |= _matched(_places(case_id, number), image.id, seen)
    return found


Place = tuple[str, float, float, float]  # class, x, y and radius in pixels


@lru_cache(maxsize=128)
def _places(case_id: str, number: int) -> tuple[Place, ...]:
    case = next(one for one in demo.demo_cases() if one.key == case_id)
    return demo.places(case, number)


def _matched(places: tuple[Place, ...], image: str, seen: Seen) -> dict[str, str]:
    """Each drawn cell goes to the nearest found one, and only if that one has no nearer drawn cell."""
    cells = [cell for cell in seen.cells if cell.image == image]
    middles = [((c.box[0] + c.box[2]) / 2, (c.box[1] + c.box[3]) / 2) for c in cells]
    found: dict[str, tuple[float, str]] = {}
    for code, x, y, radius in places:
        away = [math.hypot(x - mx, y - my) for mx, my in middles]
        nearest = int(np.argmin(away)) if away else -1
        if nearest >= 0 and away[nearest] < NEAR * radius:
            cell = cells[nearest].id
            found[cell] = min(found.get(cell, (math.inf, "")), (away[nearest], code))
    return {cell: code for cell, (_, code) in found.items()} if len(found) >= ENOUGH * len(cells) else {}


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
