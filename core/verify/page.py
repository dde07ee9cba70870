"""verification.html: one page that a laboratory can print, read and sign. Nothing is fetched from anywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from core.charts import words
from core.verify import charts, tables
from core.verify.document import NOTICE
from core.verify.evidence import Composite, Site
from core.verify.judge import MARK, Judgement, Verdict
from core.verify.limits import Limits
from core.verify.markup import Markup, joined, tag
from core.vocabulary import Vocabulary

STYLE = Path(__file__).with_name("page.css")
SAID = {
    Verdict.GO: ("go", "Go", "The networks may be used here, within their research-use notice."),
    Verdict.CONDITIONS: ("conditions", "Go with conditions", "The networks may be used here only as follows."),
    Verdict.NO_GO: ("nogo", "No-go", "The networks must not be used here as they are."),
    Verdict.NONE: ("none", "No verdict", "Nothing allows their use here yet. That is not a pass."),
}


def page(
    site: Site, limits: Limits, judgement: Judgement, vocabulary: Vocabulary, date: dt.date, name: str
) -> str:  # the same arguments give the same page
    """The whole page as text."""
    body = tag(
        "main",
        tag("div", tag("b", NOTICE.split(".")[0] + "."), NOTICE.split(".", 1)[1], class_="ruo"),
        tag("h1", f"Site verification{': ' + name if name else ''}"),
        _verdict(judgement),
        _facts(site, date),
        tag("h2", "Criteria"),
        tag("p", HOW, class_="soft"),
        _changed(limits),
        tables.criteria(judgement.findings),
        *_charts(site, limits),
        tag("h2", "What was not found, and what was called what"),
        tables.missed(site, vocabulary),
        tables.confusion(site, vocabulary),
        tag("h2", "Cases"),
        tables.cases(site),
        tag("h2", "Networks, limits and method"),
        tables.networks(site),
        tables.limits(judgement.findings),
        tag("ul", *(tag("li", line) for line in METHOD)),
        _signatures(),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        tag("title", f"Site verification {date.isoformat()}"),
        tag("style", Markup(STYLE.read_text(encoding="utf-8"))),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body), lang="en") + "\n"


HOW = (
    "Each criterion is met only when its whole 95 % interval (bar; the dot is the measured value) lies in the accepted "
    "range (shaded). Limits were declared before the cases were looked at."
)
METHOD = (
    "Every picture went through the same two functions as a case in the application. A labelled cell counts as found "
    "when an outline holds its point; each outline answers for one label.",
    "Shares are of counted cells. The expert's share holds all labelled cells, that of the networks those that were "
    "found. Blasts include blast equivalents (promonocytes). The composite carries no diagnostic band and is no blast "
    "percentage.",
    "Bias: Student's interval of the mean difference over cases. Outer limit of agreement: the farther of Bland and "
    "Altman's limits from zero, with their interval. Shares of cells: Wilson's interval on the number of independent "
    "cells that the variance between cases allows. Shares of cases: Wilson's interval.",
    "Whether a patient interval holds: taken from one half of a case's pictures (of a single field), set against the "
    "expert's count in the other half, which is a sample too (Newcombe's interval of the difference holds zero).",
    "A go rests on every criterion, so their number needs no correction. A low share never is a negative finding. "
    "The verification holds for these networks, this specimen, and the stain, scanner and readers of these cases.",
)


def _verdict(judgement: Judgement) -> Markup:
    style, title, meaning = SAID[judgement.verdict]
    listed = judgement.conditions if judgement.verdict is Verdict.CONDITIONS else judgement.reasons
    parts = [tag("b", title), tag("p", meaning), tag("ul", *(tag("li", line) for line in listed))]
    if judgement.verdict is Verdict.CONDITIONS:
        parts += [tag("p", "Because:"), tag("ul", *(tag("li", line) for line in judgement.reasons))]
    return tag("section", *parts, class_=f"verdict {style}")


def _facts(site: Site, date: dt.date) -> Markup:
    labelled, found = (sum(getattr(case, key) for case in site.cases) for key in ("labelled", "found"))
    centres = sorted({case.centre for case in site.cases if case.centre})
    stated = sum(case.blasts.stated is not None for case in site.cases)
    rows = [
        ("Date", date.isoformat()),
        ("Specimen", "bone marrow" if site.specimen == "marrow" else "peripheral blood"),
        ("Labelled cases", f"{len(site.cases)}, shares stated in {stated}"),
        ("Labelled cells", f"{words.size(labelled, 'cell')}, {labelled - found} not found"),
        *((m.task.capitalize(), f"{m.name}{f' ({m.notice})' if m.notice else ''}") for m in site.models),
        ("Vocabulary", f"{site.vocabulary}, composite {site.cblc_name}"),
        ("Centres", ", ".join(centres) or "not stated"),
    ]
    facts = tag("dl", *(tag("div", tag("dt", key), tag("dd", value)) for key, value in rows), class_="facts")
    gaps = [f"{what}: {number}" for what, number in sorted(site.left_out.items())]
    if site.unusable:
        gaps.insert(0, f"{words.size(site.unusable, 'file')} could not be used")
    return joined(facts, tag("p", f"Left out. {'; '.join(gaps)}.", class_="soft") if gaps else "")


def _changed(limits: Limits) -> Markup:
    if not limits.changed:
        return tag("p", "Limits: as shipped.", class_="soft")
    named = ", ".join(limits[id].criterion.name for id in limits.changed)
    return tag("p", tag("b", "Limits changed by the site: "), named, ".", class_="changed")


def _charts(site: Site, limits: Limits) -> list[Markup]:
    parts: list[Markup] = []
    composites = (
        ("blasts", "Blasts and blast equivalents", [case.blasts for case in site.cases]),
        ("cblc", f"Composite {site.cblc_name}", [case.cblc for case in site.cases]),
    )
    for key, title, of in composites:
        drawn = _figures(of, MARK if key == "blasts" else None, limits[f"{key}_spread"].limit)
        parts.append(tag("section", tag("h2", title), drawn, class_="whole"))
    return parts


def _figures(of: Sequence[Composite], mark: float | None, limit: float) -> Markup:
    dotted = ", dotted: 20 %" if mark is not None else ""
    corrected = [c.corrected - c.expert for c in of if c.corrected is not None and c.expert is not None]
    raw = [c.difference for c in of if c.corrected is not None and c.difference is not None]
    told = "Corrected shares: not known for these networks."
    if corrected and raw:
        before, after = (f"{round(100 * sum(v) / len(v), 1) + 0.0:+.1f}".replace("-", "−") for v in (raw, corrected))
        told = f"Bias of the shares as called {before} points, corrected for the classifier's confusion {after}."
    return tag(
        "div",
        _figure(charts.against(of, mark), "Networks against expert.", f"Bars: patient intervals{dotted}. {told}"),
        _figure(
            charts.differences(of, limit),
            "Differences (Bland and Altman).",
            f"Line: bias with its interval; dashed: limits of agreement; dotted: the accepted ±{limit:g} points.",
        ),
        _figure(
            charts.held(of),
            "Which intervals hold.",
            "Bars: patient intervals of whole cases; dots: the expert's share. Cross: the interval of one half does "
            "not hold for the other; ring: too few cells for that test.",
        ),
        tables.summary(of),
        class_="figures",
    )


def _figure(chart: Markup, title: str, caption: str) -> Markup:
    return tag("figure", chart, tag("figcaption", tag("b", title), " ", caption))


def _signatures() -> Markup:
    lines = ("Carried out by, date", "Checked by, date", "Responsible for the laboratory, date", "To be repeated by")
    return tag("section", *(tag("div", line) for line in lines), class_="signatures")
