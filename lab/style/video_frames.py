"""Style transfer of a video frame by optimisation, with a temporal consistency loss.

Ruder, Dosovitskiy and Brox (2016), "Artistic Style Transfer for Videos": each frame starts from the
last stylised one, warped along the optical flow, and the loss penalises changes where the flow is
reliable.
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

# The largest root mean square of a step, in pixel units.
FURTHEST = 0.1


@dataclass(frozen=True)
class VideoLossWeights:
    """The weights of the losses: style and content as in `Target`, `total_variation`, consistency.

    hold: of `consistency_loss`, the temporal consistency.
    """

    style: float = 1.0
    content: float = 0.05
    variation: float = 1.0
    hold: float = 50.0


@dataclass(frozen=True)
class PreviousFrame:
    """The last stylised frame, float32 (1, 3, H, W), and the motion from it to this one."""

    image: Tensor
    motion: Motion

    def start(self, frame: Tensor) -> Tensor:
        """The initial image: the last one warped; this frame where that was occluded."""
        return torch.where(self.motion.seen, self.motion.moved(self.image), frame)


def consistency_loss(image: Tensor, moved: Tensor, seen: Tensor) -> Tensor:
    """Ruder et al.'s short-term loss, equation 7, a scalar: 1/D sum of c (x - moved)^2.

    image, moved: (1, C, H, W). seen: bool (H, W), the paper's c. D: the number of values in x.
    """
    return ((image - moved).square() * seen).mean()


def optimised_frame(
    features: Features,
    style: Mapping[str, Tensor],
    content: Sequence[str],
    frame: Tensor,
    weights: Callable[[], VideoLossWeights],
    evaluations: int,
    before: PreviousFrame | None = None,
) -> Iterator[Tensor]:
    """The stylised frame after each evaluation, float32 (1, 3, H, W), about [0, 1].

    features: reads the layers of `style`, layer -> mean Gram matrix, and those named in `content`.
    frame: float32 (1, 3, H, W) in [0, 1], the content and the start; with `before`, its start is
    taken. weights(): asked before every evaluation. Nothing is read back from the device.
    """
    target = Target(contents(features, frame, content), style)
    canvas = frame if before is None else before.start(frame)
    moved = None if before is None else before.motion.moved(before.image)
    optimiser = LBFGS(furthest=FURTHEST)

    def total(x: Tensor) -> tuple[Tensor, None]:
        now, losses = weights(), target.losses(features(x), x)
        value = (
            now.style * losses.style
            + now.content * losses.content
            + now.variation * losses.variation
        )
        if before is not None and moved is not None:
            value = value + now.hold * consistency_loss(x, moved, before.motion.seen)
        return value, None

    for _ in range(evaluations):
        gradient, _ = input_gradient(canvas, total)
        canvas = optimiser.step(canvas, gradient)
        yield canvas
