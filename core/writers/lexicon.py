"""The words a language model may use, from `lexicon.toml`; read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("lexicon.toml")


@dataclass(frozen=True, slots=True)
class Lexicon:
    neutral: frozenset[str]
    claims: dict[str, str]  # word → the kind of claim
    bound: dict[str, tuple[str, ...]]  # word → patterns of ids, one of which its sentence must have
    said: dict[str, tuple[str, str]]  # word → (fact, what its value must hold)
    demanded: dict[str, tuple[str, ...]]  # pattern of ids → words of which one must stand in the sentence
    forbidden: dict[str, str]  # word → what it would be

    def supported(self, word: str, ids: frozenset[str]) -> bool:
        """A bound word has a fact in its sentence."""
        return any(fnmatchcase(id, pattern) for pattern in self.bound[word] for id in ids)

    def words_for(self, id: str) -> tuple[str, ...] | None:
        """The words that say what a value is; ('',) when its name does, None when no sentence may use it."""
        return next((words for pattern, words in self.demanded.items() if fnmatchcase(id, pattern)), None)


@cache
def lexicon() -> Lexicon:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Lexicon(
        neutral=frozenset(table["neutral"].split()),
        claims={word: kind for kind, words in table["claims"].items() for word in words},
        bound={word: tuple(patterns) for word, patterns in table["bound"].items()},
        said={word: (fact, held) for word, (fact, held) in table["said"].items()},
        demanded={pattern: tuple(words) for pattern, words in table["demanded"].items()},
        forbidden={word: what for what, words in table["forbidden"].items() for word in words},
    )
