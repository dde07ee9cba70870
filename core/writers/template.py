"""The template: sentences made by rules, offline, the same every time. It is the default and what all else falls
back to.

What is uncertain comes first. A number is printed by `core.facts.text` and nowhere else; what is withheld is said to
be withheld, with the reason; 'above' stands only where a whole interval lies above a cut-off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from core.protocols import Tell, never, quiet
from core.summaries import TEMPLATE, Asked, Length, Scope, Sentence, Summary, content
from core.writers import case_words, scoped_words

Part = Callable[[Asked], Iterator[Sentence]]

PARTS: dict[Scope, tuple[Part, Part, Part]] = {
    Scope.CASE: (case_words.doubts, case_words.body, case_words.checks),
    Scope.CLASS: (scoped_words.class_doubts, scoped_words.class_body, scoped_words.class_checks),
    Scope.CELL: (scoped_words.cell_doubts, scoped_words.cell_body, scoped_words.cell_checks),
}
CHECKS = {Length.SHORT: 2, Length.FULL: 5}


class Template:
    """Writes what the rules say. Nothing can fail and nobody need wait."""

    name = TEMPLATE

    def write(self, asked: Asked, *, tell: Tell = quiet, cancelled: Callable[[], bool] = never) -> Summary:  # noqa: ARG002
        doubts, body, checks = PARTS[asked.scope]
        tell("write", 0, 1)
        summary = Summary(
            sentences=_once(body(asked)),
            caveats=_once(doubts(asked)),
            checks=_once(checks(asked))[: CHECKS[asked.length]],
            alerts=asked.alerts,
            writer=TEMPLATE,
            content=content(asked.facts),
            scope=asked.scope,
            audience=asked.audience,
            length=asked.length,
            title=asked.title,
        )
        tell("write", 1, 1)
        return summary


def _once(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    return tuple({sentence.text: sentence for sentence in sentences}.values())
