"""DeepFool: the nearest decision boundary, by linear approximation (Moosavi-Dezfooli, 2016)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack, check_positive
from lab.attacks.norms import L2, wide
from lab.networks.input_gradient import InputGraph

# Added to each distance, so that a boundary is crossed and not only reached.
BEYOND = 1e-4
# Added to the length of a gradient: no division by zero.
TINY = 1e-8


class DeepFool(Attack):
    """Steps to the nearest decision boundary of the network, linearised at the current image.

    Untargeted, in L2. Yields after each backward pass, several to an iteration: one for each
    candidate class. `iterations` may be changed between two steps.
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

    @property
    def max_iterations(self) -> int:
        return self.iterations

    def steps(self, evaluate: bool = True) -> Iterator[None]:
        rows = self.remaining()
        images, classes = self.images, torch.empty(0)
        total = torch.zeros_like(images)
        while self.iteration < self.iterations:
            graph = self.attacked.graph(images)
            logits = graph.output.detach()
            self.check_classes(logits)
            if not self.iteration:
                # Of the unperturbed image, the most probable class first.
                classes = logits.topk(min(self.candidates, logits.shape[1])).indices
            self.iteration += 1
            keep = ~self.record(rows, images, logits)
            yield
            if not keep.any():
                return
            nearest = _Nearest(graph, images)
            for other in range(1, classes.shape[1]):
                nearest.consider(classes[:, 0], classes[:, other])
                yield
            rows, classes, total = rows[keep], classes[keep], total[keep] + nearest.step[keep]
            images = (self.images[rows] + (1 + self.overshoot) * total).clamp(0, 1)
        self.adversarial[rows] = images
        if evaluate:
            self.record(rows, images, self.attacked.logits(images))
            yield


class _Nearest:
    """The nearest of the boundaries considered so far, for each image.

    step: float32 (N, C, H, W), the shortest perturbation that reaches it.
    """

    def __init__(self, graph: InputGraph[Tensor], images: Tensor) -> None:
        self._graph = graph
        self._distance = images.new_full((len(images),), torch.inf)
        self.step = torch.zeros_like(images)

    def consider(self, own: Tensor, other: Tensor) -> None:
        """The boundary between two classes, int64 (N,), where their logits are equal."""

        def difference(logits: Tensor) -> Tensor:
            return (logits.gather(1, other[:, None]) - logits.gather(1, own[:, None]))[:, 0]

        gradient = self._graph.gradient(lambda logits: difference(logits).sum())
        length = L2().size(gradient) + TINY
        distance = difference(self._graph.output.detach()).abs() / length
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
    """Images just across the nearest decision boundary, float32 (N, C, H, W) in [0, 1].

    The perturbation is small in L2. iterations: at most; an image that fools the model leaves.
    candidates: the number of most probable classes whose boundaries are tried, 2 or more.
    overshoot: the fraction of the perturbation that is added to cross the boundary. See lab.attacks
    for the other arguments.
    """
    return DeepFool(model, images, labels, iterations, candidates, overshoot).run()
