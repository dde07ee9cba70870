"""Shares, intervals and numbers as they stand in case.json: fixed digits, null where nothing may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.readings import Interval, Share

RATIO_DIGITS = 6
PIXEL_DIGITS = 2

Document = dict[str, Any]


def share(of: Share) -> Document:
    shown = of.interval if not of.withheld else None
    return {
        "id": of.id,
        "name": of.name,
        "count": of.count,
        "total": of.total,
        "ratio": rounded(of.ratio) if not of.withheld else None,
        "low": rounded(shown.low) if shown else None,
        "high": rounded(shown.high) if shown else None,
        "level": shown.level if shown else None,
        "method": shown.method if shown else None,
        "effective_n": rounded(of.effective_n),
        "note": of.note,
        "withheld": of.withheld,
    }


def interval(of: Interval | None) -> Document | None:
    if of is None:
        return None
    low, high = rounded(of.low), rounded(of.high)
    return {"low": low, "high": high, "level": of.level, "method": of.method}


def numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: rounded(values[name]) for name in sorted(values)}


def rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), RATIO_DIGITS)
