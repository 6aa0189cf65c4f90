"""Stacks of convolutions that see as much as one with a larger kernel: 3 x 3 twice, or 5 x 5.

Simonyan and Zisserman, 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
section 2.3. All convolutions have stride 1, as many channels out as in, and no bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Stack:
    """Convolutions one after another, a ReLU after each. kernels: their edges, from the input."""

    kernels: tuple[int, ...]

    def field(self, depth: int | None = None) -> int:
        """The edge of the receptive field in pixels, after `depth` of the convolutions, or all."""
        return 1 + sum(kernel - 1 for kernel in self.kernels[:depth])

    def parameters(self, channels: int) -> int:
        """The number of weights."""
        return sum(kernel**2 for kernel in self.kernels) * channels**2

    def multiply_adds(self, channels: int, rows: int, columns: int) -> int:
        """For a map of rows x columns, padded so that it keeps its size."""
        return self.parameters(channels) * rows * columns

    @property
    def non_linearities(self) -> int:
        """How many times a ReLU is applied."""
        return len(self.kernels)

    def network(self, channels: int) -> nn.Sequential:
        """The stack as a network, padded so that a map keeps its size, with PyTorch's weights."""
        made = nn.Sequential()
        for kernel in self.kernels:
            made.append(nn.Conv2d(channels, channels, kernel, padding=kernel // 2, bias=False))
            made.append(nn.ReLU())
        return made


def measured_field(network: nn.Module, size: int = 31) -> int:
    """The edge of the square of pixels that change the value in the middle of the result.

    network: from (1, C, size, size) to a map of that size; its weights are overwritten by ones, so
    that no two ways from a pixel to the value cancel. Raises ValueError where the field reaches the
    edge of the map.
    """
    with torch.no_grad():
        for weights in network.parameters():
            weights.fill_(1 / weights[0].numel())
    channels = next(network.parameters()).shape[1]
    image = torch.ones(1, channels, size, size, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(image)[0, 0, size // 2, size // 2], image)
    seen = gradient[0].abs().sum(0) > 0
    if seen[0].any() or seen[:, 0].any():
        raise ValueError(f"the field is larger than {size} pixels")
    return int(seen.any(0).sum())


def seen_at(stack: Stack, depth: int, size: int) -> Tensor:
    """Which of size x size values before convolution number `depth` the middle unit depends on.

    bool (size, size). depth: from 0, the image, to the number of convolutions, the unit itself.
    """
    half = sum(kernel // 2 for kernel in stack.kernels[depth:])
    away = (torch.arange(size) - size // 2).abs() <= half
    return away[:, None] & away[None, :]
