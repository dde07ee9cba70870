"""How numbers are written on screen: one place, so that two cards never round differently."""

from __future__ import annotations

from core.readings import Interval, Odds, Share

NOTHING = "–"


def percent(ratio: float | None, digits: int = 1) -> str:
    """0.2034 → '20.3 %'; an en dash where there is no number."""
    return NOTHING if ratio is None else f"{ratio * 100:.{digits}f} %"


def percent_range(interval: Interval | None, digits: int = 1) -> str:
    """'15.0–26.1 %'"""
    return NOTHING if interval is None else percent_range_of(interval.low, interval.high, digits)


def number(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def number_range(interval: Interval | None, digits: int = 1) -> str:
    return NOTHING if interval is None else f"{interval.low:.{digits}f}–{interval.high:.{digits}f}"


def of_total(share: Share | Odds) -> str:
    """'41 of 200 cells', or '210 : 90' for odds."""
    if isinstance(share, Odds):
        return f"{share.numerator} : {share.denominator}"
    return f"{share.count} of {share.total} cells"


def method(interval: Interval | None) -> str:
    """'95 % interval, Wilson'"""
    return "" if interval is None else f"{interval.level * 100:.0f} % interval, {interval.method}"


def unbroken(text: str) -> str:
    """A number and its per cent sign stay on one line, and so do ≥ and its number."""
    return text.replace(" %", "\u00a0%").replace("≥ ", "≥\u00a0")


def size(count: int, singular: str, plural: str = "") -> str:
    """1 image, 2 images."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}".replace(",", " ")


def percent_range_of(low: float | None, high: float | None, digits: int = 1) -> str:
    if low is None or high is None:
        return NOTHING
    one, other = (round(end * 100, digits) + 0.0 for end in (low, high))  # what rounds to nothing has no sign
    return f"{one:.{digits}f}–{other:.{digits}f} %"
