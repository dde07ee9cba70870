"""XML that scanners write into slides, as long as before, without what reading does not need.

Each format says what is kept; everything else, texts and values of attributes alike, becomes spaces. What cannot be
told apart is an error, so that nothing is kept by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from core.errors import RefusedFile

Keep = Callable[[tuple[str, ...], Mapping[str, str], str], bool]
"""The path of an element, its attributes, and the name of one of them or '' for the text in it: is that kept?"""

_MARKUP = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    rb"|<(?P<end>/?)(?P<name>[\w:.-]+)(?P<inside>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL,
)
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s*<\?xml\s.*?\?>)?", re.DOTALL)
_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def spaces(xml: bytes, keep: Keep) -> bytes:
    """The same text with spaces for whatever is not kept. ValueError: it is no XML."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:  # nothing a scanner writes
        raise RefusedFile("a scanner's XML without entities", "a document type", "Export the slide again.")
    out = bytearray(xml)
    path: list[str] = []
    inside: list[dict[str, str]] = []
    since = 0  # where the text began that lies before the next tag
    for found in [*_MARKUP.finditer(xml), None]:
        if found is not None and found["name"] is None:
            continue  # a remark or a quoted part: it belongs to the text around it
        end = len(xml) if found is None else found.start()
        _check(xml[since:end])
        if not path:
            out[since:end] = _outside(xml[since:end])
        elif not keep(tuple(path), inside[-1], ""):
            out[since:end] = b" " * (end - since)
        if found is None:
            break
        since = found.end()
        if found["end"]:
            path.pop()
            inside.pop()
            continue
        path.append(_local(found["name"]))
        inside.append(_attributes(found, out, tuple(path), keep))
        if found["inside"].rstrip().endswith(b"/"):
            path.pop()
            inside.pop()
    if path:
        raise ValueError("elements that do not end")
    return bytes(out)


def _outside(text: bytes) -> bytes:
    """Of what stands before and behind all elements the line that says it is XML; no remark."""
    declared = _DECLARATION.match(text)
    kept = declared[0] if declared else b""
    return kept + re.sub(rb"\S", b" ", text[len(kept) :])


def _check(text: bytes) -> None:
    if b"<" in _MARKUP.sub(b"", text):
        raise ValueError("a tag that cannot be told")


def _attributes(tag: re.Match[bytes], out: bytearray, path: tuple[str, ...], keep: Keep) -> dict[str, str]:
    """Those of a tag, after blanking the values that are not kept."""
    start = tag.start("inside")
    found = list(_ATTRIBUTE.finditer(tag["inside"]))
    said = {_local(one[1]): (one[2] or one[3] or b"").decode("utf-8", "replace") for one in found}
    for one in found:
        if one[1].startswith(b"xmlns") or keep(path, said, _local(one[1])):
            continue
        first, last = one.span(2 if one[2] is not None else 3)
        out[start + first : start + last] = b" " * (last - first)
    return said


def _local(name: bytes) -> str:
    return name.decode("utf-8", "replace").rpartition(":")[2]
