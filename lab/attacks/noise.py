"""Noise of the same size as an attack: the control, which asks the network nothing."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack, check_pictures, check_positive


class Noise(Attack):
    """A step of `epsilon` up or down for every value, as large as one of FGSM, but at random."""

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        epsilon: float,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(model, images, labels, early_stop=False)
        self.epsilon, self._generator = epsilon, generator

    def steps(self, look: bool = True) -> Iterator[None]:
        rows = torch.arange(len(self.images), device=self.images.device)
        images = noise(self.images, self.epsilon, generator=self._generator)
        self.adversarial[rows] = images
        if look:
            self.note(rows, images, self.attacked.logits(images))
            yield


def noise(images: Tensor, epsilon: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Every value moved by `epsilon` up or down at random, within [0, 1], in the images' shape.

    images: float32 (N, C, H, W) in [0, 1]. generator: torch's own without it. Raises ValueError
    for others, and for a negative epsilon.
    """
    check_pictures(images)
    check_positive(epsilon=epsilon)
    device = generator.device if generator else images.device
    up = torch.randint(2, images.shape, generator=generator, device=device).to(images.device)
    return (images + epsilon * (2 * up - 1)).clamp(0, 1)
