"""What "close" means: the L-infinity and the L2 ball, their steepest steps and random points."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

# Below it a gradient has no direction.
TINY = 1e-12


class Norm(ABC):
    """A size of perturbations, float32 (N, C, H, W), for each of the N."""

    @abstractmethod
    def size(self, delta: Tensor) -> Tensor:
        """How large each perturbation is: (N,)."""

    @abstractmethod
    def steepest(self, gradient: Tensor) -> Tensor:
        """The perturbation of size 1 that climbs fastest."""

    @abstractmethod
    def project(self, delta: Tensor, epsilon: float) -> Tensor:
        """The nearest perturbation of size `epsilon` or less."""

    @abstractmethod
    def random(self, like: Tensor, epsilon: float, generator: torch.Generator | None) -> Tensor:
        """Drawn uniformly from the ball of `epsilon`, in the shape of `like`."""


class Linf(Norm):
    """The largest change of any value: epsilon is what every pixel may move by."""

    def size(self, delta: Tensor) -> Tensor:
        return delta.abs().flatten(1).amax(1)

    def steepest(self, gradient: Tensor) -> Tensor:
        return gradient.sign()

    def project(self, delta: Tensor, epsilon: float) -> Tensor:
        return delta.clamp(-epsilon, epsilon)

    def random(self, like: Tensor, epsilon: float, generator: torch.Generator | None) -> Tensor:
        return _drawn(torch.rand, like.shape, like, generator).mul_(2).sub_(1).mul_(epsilon)


class L2(Norm):
    """The Euclidean length of the change: a few pixels may move far, or all a little."""

    def size(self, delta: Tensor) -> Tensor:
        result: Tensor = torch.linalg.vector_norm(delta.flatten(1), dim=1)
        return result

    def steepest(self, gradient: Tensor) -> Tensor:
        return gradient / wide(self.size(gradient).clamp(min=TINY), gradient)

    def project(self, delta: Tensor, epsilon: float) -> Tensor:
        factor = (epsilon / self.size(delta).clamp(min=TINY)).clamp(max=1)
        return delta * wide(factor, delta)

    def random(self, like: Tensor, epsilon: float, generator: torch.Generator | None) -> Tensor:
        # All but two coordinates of a random point on a sphere are uniform in the ball
        # (Voelker et al., 2017).
        count = like[0].numel()
        sphere = _drawn(torch.randn, (len(like), count + 2), like, generator)
        sphere /= sphere.norm(dim=1, keepdim=True)
        return epsilon * sphere[:, :count].reshape(like.shape)


NORMS: dict[str, Norm] = {"linf": Linf(), "l2": L2()}


def wide(values: Tensor, like: Tensor) -> Tensor:
    """(N,) as (N, 1, 1, 1), to be multiplied with pictures."""
    return values.view(-1, *[1] * (like.ndim - 1))


def _drawn(
    draw: object,
    shape: torch.Size | tuple[int, ...],
    like: Tensor,
    generator: torch.Generator | None,
) -> Tensor:
    # On the generator's own device: a seed then means the same numbers on every machine's CPU.
    assert callable(draw)
    device = generator.device if generator else like.device
    result: Tensor = draw(shape, generator=generator, device=device, dtype=like.dtype)
    return result.to(like.device)
