"""The norms of perturbations: size, steepest ascent, projection and random points of the ball."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

EPSILON = "perturbation size ε (pixel units [0, 1]; 1/255 = 0.0039)"
"""An axis: how large a perturbation is."""

# Gradients shorter than this have no direction.
TINY = 1e-12


class Norm(ABC):
    """A norm of perturbations, float32 (N, C, H, W), taken of each of the N. In pixel units."""

    @abstractmethod
    def size(self, delta: Tensor) -> Tensor:
        """The norm of each perturbation, (N,)."""

    @abstractmethod
    def steepest(self, gradient: Tensor) -> Tensor:
        """The perturbation of norm 1 along which the objective rises fastest; 0 for no gradient."""

    @abstractmethod
    def project(self, delta: Tensor, epsilon: float) -> Tensor:
        """The nearest perturbation (in L2) whose norm is at most `epsilon`."""

    @abstractmethod
    def random(self, like: Tensor, epsilon: float, generator: torch.Generator | None) -> Tensor:
        """Uniform random points of the ball of radius `epsilon`, in the shape of `like`."""


class Linf(Norm):
    """The largest change of any value: epsilon bounds the change of every value of the image."""

    def size(self, delta: Tensor) -> Tensor:
        return delta.abs().flatten(1).amax(1)

    def steepest(self, gradient: Tensor) -> Tensor:
        return gradient.sign()

    def project(self, delta: Tensor, epsilon: float) -> Tensor:
        return delta.clamp(-epsilon, epsilon)

    def random(self, like: Tensor, epsilon: float, generator: torch.Generator | None) -> Tensor:
        return _drawn(torch.rand, like.shape, like, generator).mul_(2).sub_(1).mul_(epsilon)


class L2(Norm):
    """The Euclidean length: a few values may change much, or all of them a little."""

    def size(self, delta: Tensor) -> Tensor:
        result: Tensor = torch.linalg.vector_norm(delta.flatten(1), dim=1)
        return result

    def steepest(self, gradient: Tensor) -> Tensor:
        return gradient / wide(self.size(gradient).clamp(min=TINY), gradient)

    def project(self, delta: Tensor, epsilon: float) -> Tensor:
        factor = (epsilon / self.size(delta).clamp(min=TINY)).clamp(max=1)
        return delta * wide(factor, delta)

    def random(self, like: Tensor, epsilon: float, generator: torch.Generator | None) -> Tensor:
        # A random point on the sphere in n + 2 dimensions, less two of its coordinates, is a
        # uniform point of the ball in n dimensions (Voelker et al., 2017).
        count = like[0].numel()
        sphere = _drawn(torch.randn, (len(like), count + 2), like, generator)
        sphere /= sphere.norm(dim=1, keepdim=True)
        return epsilon * sphere[:, :count].reshape(like.shape)


NORMS: dict[str, Norm] = {"linf": Linf(), "l2": L2()}


def wide(values: Tensor, like: Tensor) -> Tensor:
    """(N,) as (N, 1, 1, 1), to be broadcast over images (N, C, H, W)."""
    return values.view(-1, *[1] * (like.ndim - 1))


def _drawn(
    draw: object,
    shape: torch.Size | tuple[int, ...],
    like: Tensor,
    generator: torch.Generator | None,
) -> Tensor:
    # On the generator's own device: a CPU generator then draws the same numbers for any device.
    assert callable(draw)
    device = generator.device if generator else like.device
    result: Tensor = draw(shape, generator=generator, device=device, dtype=like.dtype)
    return result.to(like.device)
