"""What an expert's class names mean: codes of the vocabulary, or a site's own names by a map in TOML.

[classes]
"SEG" = "segmented"
"Myeloblast" = "blast"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from core.errors import BadInput, NotFound
from core.vocabulary import Vocabulary


def class_map(file: Path | None, words: Vocabulary) -> Mapping[str, str]:
    """Name → code; the vocabulary's own codes always name themselves."""
    own = {code: code for code in words.codes}
    if file is None:
        return own
    if not file.is_file():
        raise NotFound("a TOML file with the classes", f"no file {file}", "Correct the path after --classes.")
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"TOML in {file}", str(error), "Mend that line.") from error
    given = table.get("classes", table)
    if not isinstance(given, dict) or not given:
        raise BadInput(f"a table [classes] in {file}", "none", 'Write [classes], then lines like "SEG" = "segmented".')
    wrong = sorted(f"{name} = {code!r}" for name, code in given.items() if not isinstance(code, str) or code not in own)
    if wrong:
        do = f"Use one of {', '.join(words.codes)}."
        raise BadInput(f"codes of {words.id} in {file}", ", ".join(wrong), do)
    return own | {str(name): str(code) for name, code in given.items()}


def refuse_unknown(names: set[str], known: Mapping[str, str], where: str) -> None:
    """All names that mean nothing here at once, not the first."""
    unknown = sorted(names - set(known))
    if unknown:
        shown = ", ".join(repr(name) for name in unknown[:12]) + (" …" if len(unknown) > 12 else "")
        do = "Map them to the vocabulary's codes in a TOML file and give it with --classes."
        raise BadInput(f"class names that are known in {where}", shown, do)
