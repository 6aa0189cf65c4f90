"""What each way drops at the latest step, drawn: units, weights, pooling regions, blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.media.colours import ORANGE, SKY
from lab.media.opencv import opencv
from lab.networks.stochastic import DropConnect, Dropout, FractionalMaxPool, StochasticDepth
from lab.payloads import Pictures
from lab.training.trainer import Trainer

# Of a picture, in pixels; places in it are in [0, 1].
WIDTH, HEIGHT = 448, 576
# Units of the hidden layer, and of its input and output, that a picture has room for.
INPUTS, HIDDEN, OUTPUTS = 7, 9, 5
# On the dark ground of the digits: kept, dropped, neither.
GROUND, KEPT, DROPPED, PALE = (20, 23, 28), SKY, ORANGE, (74, 82, 94)

L = TypeVar("L", bound=nn.Module)
Point = tuple[float, float]
Colour = tuple[int, int, int]


class Canvas:
    """A dark picture, uint8 (HEIGHT, WIDTH, 3), with lines, discs and boxes."""

    def __init__(self) -> None:
        self._cv = opencv()
        self.pixels: NDArray[np.uint8] = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)

    def _at(self, point: Point) -> tuple[int, int]:
        return round(point[0] * WIDTH), round(point[1] * HEIGHT)

    def paste(self, pixels: NDArray[np.uint8], top: float, bottom: float) -> None:
        """Put a picture, uint8 (H, W, 3), over the whole width between two heights."""
        first, last = round(top * HEIGHT), round(bottom * HEIGHT)
        way = self._cv.INTER_NEAREST
        size = (WIDTH, last - first)
        self.pixels[first:last] = self._cv.resize(pixels, size, interpolation=way)

    def line(self, a: Point, b: Point, colour: Colour, width: int = 1) -> None:
        """From a to b."""
        self._cv.line(self.pixels, self._at(a), self._at(b), colour, width, self._cv.LINE_AA)

    def disc(self, at: Point, radius: float, colour: Colour, width: int = -1) -> None:
        """Filled, or with a `width` only its edge."""
        size = round(radius * WIDTH)
        self._cv.circle(self.pixels, self._at(at), size, colour, width, self._cv.LINE_AA)

    def box(self, a: Point, b: Point, colour: Colour, width: int = -1) -> None:
        """Between two corners; filled, or with a `width` only its edge."""
        corners = self._at(a), self._at(b)
        self._cv.rectangle(self.pixels, *corners, colour, width, self._cv.LINE_AA)

    def cross(self, at: Point, size: float, colour: Colour, width: int = 3) -> None:
        """Two diagonal lines, `size` of the width to each side."""
        (x, y), high = at, size * WIDTH / HEIGHT
        self.line((x - size, y - high), (x + size, y + high), colour, width)
        self.line((x - size, y + high), (x + size, y - high), colour, width)


def column_of(x: float, count: int) -> list[Point]:
    """`count` places below one another."""
    return [(x, (i + 0.5) / count) for i in range(count)]


def network(hidden: NDArray[np.bool_], weights: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A hidden layer between its inputs and outputs: uint8 (HEIGHT, WIDTH, 3).

    hidden: (HIDDEN,), the units that are kept. weights: (HIDDEN, INPUTS), their weights that are.
    """
    canvas = Canvas()
    inputs, units, outputs = (
        column_of(0.09, INPUTS),
        column_of(0.52, HIDDEN),
        column_of(0.91, OUTPUTS),
    )
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


def regions(image: Tensor, pool: FractionalMaxPool) -> NDArray[np.uint8]:
    """The image, uint8 (C, H, W), with a line where a region of the last pass begins."""
    pixels = image.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy()
    canvas, edge = Canvas(), WIDTH / HEIGHT
    top, bottom = (1 - edge) / 2, (1 + edge) / 2
    canvas.paste(np.ascontiguousarray(pixels), top, bottom)
    if pool.starts and pool.edges:
        (rows, columns), (height, width) = pool.starts, pool.edges
        for y in (top + edge * row / height for row in [*rows, height]):
            canvas.line((0, y), (1, y), DROPPED, 3)
        for x in (column / width for column in [*columns, width]):
            canvas.line((x, top), (x, bottom), DROPPED, 3)
    return canvas.pixels


def blocks(dropped: list[bool]) -> NDArray[np.uint8]:
    """Residual blocks, from below to above, each with its shortcut: uint8 (HEIGHT, WIDTH, 3)."""
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


def layers(trainer: Trainer, kind: type[L]) -> list[L]:
    """The layers of a kind in a network, in order."""
    return [module for module in trainer.model.modules() if isinstance(module, kind)]


def drawn(trainers: Mapping[str, Trainer], image: Tensor) -> Pictures:
    """What the latest step of each way dropped; before its first step, nothing.

    image: uint8 (C, H, W), under the pooling regions.
    """
    dropout = layers(trainers["dropout"], Dropout)[-1]
    connect = layers(trainers["drop_connect"], DropConnect)[-1]
    pool = layers(trainers["fractional"], FractionalMaxPool)[0]
    depth = [block.dropped for block in layers(trainers["depth"], StochasticDepth)]

    # Of the first image; shape (units,) and (units, inputs).
    units, weights = np.ones(connect.out_features, bool), np.ones((HIDDEN, INPUTS), bool)
    share = 0.0
    if dropout.mask is not None:
        units = (dropout.mask[0] > 0).cpu().numpy()
    if connect.mask is not None:
        weights = (connect.mask[:HIDDEN, :INPUTS] > 0).cpu().numpy()
        share = (connect.mask == 0).float().mean().item()
    count = " × ".join(str(len(edge)) for edge in pool.starts or ())
    return Pictures(
        [
            network(units[:HIDDEN], np.ones((HIDDEN, INPUTS), bool)),
            network(np.ones(HIDDEN, bool), weights),
            regions(image, pool),
            blocks(depth),
        ],
        [
            f"Dropout: {(~units).sum()} of\n{len(units)} hidden units",
            f"DropConnect: {share:.0%} of\n{connect.weight.numel():,} weights",
            f"Fractional pooling:\n{count} random regions",
            f"Stochastic depth:\n{sum(depth)} of {len(depth)} residual blocks",
        ],
    )
