"""How many synthetic fields a second, on one core. By hand: python tests/benchmarks/synthesis.py [fields]"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).parents[2]))

from models.synthesis import demo, smear


def main(fields: int) -> None:
    cv2.setNumThreads(1)
    everything = dict.fromkeys(smear.LABELS, 1.0)
    cases = {"every class": (everything, 12)} | {c.key: (c.mix, c.cells_per_field) for c in demo.demo_cases()}
    for name, (mix, cells) in cases.items():
        look = smear.draw_look(7)
        smear.field(0, mix=mix, cells=cells, look=look)  # fills the pool of erythrocytes, once per slide
        wall, work = time.perf_counter(), time.process_time()
        for seed in range(1, fields + 1):
            smear.field(seed, mix=mix, cells=cells, look=look)
        wall, work = (time.perf_counter() - wall) / fields, (time.process_time() - work) / fields
        print(
            f"{name:16} {cells:3} cells a field of 1024 × 1024: {1 / wall:5.2f} a second ({1 / work:5.2f} by CPU time)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
