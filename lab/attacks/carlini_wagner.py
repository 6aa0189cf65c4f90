"""The smallest L2 perturbation that fools (Carlini and Wagner, "Evaluating Robustness", 2017)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack, check_positive, margin
from lab.attacks.norms import L2

# With so many searches or more, the last uses the best constant so far, as in the paper's code.
MANY = 10
LARGEST = 1e10
# Keeps tanh(w) inside (-1, 1), where atanh is finite.
INSIDE = 0.999999
# An image leaves a search when neither its loss nor its excess (see _excess) fell by this fraction
# in a tenth of the iterations, or in LEAST of them.
PROGRESS = 1e-3
LEAST = 10
BETA1, BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-8


class CarliniWagner(Attack):
    """Minimises ||x - x0||^2 + c max(0, margin + confidence) in x = (tanh(w) + 1) / 2 with Adam.

    margin: the true logit minus the largest other one; targeted, the largest other logit minus the
    target's. A binary search finds the smallest c that succeeds, for each image. `iterations`, of
    each search, may be changed between two steps.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        *,
        targeted: bool = False,
        confidence: float = 0.0,
        searches: int = 9,
        iterations: int = 1000,
        step: float = 0.01,
        constant: float = 1e-3,
    ) -> None:
        check_positive(confidence=confidence, searches=searches, iterations=iterations, step=step)
        check_positive(constant=constant)
        super().__init__(model, images, labels, targeted=targeted)
        self.confidence, self.searches, self.iterations = confidence, searches, iterations
        self.step = step
        count, device = len(images), images.device
        self._constant = torch.full((count,), constant, device=device)
        self._low = torch.zeros(count, device=device)
        self._high = torch.full((count,), torch.inf, device=device)
        self._size = torch.full((count,), torch.inf, device=device)

    @property
    def max_iterations(self) -> int:
        return self.searches * self.iterations

    def steps(self, evaluate: bool = True) -> Iterator[None]:
        # Every image that is recorded was evaluated: no last pass is needed.
        rows = torch.arange(len(self.images), device=self.images.device)
        for search in range(self.searches):
            if search == self.searches - 1 and self.searches >= MANY:
                self._constant = self._high.clamp(max=LARGEST)
            found, before = torch.zeros_like(self.fooled), self._size[rows]
            yield from self._minimise(rows, found)
            self._narrow(rows, found[rows])
            # An image that fooled the model unperturbed cannot come closer. Nor does one, by more
            # than a hundredth, that a better constant has just not brought closer.
            size = self._size[rows]
            rows = rows[(size > 0) & ((size < before) | size.isinf())]
            if not len(rows):
                return

    def _minimise(self, rows: Tensor, found: Tensor) -> Iterator[None]:
        """One search at each image's constant; sets `found`, bool (N,), where it succeeded."""
        origin = self.images[rows]
        w = (INSIDE * (2 * origin - 1)).atanh()
        constant, labels = self._constant[rows], self.labels[rows]
        mean, square = torch.zeros_like(w), torch.zeros_like(w)
        best = torch.full((2, len(rows)), torch.inf, device=rows.device)
        before = best
        check, step = max(LEAST, -(-self.iterations // 10)), 0
        while step < self.iterations:
            step += 1
            tanh = w.tanh()
            # The first is the image itself, without the rounding of atanh and tanh.
            images = origin if step == 1 else (tanh + 1) / 2
            logits, gradient = self._ascent(images, labels, constant)
            delta = images - origin
            size = L2().size(delta)
            excess = self._excess(logits, labels)
            fools = excess < 0
            found[rows] |= fools
            self._keep(rows, images, logits, fools, size)
            # The loss may rise while the excess still falls: the gradient of tanh is small at first
            # where pixels are dark or bright.
            loss = size.square() + constant * excess.clamp(min=0)
            best = torch.minimum(best, torch.stack([loss, excess.clamp(min=0)]))
            yield
            gradient = (2 * delta - gradient) * (1 - tanh.square()) / 2
            mean = mean.lerp(gradient, 1 - BETA1)
            square = square.lerp(gradient.square(), 1 - BETA2)
            scale = (square / (1 - BETA2**step)).sqrt_().add_(ADAM_EPSILON)
            w = w - self.step / (1 - BETA1**step) * mean / scale
            if step % check == 0:
                on = ((best < (1 - PROGRESS) * before) & (best > 0)).any(0)
                if not on.all():
                    rows, origin, w, constant = rows[on], origin[on], w[on], constant[on]
                    labels, mean, square, best = labels[on], mean[on], square[on], best[:, on]
                    if not len(rows):
                        return
                before = best

    def _excess(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The margin left to overcome, with `confidence`, (N,): negative where it succeeds."""
        lead = margin(logits, labels)
        return (-lead if self.targeted else lead) + self.confidence

    def _ascent(self, images: Tensor, labels: Tensor, constant: Tensor) -> tuple[Tensor, Tensor]:
        """(logits, minus the gradient of the second term of the loss), in one pass."""

        def value(logits: Tensor) -> Tensor:
            self.check_classes(logits)
            return -constant * self._excess(logits, labels).clamp(min=0)

        self.iteration += 1
        return self.attacked.gradient(images, value)

    def _keep(
        self, rows: Tensor, images: Tensor, logits: Tensor, fools: Tensor, size: Tensor
    ) -> None:
        """Record what fools from closer than before; as long as nothing does, whatever is there."""
        closer = fools & (size < self._size[rows])
        write = closer | ~self.fooled[rows]
        self.record(rows[write], images[write], logits[write])
        self.fooled[rows[write]] = fools[write]
        self._size[rows[closer]] = size[closer]

    def _narrow(self, rows: Tensor, found: Tensor) -> None:
        """The next constant: ten times as large until one succeeds, then by bisection."""
        constant = self._constant[rows]
        self._high[rows] = torch.where(found, constant, self._high[rows])
        self._low[rows] = torch.where(found, self._low[rows], constant)
        high = self._high[rows]
        halfway = (self._low[rows] + high) / 2
        self._constant[rows] = torch.where(high.isinf(), 10 * constant, halfway)


@torch.inference_mode(False)
def carlini_wagner(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    targeted: bool = False,
    confidence: float = 0.0,
    searches: int = 9,
    iterations: int = 1000,
    step: float = 0.01,
    constant: float = 1e-3,
) -> Tensor:
    """The closest adversarial images found, in L2: float32 (N, C, H, W) in [0, 1].

    confidence: the margin by which the wrong logit must lead, 0 or more. searches: steps of the
    binary search for the constant, which begins at `constant`. iterations, step: of Adam, in each
    search; an image leaves a search early when it makes no progress. An image for which all
    searches fail is as the last one left it. See lab.attacks for the other arguments.
    """
    return CarliniWagner(
        *(model, images, labels),
        targeted=targeted,
        confidence=confidence,
        searches=searches,
        iterations=iterations,
        step=step,
        constant=constant,
    ).run()
