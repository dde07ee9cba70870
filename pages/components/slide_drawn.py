"""A share settling as fields come in, and what may be said of it on the way."""

from __future__ import annotations

from html import escape

from core.aggregate import settling
from core.aggregate.anytime import Look
from core.charts import settling as chart
from core.charts import words
from core.protocols import CaseRow
from core.slides.plans import Looked, Order, Plan, Stop
from pages.components import notices, resources

ANYTIME = (
    "The band is an interval that holds however often one looks at it and whenever one stops (anytime-valid, 95 %), of "
    "the share that all planned fields would give. It is wider than one at a fixed number of cells, and holds no error "
    "of the classifier."
)
NOT_YET = (
    "No interval yet: of the first fields it only learns how full a field is, and where few are planned it may come "
    "only with the last. It will be one that holds however often one looks and whenever one stops (anytime-valid)."
)
TOO_FEW = "No interval: too few fields were looked at for one that holds whenever one stops (anytime-valid)."
NO_BAND = "No interval: the fields were not taken in random order, so that they are no sample of the regions."


def shown(row: CaseRow, plan: Plan, looked: Looked, *, goes_on: bool = False) -> None:
    """In one piece, so that it is never seen half drawn."""
    vocabulary = resources.vocabulary(row.info.vocabulary)
    name = vocabulary.cblc_name if plan.stop.share == "cblc" else "Blasts and equivalents"
    path = settling.path(looked.tallies, looked.planned, plan.stop.share, row.info, vocabulary)
    notices.html(card(name, path, plan, goes_on=goes_on))


def card(name: str, path: tuple[Look, ...], plan: Plan, *, goes_on: bool) -> str:
    sampled = plan.order is Order.RANDOM
    stands = [_stand(look, sampled and look.width < 1) for look in path if look.ratio is not None]
    markup, said = _head(name, path[-1] if path else None, sampled, "interval not yet" if goes_on else "no interval")
    aim = f'<p class="hb-sub">{escape(until(plan.stop))}</p>' if goes_on else ""
    drawn = _drawn(chart.of(stands, plan.stop.cells or 0), name, said) if stands else ""
    foot = _foot(sampled, goes_on=goes_on, banded=any(stand.low is not None for stand in stands))
    return f'<section class="hb-card hb-settling">{markup}{aim}{drawn}<p class="hb-foot">{escape(foot)}</p></section>'


def _foot(sampled: bool, *, goes_on: bool, banded: bool) -> str:
    if not sampled:
        return NO_BAND
    if banded:
        return ANYTIME
    return NOT_YET if goes_on else TOO_FEW


def _stand(look: Look, known: bool) -> chart.Stand:
    ends = (look.interval.low, look.interval.high) if known else (None, None)
    return chart.Stand(look.total, look.ratio or 0.0, *ends)


def _head(name: str, look: Look | None, sampled: bool, none: str) -> tuple[str, str]:
    """The number as it stands, as markup and in words."""
    if look is None or look.ratio is None:
        said = "No counted cell yet"
        return f'<h3>{escape(name)}</h3><p class="hb-sub">{said}.</p>', said
    beside = f"{look.count} of {words.size(look.total, 'counted cell')}, {look.fields} of {look.planned} fields"
    if not sampled or look.fields == look.planned:
        between = ""  # of every planned field there is nothing to be unsure about
    else:
        between = words.percent_range(look.interval) if look.width < 1 else none
    markup = (
        f'<h3>{escape(name)}</h3><div class="hb-figure"><b>{words.percent(look.ratio)}</b>'
        f"<span>{escape(between)}</span><span>{escape(beside)}</span></div>"
    )
    return markup, f"{words.percent(look.ratio)}, {between or 'no interval'}, {beside}"


def until(stop: Stop) -> str:
    """When a run ends, in words."""
    if stop.cells is not None:
        return f"It ends at {words.size(stop.cells, 'counted cell')}, or when every planned field was looked at."
    if stop.width is not None:
        return f"It ends when the interval is {stop.width * 100:g} points wide, or when every field was looked at."
    return "It ends when every planned field was looked at."


def _drawn(found: chart.Settling, name: str, said: str) -> str:
    up = "".join(f'<i style="top:{mark.at:.1f}%">{escape(mark.text)}</i>' for mark in found.up)
    across = "".join(f'<i style="left:{mark.at:.1f}%">{escape(mark.text)}</i>' for mark in found.across)
    plot = _area("own", found.band) if found.band else ""
    plot += _area("course", found.stroke)
    x, y = found.line[-1]
    plot += f'<b style="left:{x:.2f}%;top:{y:.2f}%"></b>'
    return (
        f'<div class="hb-curve"><div class="up" aria-hidden="true">{up}</div>'
        f'<div class="plot" role="img" aria-label="{escape(f"{name}: {said}")}">{plot}</div>'
        f'<div class="across" aria-hidden="true">{across}</div>'
        '<div class="unit" aria-hidden="true">counted cells</div></div>'
    )


def _area(kind: str, ring: tuple[tuple[float, float], ...]) -> str:
    corners = ", ".join(f"{x:.2f}% {y:.2f}%" for x, y in ring)
    return f'<i class="{kind}" style="clip-path:polygon({corners})"></i>'
