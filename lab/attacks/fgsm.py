"""The fast gradient sign method (Goodfellow et al., "Explaining and Harnessing", 2014)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack, check_positive


class Fgsm(Attack):
    """One step of size `epsilon` for every value, in the direction of the gradient's sign.

    epsilon may be changed between two steps.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        epsilon: float,
        *,
        targeted: bool = False,
    ) -> None:
        check_positive(epsilon=epsilon)
        # Folding takes longer than the one pass that it would speed up.
        super().__init__(model, images, labels, targeted=targeted, early_stop=False, fold=False)
        self.epsilon = epsilon

    @property
    def max_iterations(self) -> int:
        return 1

    def steps(self, evaluate: bool = True) -> Iterator[None]:
        rows = torch.arange(len(self.images), device=self.images.device)
        logits, gradient = self.ascent(self.images, self.labels, "cross_entropy")
        self.record(rows, self.images, logits)
        yield
        images = (self.images + self.epsilon * gradient.sign()).clamp(0, 1)
        self.adversarial[rows] = images
        if evaluate:
            self.record(rows, images, self.attacked.logits(images))
            yield


@torch.inference_mode(False)
def fgsm(
    model: nn.Module, images: Tensor, labels: Tensor, epsilon: float, *, targeted: bool = False
) -> Tensor:
    """x + epsilon sign(grad_x J(theta, x, y)), clamped to [0, 1]: float32 (N, C, H, W).

    epsilon: L-infinity, in pixel units. Away from the true labels, or towards `labels` where
    targeted. See lab.attacks for the other arguments.
    """
    return Fgsm(model, images, labels, epsilon, targeted=targeted).run()
