"""The effective receptive field: how much each pixel matters to a unit.

Luo, Li, Urtasun and Zemel, 2016, "Understanding the Effective Receptive Field in Deep Convolutional
Neural Networks": the gradient of a unit to the input. It is far from even over the theoretical
field: it falls off from the middle as a Gaussian does, whose width grows with the square root of
the depth only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.networks.input_gradient import InputGraph
from lab.networks.layers import reached
from lab.networks.models import Classifier

MASS = 0.95
"""The share of the gradient that the effective field holds."""

Place = tuple[int | slice, ...]


class UnitGradients:
    """The gradients of the units of one layer to the input, from one forward pass.

    images: float32 (N, C, H, W) in [0, 1]. layer: its name in the classifier's network; what comes
    after it is not computed. output: the layer's output, (N, ...).
    """

    def __init__(self, classifier: Classifier, layer: str, images: Tensor) -> None:
        self._graph = InputGraph(images, lambda x: reached(classifier, x, layer))
        self.output = self._graph.output.detach()

    def magnitude(self, place: Place, weights: Tensor, *, last: bool = False) -> Tensor:
        """The mean over the images of |gradient|, summed over the colours: float32 (H, W).

        Of the weighted sum of the channels at one place. place: an index into the output without
        its batch, such that (N, channels) are left: (slice(None), row, column) for feature maps.
        weights: (N, channels). last: frees the graph.
        """
        index = (slice(None), *place)
        gradient = self._graph.gradient(lambda out: (out[index] * weights).sum(), last=last)
        return gradient.abs().sum(1).mean(0).float()


def random_signs(count: int, channels: int, generator: torch.Generator) -> Tensor:
    """+1 or -1 at random: float32 (count, channels), on the CPU.

    With them a unit of all channels has a gradient, also where normalisation makes their sum
    constant.
    """
    return torch.randint(0, 2, (count, channels), generator=generator).float() * 2 - 1


def pixels_holding(heat: NDArray[np.float32], mass: float = MASS) -> int:
    """The least number of pixels that hold the share `mass` of the sum of heat, (H, W)."""
    ordered = np.sort(heat.ravel().astype(np.float64))[::-1]
    total = ordered.cumsum()
    if not total[-1] > 0:
        return 0
    return int(np.searchsorted(total, mass * total[-1] * (1 - 1e-12)) + 1)


def spread(heat: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """(row, column, σ of the rows, σ of the columns) of the heat as a distribution, in pixels."""
    total = float(heat.sum(dtype=np.float64)) or 1.0
    found = []
    for axis in (1, 0):
        share = heat.sum(axis, dtype=np.float64) / total
        places = np.arange(len(share))
        mean = float((share * places).sum())
        found.append((mean, math.sqrt(float((share * (places - mean) ** 2).sum()))))
    (row, down), (column, across) = found
    return row, column, down, across


def gaussian(count: int, mean: float, sigma: float) -> NDArray[np.float64]:
    """A Gaussian at 0 ... count - 1 whose values add up to 1."""
    away = (np.arange(count) - mean) / max(sigma, 1e-6)
    values = np.exp(-0.5 * away**2)
    return np.asarray(values / max(values.sum(), 1e-300))


def overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The mass that two distributions share: 1 for equal ones, 0 for ones apart."""
    return float(np.minimum(one / one.sum(), other / other.sum()).sum())


def stack_sigma(depth: int, kernel: int = 3, channels: int = 8, seeds: int = 4) -> float:
    """The measured σ, in pixels, of the effective field of `depth` random convolutions.

    Linear, without padding, on an input as large as the theoretical field. See `expected_sigma`.
    """
    generator = torch.Generator().manual_seed(0)
    edge = 1 + depth * (kernel - 1)
    heat = torch.zeros(edge, edge)
    for _ in range(seeds):
        # As the transposed convolutions that the backward pass consists of.
        gradient = torch.randn(1, channels, 1, 1, generator=generator)
        for _ in range(depth):
            shape = (channels, channels, kernel, kernel)
            weights = torch.randn(shape, generator=generator) / (kernel * math.sqrt(channels))
            gradient = nn.functional.conv_transpose2d(gradient, weights)
        heat += gradient[0].abs().sum(0)
    _, _, down, across = spread(heat.numpy())
    return (down + across) / 2


def expected_sigma(depth: int, kernel: int = 3) -> float:
    """σ in pixels of the magnitude of the gradient of `depth` random convolutions.

    The variance of the gradient is spread by one uniform step of `kernel` pixels a layer, σ² of
    (kernel² - 1) / 12 each; its root, the magnitude, is a Gaussian of twice that variance.
    """
    return math.sqrt(2 * depth * (kernel**2 - 1) / 12)


def exponent(x: Sequence[float], y: Sequence[float]) -> float:
    """The power p of y = c x^p that fits best, by least squares of the logarithms."""
    slope, _ = np.polyfit(np.log(x), np.log(y), 1)
    return float(slope)
