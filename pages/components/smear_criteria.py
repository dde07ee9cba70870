"""The blast share as two classifications read it, side by side."""

from __future__ import annotations

from html import escape

from core.aggregate.ratios import extension
from core.charts import words
from core.readings import Criterion, Reading
from pages.components.notices import html


def shown(reading: Reading) -> None:
    """The two readings, and how many more cells would settle a mark that the interval straddles."""
    drawn = "".join(map(_card, reading.criteria))
    advice = "".join(
        f"<li>{escape(words.unbroken(text))}</li>" for text in extension(reading.blasts, reading.info.specimen)
    )
    listed = f'<ul class="hb-list hb-advice">{advice}</ul>' if advice else ""
    html(f'<div class="hb-cards wide">{drawn}</div>{listed}')


def _card(criterion: Criterion) -> str:
    straddles = criterion.certainty.startswith("interval straddles") and "no mark" not in criterion.certainty
    kind = "synthetic" if straddles else ""
    note = f'<div class="hb-foot">{escape(words.unbroken(_first(criterion.note)))}.</div>' if criterion.note else ""
    return (
        f'<section class="hb-card small"><div class="hb-name">{escape(criterion.system)}</div>'
        f'<div class="hb-reading">{escape(words.unbroken(_first(criterion.reading)))}</div>'
        f'<span class="hb-tag {kind}">{escape(words.unbroken(criterion.certainty))}</span>{note}</section>'
    )


def _first(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
