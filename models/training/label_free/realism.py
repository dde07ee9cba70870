"""How close simulated cells are to real ones: one page of figures, made anew by

    python -m models.training.label_free.realism .cache/label_free/raw

Real are the DPC_Left panels of the published BSCCM figures (each min–max scaled on its own, 8 bit, once enlarged and
reduced again) and the phase of one measured HL60 cell. Simulated panels go through the same treatment. Whoever can
tell the two apart has found what the simulator lacks: the area under that curve stands beside every simulated figure.
Writes docs/label-free-realism.md, its chart, and models/training/label_free/realism.json, which the card quotes.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.synthesis import dpc_optics
from models.training.label_free.realism_page import written
from models.training.sources import ROOT

PAGE = Path("docs/label-free-realism.md")
FIGURES = Path(__file__).with_name("realism.json")
SIDE = 128
RINGS = 32  # of a power spectrum
LEVELS = 12  # percentiles
EACH = 120  # simulated panels of each class
PERCENTILES = (0.5, 99.5)
Picture = NDArray[np.float32]


def real_panels(root: Path = ROOT) -> list[Picture]:
    """Every DPC_Left panel of a single cell that the figures show, each cell once, on 0–1."""
    found: list[Picture] = []
    with (root / "bsccm_panels" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["channel"].startswith("DPC_Left") or row["file"].startswith("multi"):
                continue
            grey = cv2.imread(str(root / "bsccm_panels" / row["file"]), cv2.IMREAD_GRAYSCALE)
            if grey is None or grey.shape[0] != grey.shape[1]:
                continue
            panel = scaled(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32))
            if all(np.corrcoef(panel.ravel(), other.ravel())[0, 1] < 0.98 for other in found):
                found.append(panel)
    return found


def treated(left: Picture, rng: np.random.Generator) -> Picture:
    """A simulated left view as a published panel: scaled on its own, enlarged, 8 bit, reduced."""
    large = cv2.resize(scaled(left), (224, 224), interpolation=cv2.INTER_CUBIC)
    levels = np.rint(large.clip(0, 1) * 255) + rng.integers(-1, 2, large.shape)  # undoing a colour map errs by a level
    return scaled(cv2.resize(levels.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def scaled(picture: Picture) -> Picture:
    low, high = float(picture.min()), float(picture.max())
    return ((picture - low) / max(high - low, 1e-6)).astype(np.float32)


def spectrum(picture: Picture) -> Picture:
    """Log power by ring of spatial frequency, of the picture less its mean, windowed."""
    side = len(picture)
    taper = np.hanning(side)
    power = np.abs(np.fft.fftshift(np.fft.fft2((picture - picture.mean()) * taper[:, None] * taper[None]))) ** 2
    rows, columns = np.mgrid[:side, :side] - side // 2
    ring = np.minimum((np.hypot(rows, columns) / (side / 2) * RINGS).astype(int), RINGS)
    sums = np.bincount(ring.ravel(), power.ravel(), RINGS + 1)[:RINGS]
    return np.log10(sums / np.bincount(ring.ravel(), minlength=RINGS + 1)[:RINGS] + 1e-9).astype(np.float32)


def features(picture: Picture) -> Picture:
    levels = np.percentile(picture, np.linspace(0.5, 99.5, LEVELS))
    middle = picture[SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4]
    return np.concatenate([levels, spectrum(picture), [picture.std(), middle.std()]]).astype(np.float32)


def told_apart(real: NDArray[np.float32], made: NDArray[np.float32]) -> dict[str, Any]:
    """AUROC of a logistic regression on features, cross-validated ten times; interval over resampled panels."""
    x, y = np.concatenate([real, made]), np.r_[np.ones(len(real)), np.zeros(len(made))]
    score = np.zeros(len(y))
    for learn, rest in RepeatedStratifiedKFold(n_splits=5, n_repeats=10, random_state=0).split(x, y):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=2000))
        score[rest] += model.fit(x[learn], y[learn]).decision_function(x[rest]) / 10
    rng, found = np.random.default_rng(0), []
    for _ in range(500):
        rows = np.r_[rng.integers(0, len(real), len(real)), len(real) + rng.integers(0, len(made), len(made))]
        found.append(roc_auc_score(y[rows], score[rows]))
    low, high = np.percentile(found, [2.5, 97.5])
    return {
        "auroc": round(float(roc_auc_score(y, score)), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
    }


def simulated(folder: Path, seed: int = 0) -> tuple[list[Picture], NDArray[np.float64]]:
    """Treated left views, as many of each of the three classes; and the right views' percentiles over background."""
    table = pd.read_parquet(folder / "table.parquet")
    views = np.load(folder / "views.npy", mmap_mode="r")
    rng = np.random.default_rng(seed)
    rows = np.concatenate(
        [
            rng.permutation(np.flatnonzero(table.label == label))[:EACH]
            for label in ("lymphocyte", "granulocyte", "monocyte")
        ]
    )
    pictures = [treated(views[row, dpc_optics.VIEWS.index("left")].astype(np.float32), rng) for row in rows]
    spread = []
    for row in rows:
        right = views[row, dpc_optics.VIEWS.index("right")].astype(np.float64) - 30
        spread.append(np.percentile(right / np.median(right), PERCENTILES))
    return pictures, np.array(spread)


def hl60(root: Path = ROOT) -> list[Picture]:
    """The HL60 cell's phase from twelve sides, as light of our wavelength would meet it, on our pixels."""
    with np.load(root / "hl60_phase_140_projections.npz") as stored:
        phase = stored["phase_rad"][::12] * float(stored["wavelength_um"]) / dpc_optics.BSCCM.wavelength_um
        side = round(phase.shape[1] * float(stored["pixel_um"]) / dpc_optics.BSCCM.um_per_px)
    return [np.pad(cv2.resize(p, (side, side)), ((0, SIDE - side),) * 2) for p in phase.astype(np.float32)]


def figures(folder: Path) -> Mapping[str, Any]:
    real, (made, spread) = real_panels(), simulated(folder)
    shown = [np.stack([features(p) for p in pictures]) for pictures in (real, made)]
    cells = hl60()
    imaged = [scaled(dpc_optics.views(np.roll(p, 5, (0, 1)))[0]) for p in cells]
    return {
        "simulator": json.loads((folder / "about.json").read_text(encoding="utf-8"))["simulator"],
        "real_panels": len(real),
        "simulated_panels": len(made),
        "real_versus_simulated": {
            **told_apart(*shown),
            "by_levels_alone": told_apart(*(rows[:, :LEVELS] for rows in shown)),
            "by_spectrum_alone": told_apart(*(rows[:, LEVELS : LEVELS + RINGS] for rows in shown)),
        },
        "percentiles_over_background": {
            "published_range": [[0.36, 0.59], [1.28, 1.39]],
            "simulated_middle_90_percent": np.percentile(spread, [5, 95], axis=0).T.round(3).tolist(),
            "simulated_median": np.median(spread, axis=0).round(3).tolist(),
        },
        "levels": {
            name: np.mean([np.histogram(p, 40, (0, 1))[0] / p.size for p in pictures], axis=0).round(5).tolist()
            for name, pictures in (("real", real), ("simulated", made))
        },
        "spectrum": {
            name: np.percentile([spectrum(p) for p in pictures], [10, 50, 90], axis=0).round(3).tolist()
            for name, pictures in (("real", real), ("simulated", made), ("hl60", imaged))
        },
        "hl60_peak_phase": round(float(np.max(cells)), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    found = figures(parser.parse_args().folder)
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    written(found, PAGE)
    print(
        json.dumps({key: found[key] for key in ("real_panels", "real_versus_simulated", "percentiles_over_background")})
    )


if __name__ == "__main__":
    main()
