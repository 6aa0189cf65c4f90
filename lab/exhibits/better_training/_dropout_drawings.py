"""What each way drops at the latest step, drawn: units, weights, pooling regions, blocks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.media.opencv import opencv
from lab.networks.stochastic import DropConnect, Dropout, FractionalMaxPool, StochasticDepth
from lab.payloads import Pictures
from lab.training.trainer import Trainer

# Of a picture, in pixels; drawn points are in (0, 1) of it.
EDGE = 448
# Units of the hidden layer, and of its input and output, that a picture has room for.
INPUTS, HIDDEN, OUTPUTS = 7, 9, 5
# Okabe-Ito on the dark ground of the digits: kept, dropped, neither.
GROUND, KEPT, DROPPED, PALE = (20, 23, 28), (86, 180, 233), (230, 159, 0), (74, 82, 94)

Point = tuple[float, float]
Colour = tuple[int, int, int]


class Canvas:
    """A dark square picture, with lines, discs and boxes at places in [0, 1]."""

    def __init__(self, pixels: NDArray[np.uint8] | None = None) -> None:
        self._cv = opencv()
        if pixels is None:
            self.pixels = np.full((EDGE, EDGE, 3), GROUND, np.uint8)
        else:
            size = (EDGE, EDGE)
            self.pixels = self._cv.resize(pixels, size, interpolation=self._cv.INTER_NEAREST)

    def _at(self, point: Point) -> tuple[int, int]:
        return round(point[0] * EDGE), round(point[1] * EDGE)

    def line(self, a: Point, b: Point, colour: Colour, width: int = 1) -> None:
        """From a to b."""
        self._cv.line(self.pixels, self._at(a), self._at(b), colour, width, self._cv.LINE_AA)

    def disc(self, at: Point, radius: float, colour: Colour, width: int = -1) -> None:
        """Filled, or with a `width` only its edge."""
        size = round(radius * EDGE)
        self._cv.circle(self.pixels, self._at(at), size, colour, width, self._cv.LINE_AA)

    def box(self, a: Point, b: Point, colour: Colour, width: int = -1) -> None:
        """Between two corners; filled, or with a `width` only its edge."""
        corners = self._at(a), self._at(b)
        self._cv.rectangle(self.pixels, *corners, colour, width, self._cv.LINE_AA)

    def cross(self, at: Point, size: float, colour: Colour, width: int = 3) -> None:
        """Two diagonal lines, `size` to each side."""
        x, y = at
        self.line((x - size, y - size), (x + size, y + size), colour, width)
        self.line((x - size, y + size), (x + size, y - size), colour, width)


def column(x: float, count: int) -> list[Point]:
    """`count` places below one another."""
    return [(x, (i + 0.5) / count) for i in range(count)]


def network(hidden: NDArray[np.bool_], weights: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A hidden layer between its inputs and outputs: uint8 (EDGE, EDGE, 3).

    hidden: (HIDDEN,), the units that are kept. weights: (HIDDEN, INPUTS), their weights that are.
    """
    canvas = Canvas()
    inputs, units, outputs = column(0.09, INPUTS), column(0.52, HIDDEN), column(0.91, OUTPUTS)
    for i, unit in enumerate(units):
        ends = [(place, bool(weights[i, j])) for j, place in enumerate(inputs)]
        for place, kept in [*ends, *((place, True) for place in outputs)]:
            if hidden[i] and kept:
                canvas.line(place, unit, KEPT, 2)
    for place in (*inputs, *outputs):
        canvas.disc(place, 0.034, GROUND)
        canvas.disc(place, 0.03, PALE)
    for unit, kept in zip(units, hidden, strict=True):
        canvas.disc(unit, 0.044, GROUND)
        canvas.disc(unit, 0.04, KEPT if kept else PALE, -1 if kept else 2)
        if not kept:
            canvas.cross(unit, 0.032, DROPPED, 4)
    return canvas.pixels


def regions(image: Tensor, starts: tuple[list[int], list[int]]) -> NDArray[np.uint8]:
    """The image, uint8 (C, H, W), with a line where a pooling region begins."""
    pixels = image.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy()
    canvas = Canvas(np.ascontiguousarray(pixels))
    rows, columns = starts
    for row in rows:
        canvas.line((0, row / pixels.shape[0]), (1, row / pixels.shape[0]), DROPPED)
    for at in columns:
        canvas.line((at / pixels.shape[1], 0), (at / pixels.shape[1], 1), DROPPED)
    return canvas.pixels


def blocks(dropped: list[bool]) -> NDArray[np.uint8]:
    """Residual blocks, from below to above, each with its shortcut: uint8 (EDGE, EDGE, 3)."""
    canvas, step = Canvas(), 1 / (len(dropped) + 0.5)
    left, right = 0.38, 0.72
    for i, gone in enumerate(dropped):
        low = 1 - (i + 0.25) * step
        high, top, bottom = low - step, low - 0.8 * step, low - 0.2 * step
        middle = (top + bottom) / 2
        way, past = (PALE, KEPT) if gone else (KEPT, PALE)
        canvas.line((left, low), (left, bottom), way, 3)
        canvas.line((left, top), (left, high), way, 3)
        for a, b in (((left, low), (right, low)), ((right, low), (right, high))):
            canvas.line(a, b, past, 3 if gone else 2)
        canvas.line((right, high), (left, high), past, 3 if gone else 2)
        corners = (left - 0.2, top), (left + 0.2, bottom)
        canvas.box(*corners, GROUND)
        canvas.box(*corners, PALE if gone else KEPT, 2 if gone else -1)
        if gone:
            canvas.cross((left, middle), min(0.22 * step, 0.05), DROPPED, 4)
    return canvas.pixels


def layer(model: nn.Module, kind: type) -> list[nn.Module]:
    """The layers of a kind, in order."""
    return [module for module in model.modules() if isinstance(module, kind)]


def drawn(trainers: Mapping[str, Trainer], titles: Mapping[str, str], image: Tensor) -> Pictures:
    """What the latest step of each way dropped; without a step, nothing.

    image: uint8 (C, H, W), under the pooling regions.
    """
    all_units = np.ones(HIDDEN, bool), np.ones((HIDDEN, INPUTS), bool)
    models = {way: trainer.model for way, trainer in trainers.items()}
    images, captions = [], []

    dropout = layer(models["dropout"], Dropout)[-1]
    assert isinstance(dropout, Dropout)
    kept, share = all_units[0], "0"
    if dropout.mask is not None:
        mask = dropout.mask[0] > 0
        kept, share = mask[:HIDDEN].cpu().numpy(), f"{int((~mask).sum())}"
        share += f" of {len(mask)}"
    images.append(network(kept, all_units[1]))
    captions.append(f"{titles['dropout']}: {share} units\ndropped, others for each image")

    connect = layer(models["drop_connect"], DropConnect)[-1]
    assert isinstance(connect, DropConnect)
    weights, share = all_units[1], "0 %"
    if connect.mask is not None:
        weights = (connect.mask[:HIDDEN, :INPUTS] > 0).cpu().numpy()
        share = f"{(connect.mask == 0).float().mean().item():.0%}"
    images.append(network(all_units[0], weights))
    captions.append(
        f"{titles['drop_connect']}: {share} of\n{connect.weight.numel():,} weights dropped"
    )

    pool = layer(models["fractional"], FractionalMaxPool)[0]
    assert isinstance(pool, FractionalMaxPool)
    starts = pool.starts or (list(range(0, image.shape[1], 2)),) * 2
    images.append(regions(image, starts))
    size = " × ".join(str(len(edge)) for edge in starts)
    captions.append(f"{titles['fractional']}: {size}\nregions of 2 × 2, at random places")

    depth = layer(models["depth"], StochasticDepth)
    dropped = [bool(getattr(block, "dropped", False)) for block in depth]
    images.append(blocks(dropped))
    captions.append(
        f"{titles['depth']}: {sum(dropped)} of {len(dropped)}\nblocks dropped, the shortcuts stay"
    )
    return Pictures(images, captions, columns=0)
