"""Writing in pictures: found where it was drawn, and not where there is none."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter, ImageFont

from core.cases import pictures
from core.decode import lettering
from core.decode import read as decode
from core.records import Modality
from models.synthesis import smear
from tests.core.decode.samples import saved, taken

MIX = {"lymphocyte": 2.0, "segmented": 2.0, "blast": 1.0, "smudge": 1.0}
COLOURS = {"black": (0, 0, 0), "yellow": (255, 255, 0), "red": (220, 0, 0), "blue": (0, 0, 200), "green": (0, 140, 0)}


def field(seed: int = 0) -> NDArray[np.uint8]:
    """A pale field with blurred cells of several darknesses."""
    rng = np.random.default_rng(seed)
    picture = Pillow.new("RGB", (460, 300), (222, 200, 212))
    draw = ImageDraw.Draw(picture)
    for _ in range(22):
        x, y, radius = rng.uniform(0, 460), rng.uniform(0, 300), rng.uniform(12, 22)
        colour = (196, 150, 165) if rng.random() < 0.7 else (110, 70, 150)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    blurred = np.asarray(picture.filter(ImageFilter.GaussianBlur(1.5)), np.float32)
    return np.clip(blurred + rng.normal(0, 2, blurred.shape), 0, 255).astype(np.uint8)


def written(onto: NDArray[np.uint8], text: str, size: float, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    picture = Pillow.fromarray(onto)
    ImageDraw.Draw(picture).text((30, 60), text, fill=colour, font=ImageFont.load_default(size))
    return np.asarray(picture)


def extent(text: str, size: float) -> tuple[float, float, float, float]:
    return ImageDraw.Draw(Pillow.new("L", (9, 9))).textbbox((30, 60), text, font=ImageFont.load_default(size))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("size", [14, 20, 36, 80])
def test_writing_is_found_where_it_is(colour: str, size: int) -> None:
    text = "DOE JANE 1954-03-12" if size < 36 else "DOE JANE"
    found = lettering.regions(written(field(), text, size, COLOURS[colour]), Modality.SMEAR)
    x0, y0, x1, y1 = (round(n) for n in extent(text, size))
    hidden = np.zeros((300, 460), bool)
    for a, b, c, d in found:
        hidden[int(b) : int(d), int(a) : int(c)] = True
    assert hidden[y0:y1, x0 : min(x1, 460)].mean() > 0.75


def test_white_writing_on_a_dark_band_is_found() -> None:
    banded = field(1)
    banded[55:95] = (40, 40, 60)
    assert lettering.regions(written(banded, "MRN 00482915", 20, (255, 255, 255)), Modality.SMEAR)


def test_writing_survives_jpeg() -> None:
    stream = io.BytesIO()
    Pillow.fromarray(written(field(2), "DOE JANE 1954", 24, (0, 0, 0))).save(stream, "JPEG", quality=80)
    assert lettering.regions(np.asarray(Pillow.open(stream)), Modality.SMEAR)


def test_fields_without_writing_raise_no_doubt() -> None:
    drawn = [smear.field(seed, mix=MIX, cells=6, size=(480, 640)).pixels for seed in range(3)]
    for picture in (*drawn, *(field(seed) for seed in range(20))):
        assert lettering.regions(picture, Modality.SMEAR) == ()
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    assert lettering.regions(noise, Modality.SMEAR) == ()


def test_a_doubt_names_the_image_and_masking_settles_it() -> None:
    found = taken({"a.png": saved(written(field(3), "DOE JANE 1954", 24, (0, 0, 0)), "PNG")})
    doubt = found.doubts[0]
    assert doubt.image == found.images[0].info.id
    assert "looks like writing" in doubt.reason
    clean = decode.masked(found.images[0], doubt.boxes)
    assert not taken({"b.png": pictures.encoded(clean)}).doubts


def test_writing_in_one_dpc_view_is_found() -> None:
    rng = np.random.default_rng(0)
    plane = (rng.normal(2000, 40, (200, 300))).astype(np.float32)
    picture = Pillow.fromarray(np.zeros((200, 300), np.uint8))
    ImageDraw.Draw(picture).text((20, 20), "DOE JANE", fill=255, font=ImageFont.load_default(24))
    stack = np.stack([plane + 8 * np.asarray(picture, np.float32), plane, plane, plane])
    assert lettering.regions(stack, Modality.DPC)
    assert not lettering.regions(np.stack([plane] * 4), Modality.DPC)
