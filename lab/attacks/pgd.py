"""Projected gradient descent (Madry et al., "Towards Deep Learning Models Resistant", 2018)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import LOSSES, Attack, check_positive
from lab.attacks.norms import NORMS


class Pgd(Attack):
    """Steps of steepest ascent, each followed by the projection into the ball of `epsilon`.

    epsilon, step, iterations and early_stop may be changed between two steps. A restart begins at
    another random point with the images that are not fooled yet.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        epsilon: float,
        step: float,
        iterations: int,
        norm: str = "linf",
        restarts: int = 1,
        targeted: bool = False,
        *,
        random_start: bool = True,
        early_stop: bool = True,
        loss: str = "cross_entropy",
        generator: torch.Generator | None = None,
    ) -> None:
        check_positive(epsilon=epsilon, step=step, iterations=iterations, restarts=restarts)
        if norm not in NORMS or loss not in LOSSES:
            raise ValueError(f"norm={norm}, loss={loss}: choose from {[*NORMS]}, {[*LOSSES]}")
        super().__init__(model, images, labels, targeted=targeted, early_stop=early_stop)
        self.epsilon, self.step, self.iterations = epsilon, step, iterations
        self.norm, self.restarts, self.loss = NORMS[norm], restarts, loss
        self._random_start, self._generator = random_start, generator

    @property
    def max_iterations(self) -> int:
        return self.restarts * self.iterations

    def steps(self, evaluate: bool = True) -> Iterator[None]:
        for turn in range(self.restarts):
            rows = self.remaining()
            if not len(rows):
                return
            last = turn == self.restarts - 1
            # A restart needs to know which images are left.
            yield from self._ascend(rows, evaluate or not last)

    def _ascend(self, rows: Tensor, evaluate: bool) -> Iterator[None]:
        origin, labels = self.images[rows], self.labels[rows]
        images, done = self._start(origin), 0
        while done < self.iterations:
            logits, gradient = self.ascent(images, labels, self.loss)
            keep = ~self.record(rows, images, logits)
            yield
            done += 1
            if not keep.all():
                rows, origin, labels = rows[keep], origin[keep], labels[keep]
                images, gradient = images[keep], gradient[keep]
                if not len(rows):
                    return
            moved = images + self.step * self.norm.steepest(gradient)
            inside = self.norm.project(moved - origin, self.epsilon)
            images = (origin + inside).clamp(0, 1)
        self.adversarial[rows] = images
        if evaluate:
            self.record(rows, images, self.attacked.logits(images))
            yield

    def _start(self, origin: Tensor) -> Tensor:
        if not self._random_start:
            return origin
        noise = self.norm.random(origin, self.epsilon, self._generator)
        return (origin + noise).clamp(0, 1)


@torch.inference_mode(False)
def pgd(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    step: float,
    iterations: int,
    norm: str = "linf",
    restarts: int = 1,
    targeted: bool = False,
    *,
    random_start: bool = True,
    early_stop: bool = True,
    loss: str = "cross_entropy",
    generator: torch.Generator | None = None,
) -> Tensor:
    """Adversarial images within `epsilon` of `images` and in [0, 1], float32 (N, C, H, W).

    epsilon, step: in pixel units, of the norm "linf" or "l2". restarts: number of starting points,
    uniform in the ball; later ones only for images that are not fooled yet. early_stop: keep an
    image as soon as it fools the model; without it every image takes all `iterations`, as in
    adversarial training. loss: "cross_entropy", or "margin", the label's logit minus the largest
    other one, which has a gradient even where the softmax is saturated (Carlini and Wagner, 2017).
    generator: of the random start; torch's global one if None. See lab.attacks for the other
    arguments.
    """
    return Pgd(
        *(model, images, labels, epsilon, step, iterations, norm, restarts, targeted),
        random_start=random_start,
        early_stop=early_stop,
        loss=loss,
        generator=generator,
    ).run()
