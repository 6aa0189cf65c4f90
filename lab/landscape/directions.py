"""Directions in the space of a network's weights.

A direction has a tensor for every weight with two or more axes, by its name. Biases and batch
normalisation stay as they are, as in the paper's code (`--xignore biasbn`).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

Direction = Mapping[str, Tensor]
"""Name of a weight -> float32 of its shape."""


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """The weights that a direction moves: those with two or more axes, detached, by name."""
    return {name: p.detach() for name, p in network.named_parameters() if p.ndim > 1}


def filter_normalised(direction: Direction, weights: Direction) -> dict[str, Tensor]:
    """Each filter of `direction` scaled to the norm of the same filter of `weights`.

    d <- d / ||d|| ||w||, for each output channel of a convolution and each unit of a linear layer
    (Li et al., 2018, section 4). So a step of 1 moves each filter by its own length, and networks
    that differ only in the scale of their weights, which batch normalisation undoes, look alike.
    """
    scaled = {}
    for name, values in direction.items():
        axes = tuple(range(1, values.ndim))
        size = torch.linalg.vector_norm(values, dim=axes, keepdim=True)
        wanted = torch.linalg.vector_norm(weights[name], dim=axes, keepdim=True)
        scaled[name] = values * (wanted / (size + 1e-10))
    return scaled


def random_directions(network: nn.Module, seed: int, count: int = 2) -> list[dict[str, Tensor]]:
    """Gaussian directions, filter-normalised: always the same for one seed.

    Two are nearly orthogonal, because there are so many weights.
    """
    weights = weights_of(network)
    generator = torch.Generator().manual_seed(seed)
    drawn = [
        {name: torch.randn(w.shape, generator=generator).to(w) for name, w in weights.items()}
        for _ in range(count)
    ]
    return [filter_normalised(direction, weights) for direction in drawn]


def flat(direction: Direction) -> Tensor:
    """All values of a direction, one after another: (N,)."""
    return torch.cat([values.reshape(-1) for values in direction.values()])


def shaped(values: Tensor, like: Direction) -> dict[str, Tensor]:
    """The direction with these values, (N,), in the shapes and the order of `like`."""
    parts = torch.split(values, [each.numel() for each in like.values()])
    return {name: part.view(each.shape)
            for (name, each), part in zip(like.items(), parts, strict=True)}  # fmt: skip
