"""Coordinate networks: from a place in a picture to its colour, (x, y) to RGB.

All have `depth` layers of `width` units and a linear output of three values. They differ in how
fast they can change with the place: the first layer is a sine layer, a ReLU layer, or random
Fourier features. No activation works in place.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

OMEGA = 30.0
SIGMA = 10.0


class Sine(nn.Module):
    """sin(omega * (W x + b)), a layer of SIREN.

    With its initialisation: weights uniform within 1 / inputs in the first layer, and within
    sqrt(6 / inputs) / omega in all others, so that omega * W x has variance 1 whatever the depth
    (Sitzmann et al., "Implicit neural representations with periodic activation functions", 2020,
    section 3.2); biases uniform within 1 / sqrt(inputs), as in the authors' code.
    """

    def __init__(self, inputs: int, units: int, omega: float, first: bool = False) -> None:
        super().__init__()
        self.omega = omega
        self.linear = nn.Linear(inputs, units)
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / omega
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) to (N, units), in [-1, 1]."""
        # omega goes to the weights: one pass less over the activations.
        linear = self.linear
        return torch.sin(F.linear(x, self.omega * linear.weight, self.omega * linear.bias))


class FourierFeatures(nn.Module):
    """cos(2 pi B v) and sin(2 pi B v), with B drawn once from a normal distribution.

    units: half of them are cosines, one more where they are odd. sigma: standard deviation of B,
    in periods over the picture's longer edge. Takes coordinates in [-1, 1]; v is in [0, 1]. Tancik
    et al., "Fourier features let networks learn high frequency functions in low dimensional
    domains" (2020).
    """

    b: Tensor

    def __init__(self, units: int, sigma: float) -> None:
        super().__init__()
        self.units = units
        self.register_buffer("b", sigma * torch.randn((units + 1) // 2, 2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 2) to (N, units), in [-1, 1]."""
        phases = 2 * math.pi * F.linear((x + 1) / 2, self.b)
        return torch.cat([phases.cos(), phases.sin()], 1)[:, : self.units]


def sines(width: int, depth: int, omega: float = OMEGA) -> nn.Sequential:
    """SIREN: sine layers throughout."""
    layers: list[nn.Module] = [Sine(2, width, omega, first=True)]
    layers += [Sine(width, width, omega) for _ in range(depth - 1)]
    output = nn.Linear(width, 3)
    bound = math.sqrt(6 / width) / omega
    nn.init.uniform_(output.weight, -bound, bound)
    return _named(layers, output)


def relu(width: int, depth: int) -> nn.Sequential:
    """Rectified linear units on the coordinates as they are."""
    return _named(
        [_rectified(2, width)] + [_rectified(width, width) for _ in range(depth - 1)],
        nn.Linear(width, 3),
    )


def fourier(width: int, depth: int, sigma: float = SIGMA) -> nn.Sequential:
    """Rectified linear units on `width` Fourier features, which stand for the first layer."""
    first: list[nn.Module] = [FourierFeatures(width, sigma)]
    return _named(first + [_rectified(width, width) for _ in range(depth - 1)], nn.Linear(width, 3))


class Kind(NamedTuple):
    """A line of KINDS: title for the screen, constructor(width, depth, ...)."""

    title: str
    build: Callable[..., nn.Sequential]


KINDS = {
    "sines": Kind("Sines (SIREN)", sines),
    "fourier": Kind("Fourier features", fourier),
    "relu": Kind("Plain ReLU", relu),
}


def grid(height: int, width: int) -> Tensor:
    """Coordinates of all pixels of a picture: `part_grid` of the whole, a sample for each pixel."""
    return part_grid((height, width), (0.0, 0.0, float(width), float(height)), (height, width))


def part_grid(
    picture: tuple[int, int],
    box: tuple[float, float, float, float],
    samples: tuple[int, int],
) -> Tensor:
    """Coordinates for a part of a picture, sampled as finely as one likes.

    picture: (height, width) in pixels. box: (left, top, width, height) of the part, in pixels of
    the picture. samples: (rows, columns). float32 (rows * columns, 2), each (x, y), in rows. The
    picture's longer edge goes from -1 to 1, the shorter one less far: pixels are squares, and each
    has the coordinates of its middle.
    """
    height, width = picture
    left, top, wide, high = box
    longer = max(height, width)

    def along(start: float, length: float, edge: int, count: int) -> Tensor:
        places = start + (torch.arange(count, dtype=torch.float64) + 0.5) * length / count
        return (2 * places - edge) / longer

    y = along(top, high, height, samples[0])
    x = along(left, wide, width, samples[1])
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns, rows], -1).reshape(-1, 2).float()


def _rectified(inputs: int, units: int) -> nn.Module:
    linear = nn.Linear(inputs, units)
    nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
    nn.init.zeros_(linear.bias)
    return nn.Sequential(OrderedDict(linear=linear, relu=nn.ReLU()))


def _named(layers: list[nn.Module], output: nn.Module) -> nn.Sequential:
    named = OrderedDict((f"layer{i}", layer) for i, layer in enumerate(layers, 1))
    return nn.Sequential(OrderedDict(named, output=output))
