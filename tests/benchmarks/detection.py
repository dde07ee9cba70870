"""Baseline and trained detector side by side on pictures at hand, with bootstrap intervals over pictures.

    python -m tests.benchmarks.detection                           the table of the test parts, shipped weights
    python -m tests.benchmarks.detection --checkpoint raabin --sets raabin        a checkpoint, left out or not
    python -m tests.benchmarks.detection --part validate --thresholds             what a threshold would give
    python -m tests.benchmarks.detection --part validate --sets large --tile 384  fields of several tiles

Only boxes are known of raabin, barcelona and bccd_boxes; there, and in the sweeps, a hit is a box IoU of at least 0.5,
elsewhere a contour IoU. AP is the mean over IoU 0.50, 0.55 … 0.95, of everything a detector finds at any score. Scales
are withheld. The sweeps take every fourth picture of bccd_fields, raabin and barcelona. `large` is drawn fields, and
pictures of a part laid together, which are cut into tiles; every other picture at hand is smaller than a tile.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from models import registry
from models.imaging import colour
from models.imaging.contours import bounds, overlaps
from models.synthesis.smear import LABELS, field
from models.training import sources

Pixels = NDArray[np.uint8]
Case = tuple[Pixels, list[NDArray[np.float32]], bool]  # pixels, truth, whether only boxes are known
LEVELS = np.arange(0.5, 0.96, 0.05)
SETS = ("bccd_fields", "segmentation_1", "segmentation_2", "raabin", "barcelona", "bccd_boxes", "procedural")
SCALES = (0.2, 0.4, 0.6, 1.0, 1.4, 2.0)
LARGE = {"bccd_fields": (3, 4), "raabin": (5, 4), "barcelona": (4, 6)}  # pictures down and across
SWEPT = ("bccd_fields", "raabin", "barcelona")
RESAMPLES = 400


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One picture: IoU of what was found (rows, the best score first) with the truth (columns), and the scores."""

    table: NDArray[np.float64]
    scores: NDArray[np.float64]
    seconds: float


def cases(name: str, root: Path, part: str, every: int = 1) -> Iterator[Case]:
    """Pictures of one set with their truth."""
    if name == "procedural":
        for seed in range(24):
            drawn = field(4_000 + seed, mix={k: 1.0 for k in LABELS if k != "other"}, cells=16)
            yield drawn.pixels, [c.contour for c in drawn.cells], False
        return
    for picture in [p for p in sources.pictures(root, [name]) if p.part == part][::every]:
        known = sources.truth(picture)
        if known.contours is not None:
            yield known.pixels, list(known.contours), False
        else:
            yield known.pixels, [corners(*box) for box in known.boxes], True


def large(root: Path, part: str) -> Iterator[tuple[str, list[Case]]]:
    """Fields larger than a tile: drawn, and pictures of one size laid side by side, each once; what is left is not."""
    mix = {k: 1.0 for k in LABELS if k != "other"}
    drawn = (field(93_000 + k, mix=mix, cells=45, size=(1200, 1920), um_per_px=0.22) for k in range(10))
    yield (
        "drawn 1200 x 1920",
        [(one.pixels, [c.contour for c in one.cells if c.label != "other"], False) for one in drawn],
    )
    for name, (down, across) in LARGE.items():
        known = list(cases(name, root, part))
        usual = Counter(pixels.shape for pixels, _, _ in known).most_common(1)[0][0]
        known = [case for case in known if case[0].shape == usual]
        many = down * across
        laid = [together(known[k : k + many], across) for k in range(0, len(known) - many + 1, many)]
        yield f"{name} {down} x {across}", laid


def together(some: Sequence[Case], across: int) -> Case:
    """Pictures of one size as one, row by row."""
    high, wide = some[0][0].shape[:2]
    places = [(n % across * wide, n // across * high) for n in range(len(some))]
    rows = [np.hstack([pixels for pixels, _, _ in some[k : k + across]]) for k in range(0, len(some), across)]
    moved = [
        (np.asarray(ring, np.float32) + np.array(place, np.float32)).astype(np.float32)
        for place, (_, truth, _) in zip(places, some, strict=True)
        for ring in truth
    ]
    return np.vstack(rows), moved, some[0][2]


def corners(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float32]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def resized(of: Iterable[Case], factor: float) -> Iterator[Case]:
    """As boxes: the same pictures at another number of pixels."""
    for pixels, truth, _ in of:
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        other = np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=way), np.uint8)
        yield other, [corners(*(np.array(bounds(c)) * factor)) for c in truth], True


def restained(of: Iterable[Case], strength: float, channels: tuple[float, float, float]) -> Iterator[Case]:
    """As boxes: the same pictures with stain that takes up more or less of each channel."""
    for pixels, truth, _ in of:
        clear = colour.background(pixels)
        density = colour.optical_density(pixels, clear) * strength * np.array(channels, np.float32)
        seen = np.clip(clear * np.exp(-density), 0, 255).astype(np.uint8)
        yield seen, [corners(*bounds(c)) for c in truth], True


def outcomes(detector: Any, of: Iterable[Case]) -> list[Outcome]:
    done = []
    for pixels, truth, boxes in of:
        began = time.process_time()
        found = detector.find(pixels, None)
        spent = time.process_time() - began
        mine = [corners(*bounds(c)) if boxes else c for c, _ in found]
        table = overlaps(mine, truth, 96)
        done.append(Outcome(table, np.array([s for _, s in found]), spent))
    return done


def hits(one: Outcome, level: float, least: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_], list[float]]:
    """Which of the found (in order of score) hit at this IoU, which the caller counts at all, and the hits' IoU."""
    free = np.ones(one.table.shape[1], bool)
    counted = one.scores >= least
    good, overlap = np.zeros(len(one.scores), bool), []
    for k in np.flatnonzero(counted):
        best = np.where(free, one.table[k], -1)
        if best.size and best.max() >= level:
            free[int(best.argmax())] = False
            good[k] = True
            overlap.append(float(best.max()))
    return good, counted, overlap


def rates(of: list[Outcome], least: float) -> tuple[float, float, float]:
    """Recall, precision, mean IoU of hits."""
    done = [hits(one, 0.5, least) for one in of]
    found, true = sum(int(c.sum()) for _, c, _ in done), sum(one.table.shape[1] for one in of)
    good = sum(int(g.sum()) for g, _, _ in done)
    joined = [v for _, _, o in done for v in o]
    return good / max(true, 1), good / max(found, 1), float(np.mean(joined)) if joined else 0.0


def average_precision(of: list[Outcome]) -> float:
    """Mean over IoU levels of the area under precision over recall, at 101 recalls."""
    true = sum(one.table.shape[1] for one in of)
    scores = np.concatenate([one.scores for one in of])
    order = np.argsort(-scores, kind="stable")
    areas = []
    for level in LEVELS:
        good = np.concatenate([hits(one, level, -1.0)[0] for one in of])[order]
        up = np.cumsum(good)
        recall, precision = up / max(true, 1), up / np.arange(1, len(up) + 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        at = np.searchsorted(recall, np.linspace(0, 1, 101))
        areas.append(float(np.mean(np.append(best, 0.0)[np.minimum(at, len(best))])))
    return float(np.mean(areas))


def interval(of: list[Outcome], figure: Callable[[list[Outcome]], float], resamples: int) -> tuple[float, float]:
    """95 % over pictures drawn with replacement."""
    rng = np.random.default_rng(0)
    values = [figure([of[k] for k in rng.integers(0, len(of), len(of))]) for _ in range(resamples)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def measured(of: list[Outcome], least: float, full: bool) -> dict[str, tuple[float, float, float]]:
    """Every figure with its interval."""
    wanted: dict[str, tuple[Callable[[list[Outcome]], float], int]] = {
        "recall": (lambda some: rates(some, least)[0], RESAMPLES),
        "precision": (lambda some: rates(some, least)[1], RESAMPLES),
        "mean_iou": (lambda some: rates(some, least)[2], RESAMPLES),
    }
    if full:
        wanted["map50_95"] = (average_precision, RESAMPLES // 8)
    return {name: (figure(of), *interval(of, figure, times)) for name, (figure, times) in wanted.items()}


def line(title: str, who: str, of: list[Outcome], least: float, full: bool, toml: bool) -> str:
    """One row of the table, or one table of the card."""
    figures, cells = measured(of, least, full), sum(o.table.shape[1] for o in of)
    if toml:
        rows = [
            f"[figures.{title.replace(' ', '_').replace('.', '_')}_{who}]",
            f"pictures = {len(of)}",
            f"cells = {cells}",
        ]
        for name, (value, low, high) in figures.items():
            rows += [f"{name} = {value:.3f}", f"{name}_interval = [{low:.3f}, {high:.3f}]"]
        return "\n".join(rows) + "\n"
    told = [f"{value:.3f} ({low:.3f}-{high:.3f})" for value, low, high in figures.values()]
    return "  ".join([f"{title:22} {who:9} {len(of):4} {cells:5}", *told, f"{np.mean([o.seconds for o in of]):.2f} s"])


def detectors(checkpoint: str | None, contours: Path | None, tile: int | None) -> dict[str, tuple[Any, float]]:
    """Baseline and trained with the score that counts; the trained one keeps what scores less, for its AP."""
    from models.cell_detector import CellDetector
    from models.training import detector_weights

    card = registry.card("cell-detector")
    content = detector_weights.packed(checkpoint, contours) if checkpoint else registry.weights(card)
    if tile:
        card = replace(card, parameters={**card.parameters, "tile": tile})
    trained = CellDetector(card, content)
    return {"baseline": (registry.load("baseline-detector"), 0.0), "trained": (trained, trained.parameters.threshold)}


class Everything:
    """A trained detector that keeps what scores below its threshold."""

    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def find(self, pixels: Pixels, um: float | None) -> Any:
        return self._detector.find(pixels, um, below=True)


def variants(root: Path, part: str) -> Iterator[tuple[str, list[Case]]]:
    """The sweeps over scale and stain."""
    plain = [case for name in SWEPT for case in cases(name, root, part, every=4)]
    for factor in SCALES:
        yield f"scale x {factor}", list(resized(plain, factor))
    stains = {
        "pale": (0.5, (1, 1, 1)),
        "dark": (1.7, (1, 1, 1)),
        "blue": (1, (1.4, 0.95, 0.6)),
        "pink": (1, (0.6, 1.1, 1.1)),
    }
    for name, (strength, channels) in stains.items():
        yield f"stain {name}", list(restained(plain, strength, channels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=sources.ROOT)
    parser.add_argument("--part", choices=sources.PARTS, default="test")
    parser.add_argument("--sets", nargs="*", default=[*SETS, "sweeps"])
    parser.add_argument("--checkpoint", help="weights of a training instead of the shipped ones")
    parser.add_argument("--contours", type=Path, help="with the contour network of this file")
    parser.add_argument("--tile", type=int, help="longest side of a tile, instead of the card's")
    parser.add_argument("--who", nargs="*", default=["baseline", "trained"])
    parser.add_argument("--toml", action="store_true", help="as the tables of a card")
    parser.add_argument("--thresholds", action="store_true", help="recall and precision over the score instead")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    both = {k: v for k, v in detectors(options.checkpoint, options.contours, options.tile).items() if k in options.who}
    print("set                    detector  pics cells  recall  precision  mean IoU of hits  AP50-95  time", flush=True)
    asked = [(name, None) for name in options.sets if name not in ("sweeps", "large")]
    swept = variants(options.root, options.part) if "sweeps" in options.sets else iter(())
    wide = large(options.root, options.part) if "large" in options.sets else iter(())
    for title, given in itertools.chain(asked, swept, wide):
        for who, (detector, least) in both.items():
            full = given is None and title not in ("raabin", "barcelona", "bccd_boxes")
            chosen = Everything(detector) if who == "trained" and (full or options.thresholds) else detector
            done = outcomes(chosen, cases(title, options.root, options.part) if given is None else given)
            if options.thresholds:
                for at in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
                    print(f"{title:16} {who:9} {at:.2f}  " + "  ".join(f"{v:.3f}" for v in rates(done, at)), flush=True)
            else:
                print(line(title, who, done, least, full, options.toml), flush=True)


if __name__ == "__main__":
    main()
