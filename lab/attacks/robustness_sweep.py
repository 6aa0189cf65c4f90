"""The accuracy of a network against the size of an attack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack
from lab.attacks.noise import Noise
from lab.attacks.table import AttackMethod, AttackSettings
from lab.networks.pixels import to_float

# Values of the images that are attacked in one batch: a few tens of milliseconds on two cores.
BATCH_VALUES = 2**16


@dataclass
class RobustnessSweep:
    """One network under one attack, at rising epsilons.

    images: uint8 (N, C, H, W). labels: int64 (N,). method: of ATTACKS; it must use epsilon.
    epsilons: rising, in pixel units, as AttackSettings has them.

    accuracies: in [0, 1], one for each epsilon that is done. fooled_at: float (N,), the smallest
    epsilon that fooled the network, 0 where it was wrong without an attack, infinity where none
    did. adversarial, predicted: float32 (N, C, H, W) and int64 (N,), the images and predictions at
    that epsilon, or at the largest. done: the fraction of the work done, in [0, 1].
    """

    model: nn.Module
    images: Tensor
    labels: Tensor
    method: AttackMethod
    epsilons: Sequence[float]
    iterations: int
    accuracies: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if "epsilon" not in self.method.uses:
            raise ValueError(f"{self.method.title} has no epsilon: choose another attack")
        self.adversarial = to_float(self.images)
        self.predicted = self.labels.clone()
        self.fooled_at = torch.full(self.labels.shape, torch.inf, device=self.labels.device)
        self.done = 0.0

    def steps(self) -> Iterator[bool]:
        """Measure; yields after each pass, True where the accuracy at one more epsilon is known."""
        count = max(1, BATCH_VALUES // self.images[0].numel())
        rows = torch.arange(len(self.labels), device=self.labels.device)
        for index, epsilon in enumerate(self.epsilons):
            correct = 0
            # An image that fooled a monotone attack stays fooled: it need not be attacked again.
            skip = self.method.monotone and index
            attacked = rows[self.fooled_at[rows].isinf()] if skip else rows
            batches = torch.split(attacked, count) if len(attacked) else ()
            for number, batch in enumerate(batches, 1):
                attack = self._begin(batch, epsilon)
                for _ in attack.steps():
                    yield False
                correct += int((~attack.fooled).sum())
                self._record(batch, attack, epsilon)
                self.done = (index + number / len(batches)) / len(self.epsilons)
            self.accuracies.append(correct / len(self.labels))
            yield True
        self.done = 1.0

    def _begin(self, rows: Tensor, epsilon: float) -> Attack:
        images, labels = to_float(self.images[rows]), self.labels[rows]
        if not epsilon:
            return Noise(self.model, images, labels, 0.0)
        settings = AttackSettings(epsilon, self.iterations)
        return self.method.begin(self.model, images, labels, settings)

    def _record(self, rows: Tensor, attack: Attack, epsilon: float) -> None:
        assert attack.logits is not None
        new = self.fooled_at[rows].isinf()
        self.adversarial[rows[new]] = attack.adversarial[new]
        self.predicted[rows[new]] = attack.logits.argmax(1)[new]
        self.fooled_at[rows[new & attack.fooled]] = epsilon

    def extremes(self, count: int) -> tuple[Tensor, Tensor]:
        """(fooled at the smallest, at the largest epsilon): indices, int64, `count` each or fewer.

        Of the images that the network classifies correctly without an attack.
        """
        correct = (self.fooled_at > 0).nonzero()[:, 0]
        order = correct[self.fooled_at[correct].argsort(stable=True)]
        return order[:count], order.flip(0)[:count]
