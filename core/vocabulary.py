"""Cell classes: codes, names, lineages, who is counted, who belongs to which composite.

Vocabularies are TOML files in `core/vocabularies` (shipped) and in the folder that the setting
`vocabularies` names (a site's own). A wrong file is refused with the line to mend.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadSettings, NotFound
from core.records import Specimen

SHIPPED = Path(__file__).parent / "vocabularies"


@dataclass(frozen=True, slots=True)
class CellClass:
    """One class. `counted` names the specimens in whose denominator it stands."""

    code: str
    name: str
    plural: str
    lineage: str
    colour: str
    counted: frozenset[Specimen]
    composites: frozenset[str] = frozenset()  # 'cblc', 'blasts', 'myeloid', 'erythroid', 'smudge', 'promyelocyte'
    crosswalk: tuple[tuple[str, str], ...] = ()  # (other vocabulary, code there)
    key: str = ""  # the one key that names it in review
    description: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Classes in display order."""

    id: str
    name: str
    cblc_name: str  # 'CBLC-3' or 'CBLC-8': never compared with each other
    reading: str  # whose reading of the source this is
    classes: tuple[CellClass, ...]
    by_code: dict[str, CellClass] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {c.code: c for c in self.classes})

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(c.code for c in self.classes)

    def __getitem__(self, code: str) -> CellClass:
        try:
            return self.by_code[code]
        except KeyError:
            raise NotFound(f"a class of {self.id}", repr(code), f"Use one of {', '.join(self.codes)}.") from None

    def counted(self, specimen: Specimen) -> tuple[CellClass, ...]:
        return tuple(c for c in self.classes if specimen in c.counted)

    def members(self, composite: str) -> frozenset[str]:
        return frozenset(c.code for c in self.classes if composite in c.composites)
