"""A small site: drawn crops and fields, laid out as a laboratory might keep them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.imaging.contours import bounds
from models.synthesis.smear import Field, draw_look, field, single

CLASSES = ("blast", "segmented", "lymphocyte")
FEW = {"blast": 3, "segmented": 2}


def save(path: Path, pixels: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.ascontiguousarray(np.asarray(pixels)[..., ::-1]))
    return path


def crops(root: Path, patients: int = 7, each: int = 1, size: int = 72) -> Path:
    """patient/class/number.png"""
    for p in range(patients):
        for c, label in enumerate(CLASSES):
            for k in range(each):
                drawn = single(100 * p + 10 * c + k, label, size=size, um_per_px=0.24, look=draw_look(p))
                save(root / f"P{p}" / label / f"{k}.png", drawn.pixels)
    return root


def drawn_fields(patients: int = 4) -> dict[str, Field]:
    return {
        f"P{p}": field(800 + p, mix=FEW, cells=4, size=(200, 220), um_per_px=0.3, look=draw_look(p))
        for p in range(patients)
    }


def yolo(root: Path, drawn: dict[str, Field], outlined: bool = True) -> Path:
    """images/, labels/, data.yaml and patients.csv"""
    rows = ["file,patient,um_per_px"]
    for patient, one in drawn.items():
        height, width = one.pixels.shape[:2]
        save(root / "images" / f"{patient}_1.png", one.pixels)
        lines = []
        for cell in one.cells:
            if outlined:
                ring = np.clip(cell.contour / [width, height], 0, 1)
                lines.append("0 " + " ".join(f"{v:.5f}" for v in ring.ravel()))
            else:
                x0, y0, x1, y1 = np.clip(bounds(cell.contour), 0, [width, height, width, height])
                middle = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height]
                lines.append("0 " + " ".join(f"{v:.5f}" for v in middle))
        (root / "labels").mkdir(exist_ok=True)
        (root / "labels" / f"{patient}_1.txt").write_text("\n".join(lines))
        rows.append(f"{patient}_1.png,{patient},0.3")
    (root / "data.yaml").write_text("names: [WBC, platelets]\n")
    (root / "patients.csv").write_text("\n".join(rows))
    return root


def coco(root: Path, drawn: dict[str, Field]) -> Path:
    images, marks = [], []
    for number, (patient, one) in enumerate(drawn.items(), 1):
        save(root / "images" / f"{patient}.png", one.pixels)
        height, width = one.pixels.shape[:2]
        images.append(
            {"id": number, "file_name": f"{patient}.png", "width": width, "height": height, "patient": patient}
        )
        for cell in one.cells:
            ring = np.clip(cell.contour, 0, [width, height])
            marks.append(
                {"id": len(marks), "image_id": number, "category_id": 3, "segmentation": [ring.ravel().tolist()]}
            )
    table = {"images": images, "annotations": marks, "categories": [{"id": 3, "name": "leukocyte"}]}
    path = root / "annotations.json"
    path.write_text(json.dumps(table))
    return path
