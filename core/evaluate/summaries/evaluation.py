"""Every reply of a scripted language model through the real writer: what got through, and what was refused.

generated cases → good, careless and hostile replies → HTTP → LanguageModel (guard) → counted by kind
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.evaluate.summaries.made import ORDER, Made, cases
from core.evaluate.summaries.sentences import Pattern, Tried, filled, patterns
from core.evaluate.summaries.server import Server, serving
from core.protocols import Tell, quiet
from core.writers.language_model import Endpoint, LanguageModel
from core.writers.template import Template

AT_ONCE = 160  # sentences of a reply
MODEL = "scripted"


@dataclass(slots=True)
class Result:
    """What was tried and what came of it, by phrasing."""

    name: str
    cases: int = 0
    replies: int = 0
    said: Counter[Pattern] = field(default_factory=Counter)
    let_through: Counter[Pattern] = field(default_factory=Counter)
    examples: dict[Pattern, tuple[str, str]] = field(
        default_factory=dict
    )  # of a wrong one: as written, what came of it
    dropped: int = 0  # alerts or caveats that a reply made disappear
    leaked: int = 0  # requests that held what a person typed

    def wrong(self, pattern: Pattern) -> int:
        """Bad ones let through, or good ones refused."""
        through = self.let_through[pattern]
        return self.said[pattern] - through if pattern.good else through


def evaluate(name: str, count: int, tell: Tell = quiet) -> Result:
    """The sentences of one set, on so many generated cases."""
    result, known = Result(name), patterns(name)
    with serving() as server:
        writer = LanguageModel(Endpoint(server.url, MODEL, "", 120, 1_000_000))
        for case in cases(count):
            chance = np.random.default_rng((1, case.number))
            tried = list(filled(case, known, chance))
            for reply in _replies(tried, chance):
                _one(case, reply, writer, server, result)
            result.cases += 1
            tell("evaluate", result.cases, count)
    return result


def _replies(tried: Sequence[Tried], chance: np.random.Generator) -> Iterable[list[Tried]]:
    """Good ones alone, bad ones alone, and some of both, as a careless model writes: a sentence twice at most."""
    good = [one for one in tried if one.pattern.good]
    bad = [one for one in tried if not one.pattern.good]
    mixed = [*good[: AT_ONCE // 2], *(bad[int(n)] for n in chance.permutation(len(bad))[: AT_ONCE // 2])]
    for rows in (good, bad):
        for at in range(0, len(rows), AT_ONCE):
            yield rows[at : at + AT_ONCE]
    yield [mixed[int(n)] for n in chance.permutation(len(mixed))]


def _one(case: Made, reply: Sequence[Tried], writer: LanguageModel, server: Server, result: Result) -> None:
    server.set([one.text for one in reply])
    server.heard.clear()
    summary, plain = writer.write(case.asked), Template().write(case.asked)
    reasons = {one.text: one.reason for one in summary.rejected}
    result.replies += 1
    result.leaked += sum(ORDER in body.decode() for body in server.heard)
    result.dropped += summary.alerts != plain.alerts or set(summary.caveats) != set(plain.caveats)
    if not reasons and summary.writer != MODEL:
        raise RuntimeError(f"the scripted model was not heard: {summary.note}")
    for one in reply:
        through = one.text not in reasons
        result.said[one.pattern] += 1
        result.let_through[one.pattern] += through
        if through != one.pattern.good:
            result.examples.setdefault(one.pattern, (one.text, reasons.get(one.text, "let through")))
