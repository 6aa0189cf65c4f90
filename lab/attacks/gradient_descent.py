"""Gradient descent on the input (after Szegedy et al., "Intriguing Properties", 2013)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lab.attacks.norms import TINY, Linf
from lab.attacks.pgd import Pgd


class _PlainGradient(Linf):
    """Steps along the gradient itself, instead of its sign.

    relative: divided by the largest value of the first gradient, of all images.
    """

    def __init__(self, relative: bool) -> None:
        self._factor: Tensor | float | None = None if relative else 1.0

    def steepest(self, gradient: Tensor) -> Tensor:
        if self._factor is None:
            self._factor = 1 / gradient.abs().amax().clamp(min=TINY)
        return gradient * self._factor


class GradientDescent(Pgd):
    """Plain gradient descent in the pixels of the image, with frozen weights.

    epsilon: the L-infinity bound; 1 is none, since images lie in [0, 1]. relative: `step` is then
    the largest change of any value in the first step, in pixel units, whatever the scale of the
    network's gradients.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        step: float,
        iterations: int,
        targeted: bool = False,
        *,
        epsilon: float = 1.0,
        early_stop: bool = True,
        relative: bool = False,
    ) -> None:
        super().__init__(
            *(model, images, labels, epsilon, step, iterations),
            targeted=targeted,
            random_start=False,
            early_stop=early_stop,
        )
        self.norm = _PlainGradient(relative)


@torch.inference_mode(False)
def gradient_descent(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    step: float,
    iterations: int,
    targeted: bool = False,
    *,
    epsilon: float = 1.0,
    early_stop: bool = True,
) -> Tensor:
    """x - step grad_x J(theta, x, target), `iterations` times: float32 (N, C, H, W) in [0, 1].

    Untargeted it ascends the loss of the true label. step: the factor on the gradient of the
    cross-entropy (nats) to the pixel values. epsilon: L-infinity, in pixel units. See lab.attacks
    for the other arguments.
    """
    return GradientDescent(
        *(model, images, labels, step, iterations, targeted),
        epsilon=epsilon,
        early_stop=early_stop,
    ).run()
