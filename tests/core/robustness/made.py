"""Results to keep, with something in every field."""

from __future__ import annotations

from core.appraisals import Stratum
from core.readings import Interval
from core.robustness import measured, verdict
from core.robustness.curves import AskedCurves, Crossing, Curve, Curves, Flips, Line, Point
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
from models.imaging.perturb import Change


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


def curves(run: str, cells: tuple[str, ...], model: str, *, calls: str = "c" * 64) -> Curves:
    """One change that was tried, with a mark that is crossed, and one that was not."""
    own, wide = Interval(12.0, 31.0), Interval(5.0, 40.0)
    points = (Point(-0.5, 24.0, wide), Point(0.0, 21.5, own), Point(0.5, None, None), Point(1.0, 17.0, wide))
    line = Line(
        "blasts.ratio", "blasts", points,
        (Crossing(None, None, -0.5), Crossing(None, None, 1.0)),
        (Crossing(None, None, -0.5), Crossing(20.0, 0.375, 1.0)),
    )  # fmt: skip
    tried = Curve(Change.AZURE, (Flips(1.0, measured.rate(1, len(cells))),), (line,))
    return Curves(
        run, calls, model, AskedCurves(len(cells), 3, (Change.AZURE, Change.BLUR)), cells, 2 * len(cells),
        (tried, Curve(Change.BLUR, skipped="the scale is not known")), ("A note.",),
    )  # fmt: skip


__all__ = ["Word", "curves", "result"]
