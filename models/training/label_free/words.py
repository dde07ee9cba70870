"""What the label-free card says in words."""

from __future__ import annotations

from typing import Any

CANNOT = (
    "see a marker: it estimates what cells that look like this one had; the three classes of BSCCM are themselves "
    "gates on CD3, CD16 and CD45, so a correlation over all cells is partly the separation of classes",
    "be used for a diagnosis, or on cells that are stained, fixed otherwise, or in another medium",
    "tell leukaemic cells: it has seen none",
    "find anything outside the 15.9 micrometres around a cell's middle",
)
TO_BEAT = (
    "figures to beat once BSCCM is at hand, not claimed here: 91.3 % accuracy and r .72 for CD16 (the paper, split by "
    "cell); .919 and .774, the highest seen elsewhere (other protocol)",
)
SIMULATED: dict[str, Any] = {
    "head": {
        "name": "label-free",
        "task": "phenotyper",
        "version": "1",
        "notice": "learned from simulated cells; markers on synthetic cases only",
        "domain": "simulated label-free cells (BSCCM's optics), no person's cell",
        "licence": "AGPL-3.0-or-later",
        "vocabulary": "dpc4",
    },
    "cannot": (
        "say anything of a person's CD16 or other markers: their values were drawn by a simulator",
        "promise its classes on real cells: it was trained and measured on simulated ones",
        "serve every donor alike: .949 of the cells found in frames of 24 simulated donors are named right, .946 where "
        "others stand near, but .88 in one donor's case (models.training.label_free.crowded)",
    ),
    "data": (
        "simulated cells of models.synthesis (white_cells, donors, markers; Abbe sum of BSCCM's ring of diodes), split "
        "by donor; the simulator was frozen and committed before the first training",
    ),
    "command": "python -m models.training.train_label_free --simulated sim (its header has the steps before)",
}
MEASURED: dict[str, Any] = {
    "head": {
        "name": "label-free",
        "task": "phenotyper",
        "version": "1",
        "notice": "research use; one data set of one laboratory",
        "domain": "BSCCM: unstained leukocytes of healthy donors, DPC at 0.166 micrometres",
        "licence": "AGPL-3.0-or-later",
        "vocabulary": "dpc4",
    },
    "cannot": ("promise its figures elsewhere: another microscope, medium or laboratory changes them",),
    "data": ("BSCCM (Pinkard et al.), read from the folder named when training; split by slide replicate",),
    "command": "python -m models.training.train_label_free --bsccm DIR",
}


def realism(auroc: float) -> str:
    """Stands in a simulated card's list of what it cannot do."""
    return (
        f"hide where it comes from: a simple classifier tells real from simulated pictures with AUROC {auroc:.3f} "
        "(figures.realism; .5 would be chance), so every simulated figure is a hope for real cells, not a promise"
    )


REAL_PANELS = (
    "real_panels: 36 DPC_Left cells recovered from published BSCCM figures (CC BY 4.0), each scaled on its own, the "
    "only real cells it was looked at on; never trained on, nothing was tuned on them"
)
