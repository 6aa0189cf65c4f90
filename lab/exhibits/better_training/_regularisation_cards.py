"""What is shown of regularised networks: weights, decision boundaries, and the plane of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import nn

from lab.media.colours import ORANGE, SKY
from lab.payloads import Histogram, Pictures, Surface
from lab.training import points, weight_plane
from lab.training.points import PointSet
from lab.training.regularisers import REGULARISERS, Strength, weights_of

# The histogram. An odd number of bins, so that one of them is around zero.
REACH, BINS = 0.15, 81
# The square of the plane that is drawn, the edge of its grid and of the picture in pixels.
SQUARE, GRID, EDGE = 2.2, 48, 240
DOT = 4
# The plane of two weights.
SAMPLES = 61


def histogram(models: Mapping[str, nn.Module], ways: Sequence[str]) -> Histogram:
    """The share of the weights in each bin, of some of the networks."""
    series = {}
    for way in ways:
        weights = torch.cat([w.detach().flatten() for w in weights_of(models[way])]).float().cpu()
        counts = torch.histc(weights, BINS, -REACH, REACH)
        series[REGULARISERS[way].title] = (counts / len(weights)).numpy()
    return Histogram(np.linspace(-REACH, REACH, BINS + 1), series)


def boundary(model: nn.Module, data: PointSet) -> NDArray[np.uint8]:
    """The plane in the colours of the predicted classes, with the points: uint8 (EDGE, EDGE, 3)."""
    share = points.probability(model, SQUARE, GRID).numpy()
    share = np.asarray(Image.fromarray(share).resize((EDGE, EDGE), Image.Resampling.BICUBIC))
    side = share > 0.5
    # Pale, so that the points in the full colours stand out, and paler where it is less sure.
    depth = 0.15 + 0.45 * np.abs(2 * np.clip(share, 0, 1) - 1)
    colours = 255 - depth[..., None] * (255 - np.array([SKY, ORANGE], np.float32)[side.astype(int)])
    edge = np.zeros_like(side)
    edge[1:] |= side[1:] != side[:-1]
    edge[:, 1:] |= side[:, 1:] != side[:, :-1]
    thick = edge.copy()
    thick[:-1] |= edge[1:]
    thick[:, :-1] |= edge[:, 1:]
    colours[thick] = 40
    image = Image.fromarray(colours.astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for (x, y), label in zip(data.points.tolist(), data.labels.tolist(), strict=True):
        across, down = (x / SQUARE + 1) / 2 * EDGE, (1 - y / SQUARE) / 2 * EDGE
        box = (across - DOT, down - DOT, across + DOT, down + DOT)
        pen.ellipse(box, fill=(ORANGE if label else SKY), outline=(30, 30, 30))
    return np.asarray(image)


def boundaries(models: Mapping[str, nn.Module], train: PointSet, test: PointSet) -> Pictures:
    """A picture of each network's boundary over its training points, with its test accuracy."""
    captions = [
        f"{REGULARISERS[way].title}\ntest {points.accuracy(model, test):.1%}"
        for way, model in models.items()
    ]
    images = [boundary(model, train) for model in models.values()]
    return Pictures(images, captions, columns=3)


def plane(strength: float) -> Surface:
    """The loss of two weights, and the way of the weights under each penalty of that strength.

    With each path goes the level line of its penalty through the path's end.
    """
    both = Strength(strength, strength)
    axis = np.linspace(-1.5, 2.5, SAMPLES)
    grid = np.stack(np.meshgrid(axis, axis), -1)
    paths = {}
    for way in ("none", "l2", "l1_proximal", "elastic"):
        regulariser = REGULARISERS[way]
        path = weight_plane.descent(regulariser, both)
        line = weight_plane.level_line(path[-1], regulariser.of(both))
        joined = np.concatenate([line, [[np.nan, np.nan]], path])
        paths[regulariser.title] = joined[:, 0], joined[:, 1]
    return Surface(axis, axis, weight_plane.loss(grid), paths)
