"""How quickly a cohort goes, and how long it will still take: by what was done in the last minutes, not since ever."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW = 600.0  # seconds looked back on: other work on the machines comes and goes
FEWEST = 15.0  # seconds before anything is said


@dataclass(frozen=True, slots=True)
class Look:
    """What was done at a moment."""

    at: float  # seconds, of any clock that only goes forward
    cases: int  # ended
    fields: int  # seen


class Pace:
    """Told of each look, it says the rate of the last minutes."""

    def __init__(self) -> None:
        self._looks: deque[Look] = deque()

    def look(self, at: float, cases: int, fields: int) -> None:
        self._looks.append(Look(at, cases, fields))
        while len(self._looks) > 2 and self._looks[1].at <= at - WINDOW:
            self._looks.popleft()

    @property
    def cases_an_hour(self) -> float | None:
        return self._rate("cases", 3600.0)

    @property
    def fields_a_second(self) -> float | None:
        return self._rate("fields", 1.0)

    def left(self, fields: int) -> float | None:
        """Seconds for so many fields more; None while nothing is known, or nothing moves."""
        rate = self.fields_a_second
        return fields / rate if rate else (0.0 if not fields else None)

    def _rate(self, what: str, per: float) -> float | None:
        if len(self._looks) < 2 or self._looks[-1].at - self._looks[0].at < FEWEST:
            return None
        first, last = self._looks[0], self._looks[-1]
        return float(per * (getattr(last, what) - getattr(first, what)) / (last.at - first.at))


def spoken(seconds: float) -> str:
    """'40 s', '12 min', '3 h 20 min'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
