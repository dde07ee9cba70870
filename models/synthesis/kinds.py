"""What tells one kind of cell from another, in numbers: the table from which every leukocyte is drawn.

Lengths are micrometres on a dried, flattened smear. A pair is a range from which each cell draws its own value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

Range = tuple[float, float]
NONE: Range = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of cell."""

    diameter: Range
    nuclei: tuple[tuple[str, float], ...]  # forms of nuclei.py with their weights
    share: Range  # diameter of the nucleus (or of its whole figure) over the diameter of the cell
    eccentric: Range = (0.0, 0.5)  # how far the nucleus sits from the middle, of the room it has
    elongation: Range = (1.0, 1.18)
    wobble: float = 0.045  # ripples of the outline
    bend: float = 0.16  # fine irregularity of the outline, µm
    skirt: Range = NONE  # erythrocytes that the cell flows around
    blebs: Range = NONE
    chromatin: Range = (0.85, 1.0)  # amount of dye
    fine: float = 0.2  # contrast of the fine mesh
    clump: float = 0.0  # contrast of the clumps
    clump_um: float = 0.5
    rim: float = 0.22  # nuclear membrane
    folds: float = 0.0
    clock: bool = False  # clumps along the nuclear membrane like the hours of a clock
    nucleoli: Range = NONE
    blue: Range = (0.1, 0.2)  # basophilia of the cytoplasm
    pink: Range = (0.1, 0.2)
    haemoglobin: Range = NONE
    edge: float = 0.3  # how much bluer the margin is
    mottle: float = 0.14
    hof: float = 0.0  # pale zone beside the nucleus
    azurophilic: Range = NONE  # granules: numbers per cell
    neutrophilic: Range = NONE  # fine specific granules, per cell
    orange: Range = NONE
    dark: Range = NONE
    vacuoles: Range = NONE


_BLAST = Kind(
    diameter=(12.5, 17.5),
    nuclei=(("round", 0.62), ("notched", 0.26), ("folded", 0.12)),
    share=(0.78, 0.92),
    eccentric=(0.2, 1.0),
    elongation=(1.0, 1.3),
    wobble=0.06,
    skirt=(0, 2.6),
    chromatin=(0.60, 0.82),
    fine=0.22,
    rim=0.4,
    folds=0.35,
    nucleoli=(1, 3.9),
    blue=(0.40, 0.75),
    pink=(0.0, 0.08),
    edge=0.45,
    hof=0.3,
)

_NEUTROPHIL = Kind(
    diameter=(12.0, 15.0),
    nuclei=(("lobes", 1.0),),
    share=(0.72, 0.84),
    skirt=(0, 1.6),
    chromatin=(0.80, 0.98),
    fine=0.2,
    clump=0.36,
    clump_um=0.33,
    rim=0.34,
    blue=(0.05, 0.13),
    pink=(0.16, 0.34),
    edge=0.15,
    mottle=0.2,
    neutrophilic=(350, 800),
    azurophilic=(0, 20),
)

_MONOCYTE = Kind(
    diameter=(15.0, 20.0),
    nuclei=(("folded", 0.55), ("horseshoe", 0.30), ("notched", 0.15)),
    share=(0.64, 0.78),
    elongation=(1.0, 1.35),
    wobble=0.08,
    bend=0.24,
    skirt=(0, 2.8),
    blebs=(0, 1.8),
    chromatin=(0.68, 0.86),
    fine=0.25,
    clump=0.06,
    rim=0.4,
    folds=0.6,
    blue=(0.24, 0.40),
    pink=(0.06, 0.16),
    edge=0.3,
    mottle=0.22,
    azurophilic=(0, 40),
    vacuoles=(0, 9),
)

_LYMPHOCYTE = Kind(
    diameter=(8.8, 11.6),
    nuclei=(("round", 0.72), ("notched", 0.28)),
    share=(0.78, 0.93),
    eccentric=(0.1, 0.9),
    bend=0.2,
    elongation=(1.0, 1.3),
    skirt=(0, 1.8),
    chromatin=(0.78, 0.98),
    fine=0.16,
    clump=0.20,
    clump_um=0.42,
    rim=0.3,
    blue=(0.28, 0.55),
    pink=(0.0, 0.06),
    edge=0.4,
    azurophilic=(0, 5),
)

KINDS: dict[str, Kind] = {
    "blast": _BLAST,
    "promyelocyte": replace(
        _BLAST,
        diameter=(14.5, 20.0),
        nuclei=(("round", 0.55), ("notched", 0.45)),
        share=(0.64, 0.80),
        eccentric=(0.4, 1.0),
        chromatin=(0.60, 0.80),
        fine=0.26,
        clump=0.06,
        rim=0.25,
        folds=0.12,
        nucleoli=(0, 2.9),
        blue=(0.26, 0.5),
        pink=(0.05, 0.18),
        hof=0.45,
        azurophilic=(180, 520),
    ),
    "promonocyte": replace(
        _MONOCYTE,
        diameter=(15.5, 20.5),
        nuclei=(("folded", 0.8), ("notched", 0.2)),
        share=(0.68, 0.80),
        fine=0.2,
        chromatin=(0.60, 0.78),
        clump=0.0,
        folds=0.9,
        nucleoli=(0, 2.4),
        blue=(0.28, 0.48),
        azurophilic=(5, 40),
        vacuoles=(0, 4),
    ),
    "myelocyte": replace(
        _NEUTROPHIL,
        diameter=(13.0, 17.0),
        nuclei=(("round", 1.0),),
        share=(0.56, 0.70),
        eccentric=(0.5, 1.0),
        chromatin=(0.72, 0.90),
        clump=0.2,
        clump_um=0.36,
        blue=(0.14, 0.3),
        pink=(0.12, 0.26),
        edge=0.25,
        hof=0.3,
        azurophilic=(5, 50),
    ),
    "metamyelocyte": replace(
        _NEUTROPHIL,
        diameter=(12.5, 16.0),
        nuclei=(("indented", 1.0),),
        share=(0.60, 0.72),
        eccentric=(0.4, 0.9),
        chromatin=(0.76, 0.94),
        clump=0.24,
        clump_um=0.36,
        blue=(0.08, 0.2),
    ),
    "band": replace(_NEUTROPHIL, nuclei=(("band", 1.0),), share=(0.74, 0.86), clump=0.26),
    "segmented": _NEUTROPHIL,
    "eosinophil": replace(
        _NEUTROPHIL,
        diameter=(13.0, 16.5),
        nuclei=(("bilobed", 1.0),),
        share=(0.66, 0.78),
        eccentric=(0.3, 0.9),
        chromatin=(0.88, 1.05),
        neutrophilic=NONE,
        azurophilic=NONE,
        orange=(420, 620),
        pink=(0.05, 0.15),
        blue=(0.08, 0.2),
    ),
    "basophil": replace(
        _NEUTROPHIL,
        diameter=(11.5, 14.5),
        nuclei=(("bilobed", 0.55), ("indented", 0.45)),
        share=(0.66, 0.8),
        chromatin=(0.62, 0.82),
        clump=0.14,
        neutrophilic=NONE,
        azurophilic=NONE,
        dark=(150, 300),
        pink=(0.1, 0.25),
        blue=(0.06, 0.2),
    ),
    "monocyte": _MONOCYTE,
    "lymphocyte": _LYMPHOCYTE,
    "variant_lymphocyte": replace(
        _LYMPHOCYTE,
        diameter=(13.5, 19.0),
        nuclei=(("round", 0.5), ("notched", 0.3), ("folded", 0.2)),
        share=(0.56, 0.72),
        eccentric=(0.3, 1.0),
        elongation=(1.0, 1.45),
        wobble=0.10,
        bend=0.3,
        skirt=(1, 3.9),
        chromatin=(0.74, 0.94),
        clump=0.14,
        nucleoli=(0, 1.5),
        blue=(0.22, 0.52),
        edge=0.75,
        azurophilic=(0, 9),
        vacuoles=(0, 2),
    ),
    "plasma_cell": Kind(
        diameter=(12.5, 18.0),
        nuclei=(("round", 1.0),),
        share=(0.48, 0.63),
        eccentric=(0.85, 1.0),
        elongation=(1.1, 1.4),
        skirt=(0, 1.8),
        chromatin=(0.86, 1.02),
        fine=0.14,
        clump=0.36,
        clump_um=0.5,
        clock=True,
        rim=0.3,
        blue=(0.75, 1.1),
        pink=(0.2, 0.6),
        edge=0.2,
        mottle=0.17,
        hof=0.8,
        vacuoles=(0, 3),
    ),
    "erythroblast": Kind(
        diameter=(8.0, 12.0),
        nuclei=(("disc", 0.86), ("lobulated", 0.14)),
        share=(0.5, 0.74),
        eccentric=(0.0, 0.6),
        wobble=0.03,
        bend=0.1,
        chromatin=(1.0, 1.3),
        fine=0.08,
        clump=0.22,
        clump_um=0.5,
        rim=0.1,
        blue=(0.08, 0.5),
        pink=NONE,
        haemoglobin=(0.3, 0.85),
        edge=0.2,
        mottle=0.08,
    ),
    "smudge": Kind(
        diameter=(11.0, 19.0),
        nuclei=(("smear", 1.0),),
        share=(1.0, 1.0),
        elongation=(1.0, 1.6),
        wobble=0.12,
        bend=0.55,
        chromatin=(0.42, 0.72),
        fine=0.2,
    ),
    "other": Kind(diameter=(5.5, 14.0), nuclei=(("none", 1.0),), share=(0.0, 0.0)),
}

LABELS: tuple[str, ...] = tuple(KINDS)
