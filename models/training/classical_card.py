"""The text of the baseline classifier's card, so that weights and card are always made together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

HEAD = """# Made by `python -m models.training.train_classical`; do not edit: card and weights are made together.
name = "baseline-classifier"
task = "classifier"
version = "1"
notice = "baseline, not for reading"
domain = "procedural cells only"
licence = "AGPL-3.0-or-later"
vocabulary = "shipped16"
"""


def classifier_card(
    weights: str,
    sha256: str,
    labels: Sequence[str],
    features: Sequence[str],
    cells: int,
    measured: Mapping[str, Mapping[str, Any]],
) -> str:
    """TOML: what the model is, what it cannot do, and what was measured."""
    data = [
        f"fitted on {cells} cells of procedural fields (models.synthesis), found by baseline-detector",
        "measured on procedural cells of looks it was not fitted on; cells at the edge, and cells the detector missed "
        "other than thrombocytes and smudges, are left out",
    ]
    if "real_cells" in measured:
        data.append(
            "real_cells: random crops of DeepAPL (Sidhom et al. 2021, Johns Hopkins, peripheral blood of AML and APL "
            "patients; MIT on branch v2 of the source, (c) 2020 The Johns Hopkins University on master); measured on, "
            "never fitted on"
        )
    cannot = [
        "be read: it exists so that trained networks have something to beat",
        "name real cells: it has never seen one, and its figures on real cells are poor",
        "tell blasts by lineage, or a blast from a blast equivalent, in any dependable way",
        "be used on marrow: nothing was measured there",
        "name what the detector cut wrongly",
    ]
    lines = [HEAD.rstrip()]
    lines += [f"cannot_do = {_array(cannot)}", f"data = {_array(data)}", f"labels = {_array(labels)}"]
    lines += [f"weights = {json.dumps(weights)}", f"sha256 = {json.dumps(sha256)}", "", "[preprocessing]"]
    lines += [
        'crop = "the contour\'s box with a quarter of its longer side around it"',
        'size = "longer side of the cell resized to 72 pixels"',
        'colour = "optical density relative to the crop\'s clear background"',
        'scale = "micrometres per pixel where known; sizes are missing values elsewhere"',
        f"features = {_array(features)}",
    ]
    for name, table in measured.items():
        lines += ["", f"[figures.{name}]"] + [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _array(items: Sequence[str]) -> str:
    return "[\n" + "".join(f"    {json.dumps(item)},\n" for item in items) + "]"
