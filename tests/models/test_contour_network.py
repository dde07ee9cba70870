"""The second look: outlines lie where the cell lies, whatever its size, place and company."""

import numpy as np
import pytest
import torch

from models import contour_network
from models.backends.reference import TorchNetwork
from models.contour_network import SIDE, ContourNetwork, Drawn, Network, cut, square, standardised
from models.imaging.contours import bounds, iou
from models.synthesis.smear import field

CLEAR = (232, 228, 226)


class DarkIsBody(torch.nn.Module):
    """Stands in for a trained network: body where it is dense, nucleus where it is very dense."""

    def forward(self, crops):
        dense = crops.mean(1, keepdim=True)
        masks = torch.cat([60 * (dense - 0.12), 60 * (dense - 0.5)], 1)
        return masks.sigmoid(), (dense.amax((1, 2, 3)) * 8 - 1).sigmoid()


def looking(net: torch.nn.Module | None = None) -> ContourNetwork:
    made = ContourNetwork(Network().state_dict())
    made._run = TorchNetwork((net or DarkIsBody()).eval())
    return made


def disc(shape: tuple[int, int], x: float, y: float, radius: float, inner: float = 0.0) -> np.ndarray:
    """A cell with exact, softened edges; the pixel (row i, column j) has its centre at (j + .5, i + .5)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    far = np.hypot(columns - x, rows - y)
    body, nucleus = np.clip(radius - far + 0.5, 0, 1)[..., None], np.clip(inner - far + 0.5, 0, 1)[..., None]
    density = body * 0.62 + nucleus * 1.2
    return np.clip((np.array(CLEAR) + 4) * np.exp(-density) - 4, 0, 255).round().astype(np.uint8)


def ring(x: float, y: float, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1).astype(np.float32)


@pytest.mark.parametrize(
    ("x", "y", "radius"), [(60.0, 50.0, 14.0), (61.3, 48.6, 14.0), (80.5, 70.2, 40.0), (40, 40, 9)]
)
def test_the_outline_is_the_cell_whatever_its_size_and_the_box_s_error(x, y, radius):
    pixels = disc((140, 160), x, y, radius)
    box = np.array([[x - radius * 0.85, y - radius * 1.1, x + radius * 1.2, y + radius * 0.95]])
    (drawn,) = looking().draw(pixels, box)
    assert iou(drawn.contour, ring(x, y, radius)) > 0.95
    assert np.allclose(np.mean(bounds(drawn.contour)), (x + y) / 2, atol=0.03 * radius + 0.1)
    assert len(drawn.contour) <= 64


def test_large_cells_are_seen_as_well_as_small_ones():
    pixels = disc((900, 900), 450, 450, 300)
    (drawn,) = looking().draw(pixels, np.array([[140.0, 140, 760, 760]]))
    assert iou(drawn.contour, ring(450, 450, 300)) > 0.97


def test_a_moved_picture_moves_the_outline():
    box = np.array([[30.0, 30, 60, 60]])
    (here,) = looking().draw(disc((120, 120), 45, 45, 14), box)
    (there,) = looking().draw(disc((120, 120), 56, 49, 14), box + np.array([11, 4, 11, 4]))
    assert np.allclose(here.contour + np.array([11, 4]), there.contour, atol=0.05)


def test_the_nucleus_is_drawn_inside_its_body():
    (drawn,) = looking().draw(disc((120, 120), 60, 60, 24, inner=11), np.array([[36.0, 36, 84, 84]]))
    assert len(drawn.nuclei) == 1
    assert iou(drawn.nuclei[0], ring(60, 60, 11)) > 0.9


def test_a_cell_half_outside_the_picture_is_drawn_where_it_is_seen():
    (drawn,) = looking().draw(disc((100, 100), 2, 50, 20), np.array([[0.0, 30, 22, 70]]))
    _, y0, x1, y1 = bounds(drawn.contour)
    assert x1 == pytest.approx(22, abs=1)
    assert (y0, y1) == (pytest.approx(30, abs=1), pytest.approx(70, abs=1))


def test_where_nothing_is_there_is_no_outline():
    (drawn,) = looking().draw(np.full((80, 80, 3), CLEAR, np.uint8), np.array([[20.0, 20, 50, 50]]))
    assert isinstance(drawn, Drawn)
    assert drawn.contour is None
    assert drawn.score < 0.5


def test_of_two_cells_the_one_in_the_middle_is_drawn():
    pixels = np.minimum(disc((120, 160), 60, 60, 18), disc((120, 160), 104, 60, 18))
    (drawn,) = looking().draw(pixels, np.array([[42.0, 42, 78, 78]]))
    assert iou(drawn.contour, ring(60, 60, 18)) > 0.94


def test_no_boxes_no_answers_and_tiny_pictures_no_crash():
    assert looking().draw(np.full((40, 40, 3), 200, np.uint8), np.zeros((0, 4))) == []
    assert len(looking().draw(np.full((3, 5, 3), 90, np.uint8), np.array([[0.0, 0, 5, 3]]))) == 1


def test_batches_change_nothing(monkeypatch):
    drawn = field(5, mix={"lymphocyte": 1, "blast": 1}, cells=7, size=(400, 400), um_per_px=0.2)
    boxes = np.array([bounds(c.contour) for c in drawn.cells])
    torch.manual_seed(3)
    net = Network()
    all_at_once = looking(net).draw(drawn.pixels, boxes)
    monkeypatch.setattr(contour_network, "BATCH", 2)
    by_twos = looking(net).draw(drawn.pixels, boxes)
    for one, other in zip(all_at_once, by_twos, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-4)
        assert (one.contour is None) == (other.contour is None)


def test_the_network_s_outputs_have_the_crop_s_size():
    masks, cells = Network().eval()(torch.zeros(3, 3, SIDE, SIDE))
    assert masks.shape == (3, 2, SIDE, SIDE)
    assert cells.shape == (3,)


def test_lamp_and_white_balance_cancel():
    dim = disc((100, 100), 50, 50, 20, inner=9)
    crops = [cut(p, np.array(CLEAR) * f, *square(np.array([30, 30, 70, 70]))) for p, f in ((dim, 1.0),)]
    bright = standardised(torch.from_numpy(np.stack(crops)), torch.tensor([float(c) for c in CLEAR]))
    halved = standardised(torch.from_numpy(np.stack(crops)).float() / 2 - 2, torch.tensor([c / 2 - 2 for c in CLEAR]))
    assert torch.allclose(bright, halved, atol=1e-4)


@pytest.mark.parametrize("box", [[-300, -300, -200, -200], [400, 20, 600, 220], [20, -400, 220, -200], [0, 0, 0, 0]])
def test_a_box_outside_the_picture_shows_clear_glass(box):
    pixels = np.full((120, 140, 3), 60, np.uint8)
    shown = cut(pixels, np.array(CLEAR), *square(np.array(box, np.float64) - [9, 9, 9, 9]))
    assert (shown == CLEAR).all()
