"""DeepFool: the way to the nearest boundary (Moosavi-Dezfooli et al., 2016)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack, check_positive
from lab.attacks.norms import L2, wide

# Added to each distance, so that the boundary is crossed where it is nearly reached.
BEYOND = 1e-4
# Added to the length of a gradient, which may be zero.
TINY = 1e-8


class DeepFool(Attack):
    """Steps to the nearest of the boundaries as a linear model of the network has them.

    Untargeted, in L2. It yields after each pass of a gradient, several to a step.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        iterations: int = 50,
        candidates: int = 10,
        overshoot: float = 0.02,
    ) -> None:
        check_positive(iterations=iterations, overshoot=overshoot)
        if candidates < 2:
            raise ValueError(f"candidates={candidates}: it must be 2 or more")
        super().__init__(model, images, labels)
        self.iterations, self.candidates, self.overshoot = iterations, candidates, overshoot

    def steps(self, look: bool = True) -> Iterator[None]:
        rows = self.left()
        images, classes = self.images, torch.empty(0)
        total = torch.zeros_like(images)
        while self.iteration < self.iterations:
            leaf, graph = self.attacked.graph(images)
            logits = graph.detach()
            self.check_labels(logits)
            if not self.iteration:
                # The most probable ones at first, the picture's own in front.
                classes = logits.topk(min(self.candidates, logits.shape[1])).indices
            self.iteration += 1
            keep = ~self.note(rows, images, logits)
            yield
            if not keep.any():
                return
            nearest = _Nearest(leaf)
            for other in range(1, classes.shape[1]):
                nearest.consider(graph, classes[:, 0], classes[:, other])
                yield
            rows, classes, total = rows[keep], classes[keep], total[keep] + nearest.step[keep]
            images = (self.images[rows] + (1 + self.overshoot) * total).clamp(0, 1)
        self.adversarial[rows] = images
        if look:
            self.note(rows, images, self.attacked.logits(images))
            yield


class _Nearest:
    """The nearest boundary among those that were considered. step: the way there."""

    def __init__(self, leaf: Tensor) -> None:
        self._leaf = leaf
        self._distance = leaf.new_full((len(leaf),), torch.inf)
        self.step = torch.zeros_like(leaf)

    def consider(self, logits: Tensor, own: Tensor, other: Tensor) -> None:
        """Where the `other` class overtakes one's `own`, to first order."""
        with torch.enable_grad():
            behind = (logits.gather(1, other[:, None]) - logits.gather(1, own[:, None]))[:, 0]
            (gradient,) = torch.autograd.grad(behind.sum(), self._leaf, retain_graph=True)
        length = L2().size(gradient) + TINY
        distance = behind.detach().abs() / length
        nearer = distance < self._distance
        self._distance = torch.where(nearer, distance, self._distance)
        step = gradient * wide((distance + BEYOND) / length, gradient)
        self.step = torch.where(wide(nearer, step), step, self.step)


@torch.inference_mode(False)
def deepfool(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    iterations: int = 50,
    candidates: int = 10,
    overshoot: float = 0.02,
) -> Tensor:
    """Pictures just over the nearest boundary, float32 (N, C, H, W) in [0, 1]: small in L2.

    candidates: how many of the most probable classes are tried. overshoot: the share by which the
    boundary is passed. See lab.attacks for the other arguments.
    """
    return DeepFool(model, images, labels, iterations, candidates, overshoot).run()
