"""What the classifier's card says in words, and how its classes are grouped."""

from __future__ import annotations

from typing import Any

HEAD: dict[str, Any] = {
    "name": "cell-classifier",
    "task": "classifier",
    "version": "1",
    "notice": "research use; one laboratory, leukaemia patients only",
    "domain": "stained peripheral blood of AML and APL patients, one laboratory",
    "licence": "AGPL-3.0-or-later",
    "vocabulary": "shipped16",
}
CANNOT = (
    "be relied on for healthy people: it has never seen a healthy control",
    "be used on marrow: it was trained and measured on peripheral blood only",
    "tell the lineage of a blast",
    "name a blast equivalent safely: promonocytes were rare in training, and promyelocytes came mostly from APL",
    "tell band, metamyelocyte and myelocyte apart dependably: few cells, and readers differ",
    "promise its figures elsewhere: another laboratory's stain, scanner and readers change them; verify on own cases",
    "name a cell that the detector cut wrongly",
)
DATA = (
    "DeepAPL (Sidhom et al. 2021, Johns Hopkins): 12,304 crops of 83 patients (60 AML, 22 APL, one not stated), "
    "CellaVision; MIT on branch v2 of the source, (c) 2020 The Johns Hopkins University on master",
    "68 patients in five folds for training and cross-validation, 15 patients for calibration in neither; the shipped "
    "weights saw all 68",
    "outlines are the detectors' own: the source has none (pseudo-reference)",
    "drawn cells of models.synthesis: the first steps, and about 8 % of training afterwards",
    "start: EfficientNet-Lite0 trained on ImageNet (Apache-2.0), its shared weights put into EfficientNet-B0",
    "other_laboratories: segmentation_wbc (GPL-3.0), 400 cells, classes not checked by experts; never trained on for "
    "classification",
)
NOTES: dict[str, Any] = {
    "command": "see the header of models/training/train_classifier.py",
    "hardware": "one to two CPU cores",
    "last_gpu_run": "never: no GPU was at hand",
    "development": "fold 0 was also the test part of the ablation, which chose the recipe",
    "activation": "EfficientNet-B0 with ReLU6 in place of SiLU, so that the start from EfficientNet-Lite0 is exact",
    "budget": "five fold networks of 19,200 and then 48,000 crops (about 18 processor minutes each), then 32,000 crops "
    "on their weight average",
    "ablation": "64 px, 180 steps of 32 crops, fold 0; seeds as stated: direction, not proof",
}
COUNTED = {
    "blast", "promyelocyte", "promonocyte", "myelocyte", "metamyelocyte", "band", "segmented", "eosinophil", "basophil",
    "monocyte", "lymphocyte", "variant_lymphocyte", "plasma_cell",
}  # fmt: skip
COMPOSITES = {"cblc": {"blast", "promyelocyte", "promonocyte"}, "blasts": {"blast", "promonocyte"}}
LINEAGES = {
    "blast": "undetermined", "promyelocyte": "granulocytic", "promonocyte": "monocytic", "myelocyte": "granulocytic",
    "metamyelocyte": "granulocytic", "band": "granulocytic", "segmented": "granulocytic", "eosinophil": "granulocytic",
    "basophil": "granulocytic", "monocyte": "monocytic", "lymphocyte": "lymphoid", "variant_lymphocyte": "lymphoid",
    "plasma_cell": "lymphoid", "erythroblast": "erythroid", "smudge": "none", "other": "none",
}  # fmt: skip
