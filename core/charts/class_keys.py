"""One key a class: what a person presses to name a cell, the same wherever cells are named (gallery and quiz).

Only small letters and digits are given away, so that arrows, Enter, Space, Escape, `?` and everything with Ctrl stay
free for what a screen does besides naming.
"""

from __future__ import annotations

from core.vocabulary import CellClass, Vocabulary

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "1234567890"


def keys(vocabulary: Vocabulary) -> dict[str, str]:
    """Code → key, in the vocabulary's order: the file's own keys first, then a free letter of the name, then any other.

    A vocabulary of more classes than there are keys leaves the last ones out: they are named by click.
    """
    chosen = {cls.code: cls.key for cls in vocabulary.classes if cls.key}
    for cls in vocabulary.classes:
        taken = set(chosen.values())
        free = [key for key in _wished(cls) if key not in taken]
        if cls.code not in chosen and free:
            chosen[cls.code] = free[0]
    return {cls.code: chosen[cls.code] for cls in vocabulary.classes if cls.code in chosen}


def _wished(cls: CellClass) -> list[str]:
    """Letters of the name in their order, then digits, then what else the keyboard has."""
    own = [letter for letter in cls.name.lower() if letter in LETTERS]
    return list(dict.fromkeys([*own, *DIGITS, *LETTERS]))
