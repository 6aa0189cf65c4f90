"""The accuracy of a network as the attacks on it grow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from lab.attacks import Attack, Fgsm, Noise, Pgd
from lab.training.trainer import to_float

# (model, images, labels, epsilon, iterations) -> the attack about to begin.
BeginAttack = Callable[[nn.Module, Tensor, Tensor, float, int], Attack]

# Steps of so many radii in all: enough to cross the ball and come back (Madry et al., 2018).
REACH = 2.5
# Values of the pictures that are attacked together: a breath long on two cores.
TOGETHER = 2**16


@dataclass(frozen=True)
class Kind:
    """An attack as a curve.

    title: for the screen. begin: see BeginAttack. grows: what fools at one epsilon fools at every
    larger one, because the picture that was found lies in the larger ball too.
    """

    title: str
    begin: BeginAttack
    grows: bool = True


def _pgd(norm: str) -> BeginAttack:
    def begin(
        model: nn.Module, images: Tensor, labels: Tensor, epsilon: float, iterations: int
    ) -> Attack:
        # In L2 the radius that moves every value by epsilon: one axis for both.
        size = epsilon * (math.sqrt(images[0].numel()) if norm == "l2" else 1)
        return Pgd(model, images, labels, size, REACH * size / iterations, iterations, norm)

    return begin


KINDS = {
    "noise": Kind("Random noise", lambda m, x, y, e, _: Noise(m, x, y, e), grows=False),
    "fgsm": Kind("FGSM", lambda m, x, y, e, _: Fgsm(m, x, y, e), grows=False),
    "pgd": Kind("PGD, L∞", _pgd("linf")),
    "pgd_l2": Kind("PGD, L2", _pgd("l2")),
}


@dataclass
class RobustnessSweep:
    """One network under one attack, at rising epsilons.

    images: uint8 (N, C, H, W). labels: int64 (N,). accuracies: one for each of `epsilons`, in pixel
    units, that is done. fooled_at: float (N,), the least epsilon that fooled, 0 where it was wrong
    anyway, infinity where nothing fooled. adversarial, said: the pictures and the classes at that
    epsilon, or at the largest.
    """

    model: nn.Module
    images: Tensor
    labels: Tensor
    kind: Kind
    epsilons: Sequence[float]
    iterations: int
    accuracies: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.adversarial = to_float(self.images)
        self.said = self.labels.clone()
        self.fooled_at = torch.full(self.labels.shape, torch.inf, device=self.labels.device)
        self.done = 0.0

    def steps(self) -> Iterator[bool]:
        """Measure; yields after each pass, True where one more epsilon is done."""
        count = max(1, TOGETHER // self.images[0].numel())
        rows = torch.arange(len(self.labels), device=self.labels.device)
        for index, epsilon in enumerate(self.epsilons):
            right = 0
            asked = rows[self.fooled_at[rows].isinf()] if self.kind.grows and index else rows
            parts = torch.split(asked, count) if len(asked) else ()
            for turn, part in enumerate(parts):
                attack = self._begin(part, epsilon)
                for _ in attack.steps():
                    yield False
                right += int((~attack.fooled).sum())
                self._note(part, attack, epsilon)
                self.done = (index + (turn + 1) / len(parts)) / len(self.epsilons)
            self.accuracies.append(right / len(self.labels))
            yield True
        self.done = 1.0

    def _begin(self, rows: Tensor, epsilon: float) -> Attack:
        images, labels = to_float(self.images[rows]), self.labels[rows]
        if not epsilon:
            return Noise(self.model, images, labels, 0.0)
        return self.kind.begin(self.model, images, labels, epsilon, self.iterations)

    def _note(self, rows: Tensor, attack: Attack, epsilon: float) -> None:
        assert attack.logits is not None
        new = self.fooled_at[rows].isinf()
        self.adversarial[rows[new]] = attack.adversarial[new]
        self.said[rows[new]] = attack.logits.argmax(1)[new]
        self.fooled_at[rows[new & attack.fooled]] = epsilon

    def extremes(self, count: int) -> tuple[Tensor, Tensor]:
        """(the most easily fooled, the least): indices of pictures that it first had right."""
        right = (self.fooled_at > 0).nonzero()[:, 0]
        order = right[self.fooled_at[right].argsort(stable=True)]
        return order[:count], order.flip(0)[:count]
