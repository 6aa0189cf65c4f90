"""Points in a plane in two classes, and small networks that learn to tell them apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab.training.trainer import MOMENTUM, LossFunction, cross_entropy


@dataclass(frozen=True)
class PointSet:
    """points: float32 (N, 2), about in [-1.5, 1.5]. labels: int64 (N,), 0 or 1."""

    points: Tensor
    labels: Tensor


def moons(count: int, noise: float, seed: int) -> PointSet:
    """Two interleaving half circles of radius 1, as in scikit-learn's make_moons, centred.

    count: of both classes together. noise: standard deviation of the Gaussian added.
    """
    generator = torch.Generator().manual_seed(seed)
    upper = count // 2
    angle = math.pi * torch.rand(count, generator=generator)
    x, y = angle.cos(), angle.sin()
    lower = torch.arange(count) >= upper
    x, y = torch.where(lower, 1 - x, x), torch.where(lower, 0.5 - y, y)
    points = torch.stack([x - 0.5, y - 0.25], 1)
    points += noise * torch.randn(count, 2, generator=generator)
    return PointSet(points, lower.long())


def network(hidden: int = 64) -> nn.Sequential:
    """Two hidden layers of ReLU units: float32 (N, 2) to logits, float32 (N, 2)."""
    return nn.Sequential(
        nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2)
    )


class PointTrainer:
    """Trains on all points at every step, with SGD and Nesterov momentum: it can race.

    loss_function, after_step: as of lab.training.trainer.Trainer. lr(): asked at every step.
    """

    def __init__(
        self,
        model: nn.Module,
        data: PointSet,
        *,
        lr: Callable[[], float],
        steps: int,
        seed: int,
        loss_function: LossFunction = cross_entropy,
        after_step: Callable[[nn.Module, float], None] | None = None,
    ) -> None:
        self.model, self.data = model, data
        self.step, self.total_steps = 0, steps
        self.seed: int | None = seed
        self._lr, self._loss, self._after_step = lr, loss_function, after_step
        self._optimiser = torch.optim.SGD(
            model.parameters(), lr(), momentum=MOMENTUM, nesterov=True, fused=True
        )

    @property
    def device(self) -> torch.device:
        """Where its points are."""
        return self.data.points.device

    def steps(self) -> Iterator[int]:
        """Train to the end; yields the number of steps done, after each."""
        while self.step < self.total_steps:
            lr = self._lr()
            for group in self._optimiser.param_groups:
                group["lr"] = lr
            done = self.step / self.total_steps
            loss, _ = self._loss(self.model, self.data.points, self.data.labels, done)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
            if self._after_step:
                self._after_step(self.model, lr)
            self.step += 1
            yield self.step


def accuracy(model: nn.Module, data: PointSet) -> float:
    """The share of points that the model predicts rightly, in [0, 1]."""
    with torch.inference_mode():
        hits: Tensor = model(data.points).argmax(1) == data.labels
        return hits.float().mean().item()


def probability(model: nn.Module, reach: float, edge: int) -> Tensor:
    """The probability of class 1 over the square [-reach, reach]²: float32 (edge, edge).

    The first row is the top, where y is `reach`.
    """
    axis = torch.linspace(-reach, reach, edge)
    y, x = torch.meshgrid(-axis, axis, indexing="ij")
    with torch.inference_mode():
        logits = model(torch.stack([x, y], -1).view(-1, 2))
        share: Tensor = logits.softmax(1)[:, 1].view(edge, edge)
        return share.clone()
