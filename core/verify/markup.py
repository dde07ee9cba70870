"""HTML and SVG by construction: whatever is not made here is escaped, so no text from outside can become markup."""

from __future__ import annotations

import html


class Markup(str):
    """Text that is markup already. Only `tag`, `joined` and files of our own make it."""

    __slots__ = ()


Part = str | int | float | None
KEPT = "\n\xa0\u2009"  # not printable for Python, and harmless
VOID = ("meta", "br", "line", "circle", "rect", "path", "polygon")


def tag(name: str, /, *parts: Part, **attributes: Part) -> Markup:
    """An element. `class_` is class, `stroke_width` is stroke-width; an attribute that is None is left out."""
    told = "".join(f' {_key(key)}="{text(value)}"' for key, value in attributes.items() if value is not None)
    if name in VOID and not parts:
        return Markup(f"<{name}{told}/>")
    return Markup(f"<{name}{told}>{joined(*parts)}</{name}>")


def joined(*parts: Part) -> Markup:
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts))


def text(value: Part) -> str:
    """Escaped, without characters that steer a terminal, a browser or the direction of reading."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"
    shown = "".join(c if c.isprintable() or c in KEPT else "�" for c in str(value))
    return html.escape(shown.replace(" %", "\xa0%").replace("≥ ", "≥\xa0"), quote=True)


def _key(key: str) -> str:
    return key.rstrip("_").replace("_", "-") if key != "viewBox" else key
