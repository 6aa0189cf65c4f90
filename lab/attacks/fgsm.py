"""The Fast Gradient Sign Method (Goodfellow et al., "Explaining and Harnessing", 2014)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack, check_positive


class Fgsm(Attack):
    """One step of size `epsilon`, for every pixel, in the direction of the gradient's sign."""

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

    def steps(self, look: bool = True) -> Iterator[None]:
        rows = torch.arange(len(self.images), device=self.images.device)
        logits, gradient = self.climb(self.images, self.labels, "cross_entropy")
        self.note(rows, self.images, logits)
        yield
        images = (self.images + self.epsilon * gradient.sign()).clamp(0, 1)
        self.adversarial[rows] = images
        if look:
            self.note(rows, images, self.attacked.logits(images))
            yield


@torch.inference_mode(False)
def fgsm(
    model: nn.Module, images: Tensor, labels: Tensor, epsilon: float, *, targeted: bool = False
) -> Tensor:
    """x + epsilon sign(grad_x J(theta, x, y)), bounded to [0, 1]: float32 (N, C, H, W).

    Away from the true labels, or towards `labels` where targeted. See lab.attacks for
    the arguments.
    """
    return Fgsm(model, images, labels, epsilon, targeted=targeted).run()
