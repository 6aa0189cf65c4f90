"""Penalties on the weights: L1, L2, and their sum, the elastic net.

R(W) is the sum of |w| (L1), of w² (L2), or both (elastic net: Zou and Hastie, 2005), over the
weights of linear layers and convolutions; biases and normalisation are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab.training.trainer import MOMENTUM, LossFunction, cross_entropy

SMALL = 1e-3
"""Weights of a smaller magnitude count as nearly zero."""


@dataclass(frozen=True)
class Strength:
    """What the penalties are multiplied by, both 0 or more: l1 * sum |w| + l2 * sum w²."""

    l1: float = 0.0
    l2: float = 0.0


@dataclass(frozen=True)
class Regulariser:
    """Which penalties are used. proximal: L1 by soft thresholding, else by its subgradient."""

    title: str
    l1: bool = False
    l2: bool = False
    proximal: bool = False

    def __post_init__(self) -> None:
        assert not (self.proximal and self.l2), "soft thresholding is the proximal step of L1 alone"

    def of(self, strength: Strength) -> Strength:
        """The strengths of the penalties that it uses; 0 for the others."""
        return Strength(strength.l1 if self.l1 else 0.0, strength.l2 if self.l2 else 0.0)


REGULARISERS = {
    "none": Regulariser("None"),
    "l2": Regulariser("L2", l2=True),
    "l1_proximal": Regulariser("L1, proximal", l1=True, proximal=True),
    "elastic": Regulariser("Elastic net", l1=True, l2=True),
    "l1": Regulariser("L1, subgradient", l1=True),
}


def weights_of(model: nn.Module) -> list[Tensor]:
    """The matrices of linear layers and the kernels of convolutions, in order."""
    return [weight for weight in model.parameters() if weight.ndim > 1]


def penalty(weights: Iterable[Tensor], strength: Strength) -> Tensor:
    """l1 * sum |w| + l2 * sum w²: a scalar. The derivative of |w| at 0 is taken as 0."""
    total = torch.zeros(())
    for weight in weights:
        if strength.l1:
            total = total.to(weight.device) + strength.l1 * weight.abs().sum()
        if strength.l2:
            total = total.to(weight.device) + strength.l2 * weight.square().sum()
    return total


def soft_threshold(weight: Tensor, amount: float) -> Tensor:
    """sign(w) * max(|w| - amount, 0): the proximal operator of amount * |w|, in place.

    The step of ISTA (Daubechies et al., 2004): what is smaller than `amount` becomes exactly 0.
    """
    return weight.copy_(weight.sign() * (weight.abs() - amount).clamp_min_(0.0))


class PenalisedLoss:
    """The loss plus the penalty: a LossFunction.

    Where L1 is a proximal step its penalty is not added. strength(): asked at every step. keep:
    keep both apart for `read_back`, the penalty of a proximal step too.
    """

    def __init__(
        self,
        regulariser: Regulariser,
        strength: Callable[[], Strength],
        loss_function: LossFunction = cross_entropy,
        keep: bool = False,
    ) -> None:
        self._regulariser, self._strength, self._loss = regulariser, strength, loss_function
        self._keep = keep
        self._apart: list[tuple[Tensor, Tensor]] = []

    def __call__(
        self, model: nn.Module, images: Tensor, targets: Tensor, done: float
    ) -> tuple[Tensor, Tensor]:
        """(loss + penalty, logits)."""
        loss, logits = self._loss(model, images, targets, done)
        used, weights = self._regulariser.of(self._strength()), weights_of(model)
        added = torch.zeros_like(loss)
        proximal = self._regulariser.proximal
        if used != Strength() and (self._keep or not proximal):
            with torch.set_grad_enabled(not proximal):
                added = penalty(weights, used)
        if self._keep:
            self._apart.append((loss.detach(), added.detach()))
        return (loss if proximal else loss + added), logits

    def read_back(self) -> tuple[list[float], list[float]]:
        """(loss without the penalty, penalty) of each step since the last call."""
        if not self._apart:
            return [], []
        losses, penalties = zip(*self._apart, strict=True)
        self._apart = []
        both = torch.stack([torch.stack(losses), torch.stack(penalties)]).tolist()
        return both[0], both[1]


def proximal_step(
    regulariser: Regulariser, strength: Callable[[], Strength], momentum: float = MOMENTUM
) -> Callable[[nn.Module, float], None] | None:
    """What follows each step of the optimiser: soft thresholding; None for no step.

    By lr * l1 / (1 - momentum): momentum makes the steps of the loss so much longer, and the two
    must be of one scale for the minimum to be that of loss plus penalty.
    """
    if not regulariser.proximal:
        return None

    def step(model: nn.Module, lr: float) -> None:
        amount = lr * strength().l1 / (1 - momentum)
        with torch.no_grad():
            for weight in weights_of(model):
                soft_threshold(weight, amount)

    return step


def sparsity(model: nn.Module) -> tuple[float, float]:
    """(share of weights below SMALL, share of exact zeros), both in [0, 1]."""
    weights = torch.cat([weight.detach().abs().flatten() for weight in weights_of(model)])
    return (weights < SMALL).float().mean().item(), (weights == 0).float().mean().item()
