"""Results to keep, with something in every field."""

from __future__ import annotations

from core.appraisals import Stratum
from core.readings import Interval
from core.robustness import measured, verdict
from core.robustness.records import (
    Asked,
    ClassFlips,
    Flipped,
    InSetting,
    Moved,
    Robustness,
    Surroundings,
    Turn,
    Word,
)


def result(run: str, cells: tuple[str, ...], model: str, *, calls: str = "c" * 64, marker: bool = False) -> Robustness:
    """Two settings of which one could not be made; one cell that flips."""
    moved = Moved(
        "cblc.ratio", "CBLC-3", "%", 40.0, 47.5, Interval(30.0, 51.0), 7.5, Interval(1.5, 12.5), False, None, 41.0
    )
    told = Moved("marker.cd16.median", "CD16, median", "log10", 2.0, 2.25, None, 0.25, Interval(0.0, 0.5), case=2.0)
    settings = (
        InSetting(
            Surroundings.OTHER_CLASS,
            measured.rate(1, len(cells)),
            (ClassFlips("blast", measured.rate(1, len(cells))),),
            measured.rate(1, 1),
            (moved, told) if marker else (moved,),
            len(cells),
        ),
        InSetting(Surroundings.CELL_FREE, measured.rate(0, 0), skipped="no place without cells is large enough"),
    )
    turns = (Turn(Surroundings.OTHER_CLASS, "monocyte", cells[-1], 0.5),)
    return Robustness(
        run=run,
        calls=calls,
        model=model,
        asked=Asked(cells=len(cells), seed=3),
        tested=cells,
        frame=2 * len(cells),
        strata=(Stratum("blast", 2 * len(cells), len(cells)),),
        settings=settings,
        flipped=(Flipped(cells[0], "blast", 0.625, turns, False),),
        verdict=verdict.judged(settings, len(cells)),
        notes=("Counted from the network's own calls.",),
    )


__all__ = ["Word", "result"]
