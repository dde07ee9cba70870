"""A few cells in a row, with words under each. For thousands there is the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pages.components import links, notices

MOST = 48


def shown(case_id: str, cells: Sequence[tuple[str, str, str]], wide: bool = False) -> None:
    """(cell, colour, words) each; of more than some, the first and how many more there are."""
    drawn = "".join(
        f'<figure style="--c:{escape(colour)}"><img loading="lazy" src="{escape(links.crop(case_id, cell))}" '
        f'alt="{escape(words)}"><figcaption>{escape(words)}</figcaption></figure>'
        for cell, colour, words in cells[:MOST]
    )
    more = len(cells) - MOST
    rest = f'<p class="hb-sub">and {more} more</p>' if more > 0 else ""
    notices.html(f'<div class="hb-grid{" strips" if wide else ""}">{drawn}</div>{rest}')
