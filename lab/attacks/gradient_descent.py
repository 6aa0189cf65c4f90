"""The iterative update of the input (Szegedy et al., "Intriguing Properties", 2013)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lab.attacks.norms import TINY, Linf
from lab.attacks.pgd import Pgd


class _Plain(Linf):
    """The gradient as it is, neither its sign nor its direction alone.

    relative: over the largest value of the first one.
    """

    def __init__(self, relative: bool) -> None:
        self._factor: Tensor | float | None = None if relative else 1.0

    def steepest(self, gradient: Tensor) -> Tensor:
        if self._factor is None:
            self._factor = 1 / gradient.abs().amax().clamp(min=TINY)
        return gradient * self._factor


class Descent(Pgd):
    """The weights are frozen and the picture learns: plain gradient descent in its pixels.

    In [0, 1] the L-infinity ball of 1 holds every picture: a smaller `epsilon` keeps it closer.
    relative: the step is what the value that moves most moves by at first, in pixel units, whatever
    the size of the network's gradients.
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
        self.norm = _Plain(relative)


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
    """x - step grad_x J(theta, x, target), again and again: float32 (N, C, H, W) in [0, 1].

    Untargeted it climbs the loss of the true label. step: the factor on the gradient itself, of
    the cross-entropy in nats over pixels. epsilon: the most that a value may change. See
    lab.attacks for the other arguments.
    """
    return Descent(
        *(model, images, labels, step, iterations, targeted),
        epsilon=epsilon,
        early_stop=early_stop,
    ).run()
