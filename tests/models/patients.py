"""Made-up patients with a made-up network: truth, logits and features whose calibration is known."""

from __future__ import annotations

import numpy as np

from models.calibration import Labelled

NAMES = ("blast", "promyelocyte", "segmented", "lymphocyte", "smudge")
LINEAGES = {
    "blast": "undetermined",
    "promyelocyte": "granulocytic",
    "segmented": "granulocytic",
    "lymphocyte": "lymphoid",
    "smudge": "none",
}


def labelled(seed: int, patients: int = 40, most: int = 60, heat: float = 1.0, width: int = 12) -> Labelled:
    """Patients with mixtures and a bent of their own; at temperature `heat` the logits are calibrated by making."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(0, 1.0, (len(NAMES), width))
    logits, labels, names, features = [], [], [], []
    for patient in range(patients):
        count = int(rng.integers(4, most))
        mixture = rng.dirichlet(np.full(len(NAMES), 0.7))
        drawn = np.log(mixture + 1e-3) + rng.normal(0, 1.5, (count, len(NAMES))) + rng.normal(0, 0.5, len(NAMES))
        chances = np.exp(drawn) / np.exp(drawn).sum(axis=1, keepdims=True)
        truth = (rng.random((count, 1)) < chances.cumsum(axis=1)).argmax(axis=1)
        logits.append(drawn * heat)
        labels.append(truth)
        names += [f"patient {patient:03d}"] * count
        features.append(centres[truth] + rng.normal(0, 0.7, (count, width)) + rng.normal(0, 0.1, width))
    return Labelled(np.concatenate(logits), np.concatenate(labels), np.array(names), NAMES, np.concatenate(features))
