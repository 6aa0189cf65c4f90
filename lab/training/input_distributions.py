"""What reaches the non-linearities of a network, and how its distribution moves in training.

Ioffe and Szegedy (2015) call that internal covariate shift, and show it by the percentiles of a
unit's input over the training steps (figure 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

NON_LINEARITIES = (nn.Sigmoid, nn.ReLU, nn.Tanh)
MOST = 2000
"""Values of a unit that are kept: every second, third, ... where there are more."""

PERCENTILES = (15, 50, 85)
"""Those of Ioffe and Szegedy."""


def inputs(model: nn.Module, images: Tensor) -> list[Tensor]:
    """The input of each non-linearity, first one first: float32 (values, units) on the CPU.

    images: what the model takes. In the mode that the model is in; in training mode the running
    averages move. Units are the channels of a feature map, with a value for each image and place.
    """
    found: list[Tensor] = []

    def keep(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        x = given[0].detach()
        x = x.movedim(1, -1).reshape(-1, x.shape[1])
        found.append(x[:: -(-len(x) // MOST)].float().cpu())

    handles = [
        module.register_forward_pre_hook(keep)
        for module in model.modules()
        if isinstance(module, NON_LINEARITIES)
    ]
    try:
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    return found


@dataclass(frozen=True)
class Distribution:
    """Of the input of each unit of one non-linearity.

    percentiles: (3, units), those of PERCENTILES. mean, std: (units,).
    """

    percentiles: Tensor
    mean: Tensor
    std: Tensor

    @classmethod
    def of(cls, values: Tensor) -> Distribution:
        """Of float32 (values, units)."""
        shares = torch.tensor(PERCENTILES) / 100
        return cls(
            torch.quantile(values, shares, dim=0), values.mean(0), values.std(0, correction=0)
        )


def shift(now: Distribution, before: Distribution) -> float:
    """How far the inputs of a layer have moved, in standard deviations of `before`.

    The 2-Wasserstein distance of two normal distributions with these means and deviations, the
    square root of (difference of means)² + (difference of deviations)², as the mean over the units.
    """
    moved = ((now.mean - before.mean).square() + (now.std - before.std).square()).sqrt()
    return float((moved / before.std.clamp_min(1e-6)).mean())
