"""What may already be told of an answer that is still coming: whole sentences that the guard lets through.

A person who waits sees them with their numbers put in; what is not whole yet, or is refused, is shown to nobody.
"""

from __future__ import annotations

import json
import re

from core.summaries import Asked
from core.writers import guard

SENTENCE = re.compile(r'"text"\s*:\s*("(?:[^"\\]|\\.)*")', re.DOTALL)


class Partial:
    """Give `hear` the answer as far as it has come, again and again; a new answer may begin at any time."""

    def __init__(self, asked: Asked, model: str) -> None:
        self._asked, self._model = asked, model
        self._at = 0  # up to where the answer was read
        self.passed: tuple[str, ...] = ()
        self.refused = 0
        self.characters = 0

    def hear(self, text: str) -> None:
        if len(text) < self._at:  # asked again: another answer
            self._at = 0
        for match in SENTENCE.finditer(text, self._at):
            self._at = match.end()
            self._judge(match[1])
        self.characters = len(text)

    def _judge(self, quoted: str) -> None:
        try:
            verdict = guard.judged(json.loads(quoted), self._asked, self._model)
        except json.JSONDecodeError:  # the whole answer will be refused
            return
        if verdict.sentence is None:
            self.refused += 1
        elif verdict.sentence.text not in self.passed:
            self.passed = (*self.passed, verdict.sentence.text)
