"""A frame of a video, painted by descent, and held to the last one where it shows the same.

Gatys et al. (2015) paint a picture; Ruder, Dosovitskiy and Brox (2016), "Artistic Style Transfer
for Videos", begin each frame from the last painted one, moved along the optical flow, and pay for
what changes where the flow can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lab.networks.input_gradient import input_gradient
from lab.style.features import Features
from lab.style.gram import Target, contents
from lab.style.optical_flow import Motion
from lab.style.optimisers import LBFGS

# The root mean square of a step in the pixels; their range is 1.
FURTHEST = 0.1


@dataclass(frozen=True)
class Weights:
    """How much each loss counts; style and content are shares of what is missing, as in `Target`.

    variation: of `total_variation`. hold: of `departure`.
    """

    style: float = 1.0
    content: float = 0.05
    variation: float = 1.0
    hold: float = 50.0


@dataclass(frozen=True)
class Before:
    """What was painted before, float32 (1, 3, H, W), and how this frame comes from that."""

    painted: Tensor
    motion: Motion

    def start(self, frame: Tensor) -> Tensor:
        """Where to begin: what was painted, moved here; the frame where that was not to be seen."""
        return torch.where(self.motion.seen, self.motion.moved(self.painted), frame)


def departure(canvas: Tensor, moved: Tensor, seen: Tensor) -> Tensor:
    """Ruder et al.'s short-term loss, equation 7, a scalar: 1/D sum of c (x - moved)^2.

    canvas, moved: (1, C, H, W). seen: bool (H, W), the c of the paper. D counts all numbers in x.
    """
    return ((canvas - moved).square() * seen).mean()


def descent(
    features: Features,
    style: Mapping[str, Tensor],
    content: Sequence[str],
    frame: Tensor,
    weights: Callable[[], Weights],
    evaluations: int,
    before: Before | None = None,
) -> Iterator[Tensor]:
    """The canvas after each of so many evaluations, float32 (1, 3, H, W), about [0, 1].

    features: reads the layers of `style`, layer -> mean Gram matrix, and those named in `content`.
    frame: float32 (1, 3, H, W) in [0, 1]; the painting begins there, or where `before` says.
    weights() is asked before every evaluation. Nothing is read back from the device.
    """
    target = Target(contents(features, frame, content), style)
    canvas = frame if before is None else before.start(frame)
    moved = None if before is None else before.motion.moved(before.painted)
    optimiser = LBFGS(furthest=FURTHEST)

    def total(x: Tensor) -> tuple[Tensor, None]:
        now, losses = weights(), target.losses(features(x), x)
        value = (
            now.style * losses.style
            + now.content * losses.content
            + now.variation * losses.variation
        )
        if before is not None and moved is not None:
            value = value + now.hold * departure(x, moved, before.motion.seen)
        return value, None

    for _ in range(evaluations):
        gradient, _ = input_gradient(canvas, total)
        canvas = optimiser.step(canvas, gradient)
        yield canvas
