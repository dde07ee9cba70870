"""The two shares of a smear, each with its lanes, and the smaller figures below them."""

from __future__ import annotations

from html import escape

from core.aggregate.counting import apl_entered, groups
from core.aggregate.criteria import MARKS
from core.appraisals import DesignEstimate
from core.charts import gauge, words
from core.charts.gauge import Dial, Lane
from core.charts.target import Target, target
from core.readings import Corrected, Reading, Share
from core.vocabulary import Vocabulary
from pages.components import cards
from pages.components.notices import html

MOST_DOUBTS = "They form the review queue: the widest sets first."


def shown(reading: Reading, vocabulary: Vocabulary, found: DesignEstimate | None = None) -> None:
    """Blasts with the marks of the specimen, the composite without any: two things, two cards, never one.

    `found` is what a random sample says; a finished one has a lane of its own.
    """
    more_blasts = gauge.read_at_random(found.blasts, found.read) if found else ()
    more_cblc = gauge.read_at_random(found.cblc, found.read) if found else ()
    group = groups(vocabulary, reading.info.specimen, reading.info.findings)
    better = {one.share: one for one in reading.corrected}
    cblc, blasts = better.get(reading.cblc.id), better.get(reading.blasts.id)
    least = gauge.longest((reading.cblc, cblc), (reading.blasts, blasts))
    marks = [mark / 100 for mark in MARKS[reading.info.specimen]]
    apl = " All promyelocytes are among them: APL was entered." if apl_entered(reading.info.findings) else ""
    html(
        '<div class="hb-cards wide">'
        + share_card(
            reading.blasts,
            "Blasts and blast equivalents",
            f"Cells: {_members(vocabulary, group.blasts)}.{apl}",
            gauge.dial(reading.blasts, blasts, marks, least=least, more=more_blasts),
            blasts,
        )
        + share_card(
            reading.cblc,
            vocabulary.cblc_name,
            f"Early cells: {_members(vocabulary, group.cblc)}.",
            gauge.dial(reading.cblc, cblc, least=least, more=more_cblc),
            cblc,
        )
        + "</div>"
    )


def figures(reading: Reading) -> None:
    """How many were counted, smudge cells, M:E or erythroblasts per 100, what is in doubt."""
    drawn = [_target(reading), _smudge(reading)]
    if reading.me:
        drawn.append(cards.odds(reading.me, "M:E ratio"))
    if reading.erythroblasts_per_100:
        drawn.append(cards.odds(reading.erythroblasts_per_100, "Erythroblasts per 100 leukocytes"))
    unsure = reading.quality.unsure
    foot = f"Reviewed by people: {words.size(reading.reviewed, 'cell')}."
    if unsure is None:
        drawn.append(cards.figure("Reviewed cells", str(reading.reviewed), f"of {reading.quality.cells}", ""))
    else:
        drawn.append(
            cards.figure(
                "More than one class possible", str(unsure.count), f"of {unsure.total}", f"{MOST_DOUBTS} {foot}"
            )
        )
    html(f'<div class="hb-cards four">{"".join(drawn)}</div>')


def strip(reading: Reading, vocabulary: Vocabulary) -> None:
    """The two shares in one line, for sections that look at something else."""
    parts = [_line("Blasts", reading.blasts), _line(vocabulary.cblc_name, reading.cblc)]
    counted = f"<b>{reading.adequacy.counted}</b> of {reading.adequacy.target} counted"
    parts += [f"<span>{counted}</span>", f"<span><b>{reading.reviewed}</b> reviewed</span>"]
    html(f'<div class="hb-strip" role="status" aria-label="Shares now">{"".join(parts)}</div>')


def share_card(share: Share, name: str, members: str, dial: Dial, better: Corrected | None) -> str:
    """One share: its number, its lanes, what it is made of; or why it is withheld."""
    if share.withheld:
        return cards.figure(name, "withheld", "", share.withheld, small=False)
    foot = _note(share, better)
    return (
        f'<section class="hb-card hb-dial"><h3>{escape(name)}</h3><p class="hb-sub">{escape(members)}</p>'
        f'<div class="hb-figure"><b>{words.percent(share.ratio)}</b>'
        f"<span>{share.count} of {share.total} counted cells, as called</span></div>"
        f"{_lanes(dial)}{foot}</section>"
    )


def _lanes(dial: Dial) -> str:
    marks = "".join(f'<i class="tick" style="left:{mark.at:.2f}%"></i>' for mark in dial.marks)
    lanes = "".join(_lane(lane, marks) for lane in dial.lanes)
    ends = '<i class="first">0</i>' + f'<i class="last">{dial.end.text}</i>'
    read = "".join(f'<i class="mark" style="left:{mark.at:.2f}%">{mark.text}</i>' for mark in dial.marks)
    return f'<div class="hb-lanes">{lanes}<div class="axis" aria-hidden="true">{ends}{read}</div></div>'


def _lane(lane: Lane, marks: str) -> str:
    value = "" if lane.value is None else f'<i class="value" style="left:{lane.value:.2f}%"></i>'
    number = "" if lane.value is None or lane.id not in ("same_cells", "design") else f"<b>{lane.value_text}</b> "
    return (
        f'<div class="lane {lane.id}"><div class="what"><span><b>{escape(lane.name)}</b> '
        f"<small>{escape(lane.meaning)}</small></span><span class=num>{number}{lane.range_text}</span></div>"
        f'<div class="track" aria-hidden="true"><i class="band" style="left:{lane.low:.2f}%;'
        f'right:{100 - lane.high:.2f}%"></i>{marks}{value}</div></div>'
    )


def _note(share: Share, better: Corrected | None) -> str:
    said = [f"{share.note[:1].upper()}{share.note[1:]}."] if share.note else []
    said += [f"{words.method(share.interval)}{'' if share.effective_n else '; fields not assessed'}."]
    if better and better.withheld:
        said.append(f"Not corrected: {better.withheld}.")
    elif better:
        said.append(f"Corrected for the classifier's confusion on {better.patients} patients: {better.assumption}.")
    return f'<div class="hb-foot">{" ".join(map(escape, said))}</div>'


def _members(vocabulary: Vocabulary, codes: frozenset[str]) -> str:
    return " + ".join(cls.name for cls in vocabulary.classes if cls.code in codes)


def _line(name: str, share: Share) -> str:
    if share.withheld:
        return f"<span>{escape(name)} <b>withheld</b></span>"
    return f"<span>{escape(name)} <b>{words.percent(share.ratio)}</b> {words.percent_range(share.interval)}</span>"


def _target(reading: Reading) -> str:
    found = target(reading.adequacy, reading.info.specimen)
    beside = f"of {reading.adequacy.target} · {found.word}"
    return (
        '<section class="hb-card small"><div class="hb-name">Counted cells</div>'
        f'<div class="hb-figure"><b>{found.counted}</b><span>{escape(beside)}</span></div>{_goals(found)}</section>'
    )


def _goals(found: Target) -> str:
    lines = "".join(f"<li>{'✔' if goal.reached else '✘'} {goal.cells} {escape(goal.why)}</li>" for goal in found.goals)
    ticks = "".join(f'<i class="tick" style="left:{goal.at:.1f}%"></i>' for goal in found.goals)
    return (
        f'<div class="hb-target" aria-hidden="true"><i style="width:{found.filled:.1f}%"></i>{ticks}</div>'
        f'<ul class="hb-foot hb-plain">{lines}</ul>'
    )


def _smudge(reading: Reading) -> str:
    bounds, share = reading.smudge, reading.smudge.share
    if share.withheld:
        return cards.figure("Smudge cells", "withheld", "", share.withheld)
    foot = ""
    if bounds.blasts_low is not None:
        either = words.percent_range_of(bounds.blasts_low, bounds.blasts_high)
        early = words.percent_range_of(bounds.cblc_low, bounds.cblc_high)
        foot = f"With smudges as none or all of them, blasts would be {either}, {reading.cblc.name} {early}."
    warn = "Above 10 %. " if bounds.warn else ""
    return cards.figure("Smudge cells", words.percent(share.ratio), words.percent_range(share.interval), warn + foot)
