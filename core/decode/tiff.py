"""TIFF: every page that is a picture of its own, 8 or 16 bit (float for DPC), striped or tiled."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tifffile
from numpy.typing import NDArray

from core.decode import codec, scale, slides
from core.decode.limits import Budget
from core.decode.page import Page, check_size, plain
from core.decode.raster import upright
from core.errors import RefusedFile, UnsupportedFile

MOST_PAGES = 1000
# Compressions whose decoders stop at the size of the tile; JPEG is checked by `_check_jpeg_size`.
_COMPRESSIONS = {1, 5, 7, 8, 32773, 32946, 50000}
_JPEG = 7
_PALETTE = 3
_LARGEST_TILE = 4096 * 4096  # each is unpacked whole, however little of it lies in the picture
_UNITS = {2: "inch", 3: "cm"}
_VIEW = re.compile(r"(?<![a-z0-9])(left|right|top|bottom)(?![a-z0-9])", re.IGNORECASE)


def pages(data: bytes, budget: Budget) -> list[Page]:
    """The pictures of a TIFF, in order; thumbnails and masks are left out."""
    with codec.border("TIFF"), tifffile.TiffFile(io.BytesIO(data)) as file:
        found = _listed(file)
        slides.refuse_tiff(found[0], found[1:])
        pictures = [page for page in found if not page.is_reduced and not page.is_mask]
        if not pictures:
            raise UnsupportedFile("a TIFF with a full-size picture", "thumbnails or masks only", "Export it again.")
        um_per_px, views = _from_description(file, found[0], len(pictures))
        return [_page(page, number, um_per_px, views[number], data, budget) for number, page in enumerate(pictures)]


def _listed(file: Any) -> list[Any]:
    # Asked for one by one, because a chain of pages may run in a circle.
    found: list[Any] = []
    offsets: set[int] = set()
    for number in range(MOST_PAGES + 1):
        try:
            page = file.pages[number]
        except IndexError:
            break
        if page.offset in offsets:
            raise RefusedFile("a chain of pages that ends", "one that runs in a circle", "Export the file again.")
        offsets.add(page.offset)
        found.append(page)
    if len(found) > MOST_PAGES:
        raise RefusedFile(f"at most {MOST_PAGES} pages", "more", "Split the file.")
    if not found:
        raise ValueError("no page")
    return found


def _page(page: Any, number: int, um_per_px: float | None, view: str, data: bytes, budget: Budget) -> Page:
    check_size(int(page.imagewidth), int(page.imagelength), budget.settings.max_pixels)
    if page.compression not in _COMPRESSIONS:
        raise UnsupportedFile(
            "a TIFF without compression, or with LZW, deflate, PackBits, Zstandard or JPEG",
            f"compression {int(page.compression)}",
            "Save it again with LZW or without compression.",
        )
    samples = int(page.samplesperpixel)
    if page.imagedepth != 1 or samples > 5:
        raise UnsupportedFile(
            "pages with 1 (grey), 3 (RGB) or 4 channels",
            f"{samples} channels and a depth of {page.imagedepth}",
            "Export it as RGB, or one page per DPC view.",
        )
    if 1 < _bits(page) < 8 and page.photometric != _PALETTE:
        raise UnsupportedFile("8 or 16 bits per channel", f"{_bits(page)} bits", "Export it with 8 bits per channel.")
    if page.is_tiled and page.tilewidth * page.tilelength * max(1, page.tiledepth) > _LARGEST_TILE:
        raise RefusedFile(
            f"tiles of at most {_LARGEST_TILE:,} pixels",
            f"tiles of {page.tilewidth:,} × {page.tilelength:,}",
            "Export the file again.",
        )
    if page.compression == _JPEG:
        _check_jpeg_size(page, data)
    budget.hold(page.imagewidth * page.imagelength * max(samples, 3) * page.dtype.itemsize)
    pixels, warnings = _coloured(page, _samples_last(page))
    tag = page.tags.get(274)
    pixels = upright(pixels, int(tag.value) if tag is not None and isinstance(tag.value, int) else 1)
    return Page(plain(pixels), number, "TIFF", _bits(page), um_per_px or _tagged_scale(page), warnings, view)


def _bits(page: Any) -> int:
    return int(page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample))


def _check_jpeg_size(page: Any, data: bytes) -> None:
    """A JPEG tile carries a size of its own; it may not exceed the page's tile."""
    most = (page.tilewidth or page.imagewidth) * (page.tilelength or page.rowsperstrip)
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        for height, width in _jpeg_sizes(data[offset : offset + count]):
            if height * width > 4 * max(most, 64 * 64):
                raise RefusedFile(
                    "JPEG tiles of the size the TIFF states", f"one of {width} × {height}", "Export the file again."
                )


def _jpeg_sizes(segment: bytes) -> list[tuple[int, int]]:
    # Start-of-frame markers C0–CF, less the four that mean tables (DHT, JPG, DAC) or are unused.
    found = []
    for match in re.finditer(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]..[\x08\x0c\x10](....)", segment, re.DOTALL):
        size = match.group(1)
        found.append((int.from_bytes(size[:2], "big"), int.from_bytes(size[2:], "big")))
    return found


def _samples_last(page: Any) -> NDArray[Any]:
    pixels: NDArray[Any] = page.asarray(maxworkers=1)
    pixels = pixels.reshape([n for n, axis in zip(pixels.shape, page.axes, strict=True) if axis != "Z"])
    if page.axes.startswith("S"):
        pixels = np.moveaxis(pixels, 0, -1)
    return pixels


def _coloured(page: Any, pixels: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Grey, RGB or RGBA, by the photometric tag."""
    photometric = int(page.photometric)
    extra = tuple(int(e) for e in page.extrasamples)
    colours = 1 if pixels.ndim == 2 else pixels.shape[2] - len(extra)
    if photometric in (0, 1) and colours == 1:
        white = (1 << _bits(page)) - 1 if photometric == 0 else 0
        return _grey(pixels, extra, white)
    if photometric == 6 and page.compression != _JPEG:  # a JPEG is turned into RGB by its own decoder
        raise UnsupportedFile("RGB colours", "YCbCr without JPEG compression", "Export it as RGB.")
    if photometric in (2, 6) and colours == 3:
        return _with_alpha(pixels, extra)
    if photometric == _PALETTE and pixels.ndim == 2 and page.colormap is not None:
        table = (np.asarray(page.colormap) >> 8).astype(np.uint8).T
        warning = "Converted from a palette of at most 256 colours; fine detail of the stain is lost."
        return table[pixels], (warning,)
    if photometric == 5 and colours == 4 and pixels.dtype == np.uint8:
        inks = 255 - pixels[..., :4].astype(np.uint16)
        rgb = (inks[..., :3] * inks[..., 3:] + 127) // 255
        return rgb.astype(np.uint8), ("Converted from CMYK (printing colours) to RGB; hues may be off.",)
    raise UnsupportedFile(
        "grey, RGB, palette or CMYK pages",
        f"{1 if pixels.ndim == 2 else pixels.shape[2]} channels of photometric kind {photometric}",
        "Export it as RGB, or one page per DPC view.",
    )


def _grey(pixels: NDArray[Any], extra: tuple[int, ...], white: int) -> tuple[NDArray[Any], tuple[str, ...]]:
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    if white and grey.dtype.kind == "u":  # 0 is white
        grey = (white - grey).astype(grey.dtype)
    if pixels.ndim == 3 and extra and extra[0] in (1, 2):
        alpha = pixels[..., 1]
        return np.stack([grey, grey, grey, alpha], axis=-1), ()
    return grey, () if pixels.ndim == 2 else ("Extra channels were left out.",)


def _with_alpha(pixels: NDArray[Any], extra: tuple[int, ...]) -> tuple[NDArray[Any], tuple[str, ...]]:
    if not extra:
        return pixels, ()
    if extra[0] == 2:
        return pixels[..., :4], ()
    if extra[0] == 1 and pixels.dtype.kind == "u":
        return _straight(pixels[..., :4]), ()
    return pixels[..., :3], ("Extra channels were left out.",)


def _straight(pixels: NDArray[Any]) -> NDArray[Any]:
    """Colours that were stored multiplied by their alpha, divided by it again."""
    most = np.iinfo(pixels.dtype).max
    alpha = np.maximum(pixels[..., 3:].astype(np.float32), 1)
    colours = np.minimum(pixels[..., :3] * (most / alpha), most).round()
    return np.concatenate([colours.astype(pixels.dtype), pixels[..., 3:]], axis=-1)


def _from_description(file: Any, first: Any, count: int) -> tuple[float | None, list[str]]:
    """Scale and view names from OME-XML or ImageJ's notes; tags of the pages come after."""
    views = [""] * count
    if first.is_ome:
        return _from_ome(str(first.description), views)
    notes = file.imagej_metadata if first.is_imagej else None
    if not isinstance(notes, dict):
        return None, views
    _refuse_planes(int(notes.get("channels", 1)) if first.samplesperpixel == 1 else 1, 1)
    labels = notes.get("Labels")
    for number, label in enumerate(labels[:count] if isinstance(labels, list) else []):
        views[number] = _view(str(label))
    x, y = _resolution(first)
    return scale.from_density(x, y, str(notes.get("unit", ""))), views


def _from_ome(xml: str, views: list[str]) -> tuple[float | None, list[str]]:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:  # nothing OME needs; entities can swell without limit
        raise RefusedFile("OME-XML without entities", "a document type", "Export the file again.")
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return None, views
    block = root.find("{*}Image/{*}Pixels")
    if block is None:
        return None, views
    depths = [int(block.get(axis, "1")) for axis in ("SizeZ", "SizeT")]
    _refuse_planes(len(block.findall("{*}Channel")), max(depths))
    for number, channel in enumerate(block.findall("{*}Channel")[: len(views)]):
        views[number] = _view(channel.get("Name", ""))
    try:
        x, y = float(block.get("PhysicalSizeX", "nan")), float(block.get("PhysicalSizeY", "nan"))
    except ValueError:
        return None, views
    return scale.from_size(x, y, block.get("PhysicalSizeXUnit", "µm")), views


def _refuse_planes(channels: int, depth: int) -> None:
    """Pages that show one field again: taken as fields of their own, they would count its cells once each."""
    if depth > 1:
        raise UnsupportedFile(
            "a page for each field", f"{depth} planes of one field (focus or time)", "Export the sharpest plane."
        )
    if channels in (2, 3):  # four are DPC views
        raise UnsupportedFile(
            "RGB pages", f"the {channels} colours of one field as separate grey pages", "Export it as RGB."
        )


def _view(text: str) -> str:
    named = {match.lower() for match in _VIEW.findall(text.replace("_", " "))}
    return named.pop() if len(named) == 1 else ""


def _tagged_scale(page: Any) -> float | None:
    tag = page.tags.get(296)
    unit = _UNITS.get(int(tag.value) if tag is not None and isinstance(tag.value, int) else 2)
    return None if unit is None else scale.from_density(*_resolution(page), unit)


def _resolution(page: Any) -> tuple[float, float]:
    values = []
    for code in (282, 283):
        tag = page.tags.get(code)
        pair = tag.value if tag is not None else (0, 1)
        values.append(pair[0] / pair[1] if isinstance(pair, tuple) and len(pair) == 2 and pair[1] else 0.0)
    return values[0], values[1]
