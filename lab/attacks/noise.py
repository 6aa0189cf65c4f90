"""Random noise as large as an attack: the control, which uses nothing of the model."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack, check_images, check_positive


class Noise(Attack):
    """Every value moves up or down by `epsilon`, as far as with FGSM, but at random."""

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        epsilon: float,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        check_positive(epsilon=epsilon)
        super().__init__(model, images, labels, early_stop=False)
        self.epsilon, self._generator = epsilon, generator

    @property
    def max_iterations(self) -> int:
        return 0

    def steps(self, evaluate: bool = True) -> Iterator[None]:
        rows = torch.arange(len(self.images), device=self.images.device)
        images = noise(self.images, self.epsilon, generator=self._generator)
        self.adversarial[rows] = images
        if evaluate:
            logits = self.attacked.logits(images)
            self.check_classes(logits)
            self.record(rows, images, logits)
            yield


def noise(images: Tensor, epsilon: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Every value plus or minus `epsilon` at random, clamped to [0, 1], in the images' shape.

    images: float32 (N, C, H, W) in [0, 1]. epsilon: in pixel units. generator: torch's global one
    if None. Raises ValueError for other images, and for a negative epsilon.
    """
    check_images(images)
    check_positive(epsilon=epsilon)
    device = generator.device if generator else images.device
    up = torch.randint(2, images.shape, generator=generator, device=device).to(images.device)
    return (images + epsilon * (2 * up - 1)).clamp(0, 1)
