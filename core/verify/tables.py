"""The tables of the page."""

from __future__ import annotations

from collections.abc import Sequence

from core.charts import words
from core.verify.charts import strip
from core.verify.evidence import CaseEvidence, Composite, Site
from core.verify.judge import Finding, State, differences
from core.verify.limits import Otherwise, Side
from core.verify.markup import Markup, Part, joined, tag
from core.verify.spread import agreement_limits, mean
from core.vocabulary import Vocabulary

STYLES = {State.MET: "met", State.NOT_MET: "missed", State.OPEN: "open"}


def criteria(findings: Sequence[Finding]) -> Markup:
    rows = []
    for f in findings:
        criterion = f.limit.criterion
        amount = criterion.unit in ("cases", "cells")
        digits = 0 if amount else 1
        interval = "" if f.low is None or f.high is None else f"{_number(f.low)} to {_number(f.high)}"
        why = tag("span", _short(f), class_="why")
        what = joined(criterion.name, "" if f.state is State.MET else why)
        measured = joined(_number(f.value, digits), tag("span", f" ({interval})" if interval else "", class_="soft"))
        state = tag("td", f.state.value, class_=f"state {STYLES[f.state]}")
        rows.append(
            tag(
                "tr", tag("td", what), tag("td", measured, class_="n"), tag("td", strip(f)), tag("td", _bound(f)), state
            )
        )
    return _table(("criterion", "n:measured (interval)", "", "accepted", "result"), rows, "criteria")


def limits(findings: Sequence[Finding]) -> Markup:
    rows = [
        _row((f.limit.criterion.name, _bound(f), f.limit.otherwise.value, _why(f), f.limit.source)) for f in findings
    ]
    return _table(("criterion", "accepted", "otherwise", "why this limit", "source"), rows, "limits")


def summary(of: Sequence[Composite]) -> Markup:
    """The same in numbers."""
    apart = [100 * d for d in differences(of)]
    bias, size = mean(apart), mean([abs(d) for d in apart])
    outer = agreement_limits(apart)
    tested = [c.holds for c in of if c.holds is not None]
    widths = [100 * (c.interval.high - c.interval.low) for c in of if c.interval]
    rows = [
        ("cases with a stated share", str(len(apart))),
        ("bias, points", _with(bias.value, bias.low, bias.high)),
        ("mean absolute difference, points", _number(size.value)),
        ("limits of agreement, points", f"{_number(outer[0])} to {_number(outer[1])}" if outer else words.NOTHING),
        ("intervals that hold", f"{sum(tested)} of {len(tested)}"),
        ("mean width of the interval, points", _number(mean(widths).value)),
    ]
    return tag("div", _table(("in numbers", "n:"), [_row((a, b), numbers=(1,)) for a, b in rows]))


def missed(site: Site, vocabulary: Vocabulary) -> Markup:
    """Labelled cells that the detector did not find, by the expert's class."""
    gone, found = site.missed, site.pairs
    rows = []
    for cls in vocabulary.classes:
        there = sum(cells for (expert, _), cells in found.items() if expert == cls.code)
        right = found[cls.code, cls.code]
        if there + gone[cls.code]:
            share = words.percent(gone[cls.code] / (there + gone[cls.code]))
            called = words.percent(right / there) if there else words.NOTHING
            rows.append(_row((cls.name, there + gone[cls.code], gone[cls.code], share, called), numbers=(1, 2, 3, 4)))
    heads = ("class by the expert", "n:labelled", "n:not found", "n:share not found", "n:found and called so")
    return _table(heads, rows)


def confusion(site: Site, vocabulary: Vocabulary) -> Markup:
    pairs = site.pairs
    there = [c for c in vocabulary.classes if any(c.code in pair for pair in pairs)]
    if not there:
        return tag("p", "No labelled cell was found.", class_="nothing")
    head = tag("tr", tag("th", ""), *(tag("th", tag("span", c.name), scope="col") for c in there))
    rows = []
    for expert in there:
        total = sum(pairs[expert.code, c.code] for c in there)
        cells = []
        for called in there:
            number = pairs[expert.code, called.code]
            share = number / total if total else 0.0
            # Grey steps that keep the number readable on them.
            style = f"background:rgb({255 - round(95 * share)},{255 - round(72 * share)},{255 - round(70 * share)})"
            kind = "diagonal" if expert is called else None
            cells.append(tag("td", number if number else "", style=style if number else None, class_=kind))
        rows.append(tag("tr", tag("th", expert.name, scope="row"), *cells))
    table = tag(
        "table", tag("thead", head), tag("tbody", *rows), class_="matrix", style=f"width:{128 + 35 * len(there)}px"
    )
    note = "Found cells: rows by the expert, columns by the classifier; shaded by share of the row."
    title = tag("h3", "What the found cells were called")
    return tag("section", title, tag("div", table, class_="scroll"), _soft(note), class_="whole")


def cases(site: Site) -> Markup:
    rows = [_case(case) for case in site.cases]
    heads = ["case", "centre, diagnosis", "n:cells", "n:found", "n:odd", "n:blasts, expert", "n:networks"]
    heads += ["n:patient interval", "n:composite, expert", "n:networks", "note"]
    note = "Shares in per cent of counted cells. Names are hashes unless the site chose its own pseudonyms."
    return joined(_soft(note), tag("div", _table(heads, rows, "cases"), class_="scroll"))


def _case(case: CaseEvidence) -> Markup:
    blasts, cblc = case.blasts, case.cblc
    interval = words.percent_range(blasts.interval, 0).removesuffix(" %")
    notes = [case.withheld] if case.withheld else []
    if blasts.holds is False or cblc.holds is False:
        gone = [name for name, c in (("blasts", blasts), ("composite", cblc)) if c.holds is False]
        notes.append(f"interval does not hold: {', '.join(gone)}")
    about = ", ".join(filter(None, (case.centre, case.diagnosis)))
    shares = (_share(blasts.expert), _share(blasts.stated), interval, _share(cblc.expert), _share(cblc.stated))
    odd = case.odd if case.judged else words.NOTHING
    return _row((case.name, about, case.labelled, case.found, odd, *shares, "; ".join(notes)), numbers=range(2, 10))


def networks(site: Site) -> Markup:
    rows = [
        tag("tr", tag("td", m.task), tag("td", m.name), tag("td", m.notice), tag("td", m.digest, class_="mono"))
        for m in site.models
    ]
    return _table(("network", "name", "notice", "digest"), rows)


def _table(heads: Sequence[str], rows: Sequence[Markup], style: str | None = None) -> Markup:
    cells = [tag("th", head.removeprefix("n:"), class_="n" if head.startswith("n:") else None) for head in heads]
    return tag("table", tag("thead", tag("tr", *cells)), tag("tbody", *rows), class_=style)


def _row(cells: Sequence[Part], numbers: Sequence[int] = ()) -> Markup:
    return tag("tr", *(tag("td", c, class_="n" if place in numbers else None) for place, c in enumerate(cells)))


def _short(finding: Finding) -> str:
    """Beside numbers that show the rest."""
    if finding.low is None or finding.state is State.OPEN:
        return finding.reason
    return "therefore no-go" if finding.limit.otherwise is Otherwise.NO_GO else "therefore a condition"


def _why(finding: Finding) -> Markup:
    condition = finding.limit.condition
    return joined(finding.limit.reason, tag("span", f"Condition: {condition}", class_="why") if condition else "")


def _soft(words: str) -> Markup:
    return tag("p", words, class_="soft")


def _bound(finding: Finding) -> str:
    criterion, limit = finding.limit.criterion, finding.limit.limit
    return f"{criterion.side.value}{'' if criterion.side is Side.WITHIN else ' '}{limit:g} {criterion.unit}"


def _with(value: float | None, low: float | None, high: float | None) -> str:
    return _number(value) + ("" if low is None or high is None else f" ({_number(low)} to {_number(high)})")


def _share(value: float | None) -> str:
    return words.NOTHING if value is None else f"{100 * value:.1f}"


def _number(value: float | None, digits: int = 1) -> str:
    if value is None:
        return words.NOTHING
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−").replace(",", "\u2009")
