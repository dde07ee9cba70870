"""One field with its cells: outlines in the vocabulary's colours, as SVG that lies over the picture."""

from __future__ import annotations

from html import escape

from core.records import Call, Cell, ImageInfo, Seen
from core.vocabulary import Vocabulary


def outlines(image: ImageInfo, seen: Seen, vocabulary: Vocabulary) -> str:
    """An SVG with one polygon a cell, in the pixels of the image; its title is the call."""
    calls = {call.cell: call for call in seen.calls}
    drawn = [_polygon(cell, calls.get(cell.id), vocabulary) for cell in seen.cells if cell.image == image.id]
    return (
        f'<svg viewBox="0 0 {image.width} {image.height}" role="img" '
        f'aria-label="{len(drawn)} cells outlined">{"".join(drawn)}</svg>'
    )


def _polygon(cell: Cell, call: Call | None, vocabulary: Vocabulary) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in cell.contour)
    if call is None:
        return f'<polygon points="{points}" stroke="#888888"><title>no call</title></polygon>'
    cls = vocabulary[call.label]
    said = f"{cls.name}, {call.probabilities.get(call.label, 0.0) * 100:.0f} %"
    return f'<polygon points="{points}" stroke="{cls.colour}"><title>{escape(said)}</title></polygon>'
