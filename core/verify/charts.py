"""Inline SVG: expert against network, their differences, which intervals hold, and an interval beside its limit.

Shape and line, not colour alone, carry the meaning: the page is printed in grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.verify.evidence import Composite
from core.verify.judge import Finding, State
from core.verify.limits import Side
from core.verify.markup import Markup, joined, tag
from core.verify.spread import agreement_limits, mean

WIDTH, HEIGHT = 330.0, 196.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 10.0, 10.0, 38.0
STEPS = (1, 2, 5, 10, 20, 25, 50, 100)


@dataclass(frozen=True, slots=True)
class Frame:
    """From values to places in the drawing."""

    x0: float
    x1: float
    y0: float
    y1: float

    def x(self, value: float) -> float:
        return LEFT + (value - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (value - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)


def against(composites: Sequence[Composite], mark: float | None) -> Markup:
    """The network's share over the expert's, each with its patient interval. Per cent on both axes."""
    stated = _stated(composites)
    if not stated:
        return _nothing("No case has a stated share.")
    top = _end([100 * max(c.expert or 0, c.interval.high if c.interval else c.stated or 0) for c in stated])
    frame = Frame(0, top, 0, top)
    parts = [_axes(frame, "expert, %", "networks, %")]
    parts.append(_line(frame, 0, 0, top, top, "ruled"))
    if mark is not None and mark * 100 < top:
        at = 100 * mark
        parts += [_line(frame, at, 0, at, top, "mark"), _line(frame, 0, at, top, at, "mark")]
    for c in stated:
        x, y = 100 * (c.expert or 0), 100 * (c.stated or 0)
        if c.interval:
            parts.append(_line(frame, x, 100 * c.interval.low, x, 100 * c.interval.high, "whisker"))
        parts.append(_dot(frame, x, y, "dot"))
    return _drawing("Share by the networks over the share by the expert, one dot a case", parts)


def differences(composites: Sequence[Composite], limit: float) -> Markup:
    """Bland and Altman: network − expert over their mean, in points."""
    stated = _stated(composites)
    apart = [100 * (c.difference or 0) for c in stated]
    limits = agreement_limits(apart)
    if limits is None:
        return _nothing("Too few cases for limits of agreement.")
    middle = [50 * ((c.expert or 0) + (c.stated or 0)) for c in stated]
    reach = _end([1.12 * abs(v) for v in (*apart, *limits, limit)])
    frame, bias = Frame(0, _end(middle), -reach, reach), mean(apart)
    parts = [_axes(frame, "mean of expert and networks, %", "networks − expert, points")]
    parts.append(_band(frame, bias.low or 0, bias.high or 0))
    parts.append(_line(frame, 0, 0, frame.x1, 0, "ruled"))
    parts += [_line(frame, 0, v, frame.x1, v, "mark") for v in (-limit, limit)]
    parts += [_line(frame, 0, v, frame.x1, v, "dashed") for v in limits]
    parts.append(_line(frame, 0, bias.value or 0, frame.x1, bias.value or 0, "strong"))
    parts += [_dot(frame, x, y, "dot") for x, y in zip(middle, apart, strict=True)]
    for value, place in ((bias.value or 0, -4), (limits[0], 11), (limits[1], -4)):
        label = f"{round(value, 1) + 0.0:+.1f}".replace("-", "−")
        x, y = WIDTH - RIGHT - 3, frame.y(value) + place
        parts.append(tag("text", label, x=x, y=y, class_="figure", text_anchor="end"))
    return _drawing("Differences between networks and expert over their mean, with limits of agreement", parts)


def held(composites: Sequence[Composite]) -> Markup:
    """Each case's interval around the expert's share, from the lowest share to the highest."""
    stated = sorted((c for c in _stated(composites) if c.interval), key=lambda c: (c.expert or 0, c.stated or 0))
    if not stated:
        return _nothing("No case has an interval.")
    top = _end([100 * max(c.expert or 0, c.interval.high if c.interval else 0) for c in stated])
    frame = Frame(-0.5, len(stated) - 0.5, 0, top)
    parts = [_axes(frame, "cases, by the expert's share", "share, %", across=False)]
    for place, c in enumerate(stated):
        if c.interval:
            style = "whisker" if c.holds is not False else "whisker missed"
            parts.append(_line(frame, place, 100 * c.interval.low, place, 100 * c.interval.high, style))
        x, y = frame.x(place), frame.y(100 * (c.expert or 0))
        if c.holds is False:
            parts.append(tag("path", d=f"M{x - 3:.2f} {y - 3:.2f}l6 6m0 -6l-6 6", class_="cross"))
        else:
            parts.append(_dot(frame, place, 100 * (c.expert or 0), "dot" if c.holds else "ring"))
    return _drawing("Patient interval of each case with the share by the expert", parts)


def strip(finding: Finding) -> Markup:
    """One criterion at a glance: what is accepted is shaded, the interval lies on it."""
    if finding.low is None or finding.high is None or finding.value is None:
        return Markup("")
    limit, side = finding.limit.limit, finding.limit.criterion.side
    if side is Side.WITHIN:
        reach = 1.15 * max(2 * limit, abs(finding.low), abs(finding.high))
        start, end, shaded = -reach, reach, (-limit, limit)
    elif side is Side.AT_LEAST:
        start = max(0.0, min(finding.low, limit) - 0.5 * (100 - min(finding.low, limit)))
        end, shaded = 100.0, (limit, 100.0)
    else:
        start, end = 0.0, min(100.0, 1.15 * max(1.6 * limit, finding.high))
        shaded = (0.0, limit)

    def x(value: float) -> float:
        return 3 + 134 * (min(max(value, start), end) - start) / (end - start)

    edges = [v for v in shaded if v not in (0.0, 100.0)]
    parts = [
        tag("rect", x=x(shaded[0]), y=3.0, width=x(shaded[1]) - x(shaded[0]), height=14.0, class_="accepted"),
        tag("line", x1=3.0, x2=137.0, y1=10.0, y2=10.0, class_="rule"),
        *(tag("line", x1=x(v), x2=x(v), y1=2.0, y2=18.0, class_="edge") for v in edges),
        tag(
            "rect", x=x(finding.low), y=7.5, width=max(1.5, x(finding.high) - x(finding.low)), height=5.0, class_="bar"
        ),
        tag("circle", cx=x(finding.value), cy=10.0, r=3.6, class_="at" if finding.state is State.MET else "at open"),
    ]
    return tag("svg", *parts, viewBox="0 0 140 20", class_="strip", role="img", aria_label=finding.reason)


def _stated(composites: Sequence[Composite]) -> list[Composite]:
    return [c for c in composites if c.difference is not None]


def _end(values: Sequence[float]) -> float:
    highest = max([*values, 1.0])
    step = next(s for s in STEPS if highest / s <= 6 or s == STEPS[-1])
    return float(step * -(-highest // step))


def _ticks(low: float, high: float) -> list[float]:
    step = next(s for s in STEPS if (high - low) / s <= 6 or s == STEPS[-1])
    return [float(v) for v in range(int(-(-low // step)) * step, int(high) + 1, step)]


def _axes(frame: Frame, below: str, beside: str, across: bool = True) -> Markup:
    parts = []
    for value in _ticks(frame.y0, frame.y1):
        parts.append(_line(frame, frame.x0, value, frame.x1, value, "grid"))
        label = f"{value:g}".replace("-", "−")
        parts.append(tag("text", label, x=LEFT - 5, y=frame.y(value) + 3.2, text_anchor="end"))
    for value in _ticks(frame.x0, frame.x1) if across else ():
        parts.append(_line(frame, value, frame.y0, value, frame.y1, "grid"))
        parts.append(tag("text", f"{value:g}", x=frame.x(value), y=HEIGHT - BOTTOM + 13, text_anchor="middle"))
    middle = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    parts.append(tag("text", below, x=middle[0], y=HEIGHT - 7, text_anchor="middle", class_="axis"))
    turn = f"rotate(-90 11 {middle[1]:.2f})"
    parts.append(tag("text", beside, x=11.0, y=middle[1], text_anchor="middle", class_="axis", transform=turn))
    return joined(*parts)


def _line(frame: Frame, x0: float, y0: float, x1: float, y1: float, style: str) -> Markup:
    return tag("line", x1=frame.x(x0), y1=frame.y(y0), x2=frame.x(x1), y2=frame.y(y1), class_=style)


def _band(frame: Frame, low: float, high: float) -> Markup:
    width = WIDTH - LEFT - RIGHT
    return tag("rect", x=LEFT, y=frame.y(high), width=width, height=frame.y(low) - frame.y(high), class_="band")


def _dot(frame: Frame, x: float, y: float, style: str) -> Markup:
    return tag("circle", cx=frame.x(x), cy=frame.y(y), r=2.7, class_=style)


def _drawing(title: str, parts: Sequence[Markup]) -> Markup:
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", class_="chart", role="img", aria_label=title)


def _nothing(words: str) -> Markup:
    return tag("p", words, class_="nothing")
