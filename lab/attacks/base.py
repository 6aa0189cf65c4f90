"""What every attack shares: bounds, labels, success, and who of a batch is left to be fooled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.attacks.attacked_model import AttackedModel, Objective

LOSSES = {"cross_entropy": "Cross-entropy", "margin": "Margin of the logits"}


class Attack(ABC):
    """The search for adversarial pictures, for a whole batch.

    adversarial: float32 (N, C, H, W) in [0, 1], as far as the search has come. logits: float32
    (N, classes), what the model says of them; None before the first pass. fooled: bool (N,), where
    it says what the attack wants. iteration: passes so far, of the gradient.

    early_stop: a picture that fools the model stays as it is, and leaves the batch.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        *,
        targeted: bool = False,
        early_stop: bool = True,
        fold: bool = True,
    ) -> None:
        check_pictures(images)
        check_labels(labels, len(images))
        self.attacked = AttackedModel(model, fold)
        # Copies: a tensor made in inference mode cannot be part of a graph.
        self.images = images.detach().clone()
        self.labels = labels.clone()
        self.targeted, self.early_stop = targeted, early_stop
        self.adversarial = self.images.clone()
        self.logits: Tensor | None = None
        self.fooled = torch.zeros(len(images), dtype=torch.bool, device=images.device)
        self.iteration = 0

    @abstractmethod
    def steps(self, look: bool = True) -> Iterator[None]:
        """Attack to the end, and yield after each pass.

        look: ask the model what it says of the last pictures too. They do not need it, `logits`
        and `fooled` do.
        """

    def run(self) -> Tensor:
        """Attack to the end; the adversarial pictures."""
        for _ in self.steps(look=False):
            pass
        return self.adversarial

    @property
    def delta(self) -> Tensor:
        """The perturbation, float32 (N, C, H, W) in [-1, 1]."""
        return self.adversarial - self.images

    def left(self) -> Tensor:
        """The rows that do not fool the model yet, int64."""
        return (~self.fooled).nonzero()[:, 0]

    def climb(self, images: Tensor, labels: Tensor, loss: str) -> tuple[Tensor, Tensor]:
        """(logits, the direction that leads to where the attack wants to be), in one pass."""
        self.iteration += 1
        return self.attacked.gradient(images, self.objective(labels, loss))

    def objective(self, labels: Tensor, loss: str) -> Objective:
        """What the attack climbs, a key of LOSSES: of the true label or towards the wanted one."""

        def value(logits: Tensor) -> Tensor:
            self.check_labels(logits)
            if loss == "margin":
                lead = margin(logits, labels)
                return lead if self.targeted else -lead
            entropy = F.cross_entropy(logits, labels, reduction="none")
            return -entropy if self.targeted else entropy

        return value

    def check_labels(self, logits: Tensor) -> None:
        """ValueError, at the first pass, for a label that the model lacks."""
        if self.logits is not None:
            return
        classes = logits.shape[1]
        low, high = (int(end) for end in self.labels.aminmax())
        if low < 0 or high >= classes:
            wrong = low if low < 0 else high
            raise ValueError(f"label {wrong} is out of range: the model has 0 to {classes - 1}")

    def note(self, rows: Tensor, images: Tensor, logits: Tensor) -> Tensor:
        """Write down what the model says of `images`, which stand in `rows`.

        Returns bool (len(rows),): which of them the search is done with.
        """
        if self.logits is None:
            self.logits = logits.new_zeros(len(self.images), logits.shape[1])
        fooled = (logits.argmax(1) == self.labels[rows]) == self.targeted
        self.adversarial[rows] = images
        self.logits[rows] = logits
        self.fooled[rows] = fooled
        return fooled if self.early_stop else torch.zeros_like(fooled)


def margin(logits: Tensor, labels: Tensor) -> Tensor:
    """The lead of each label's logit over the best other one, (N,): negative where it has lost."""
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], -torch.inf)
    return own - others.amax(1)


def check_pictures(images: Tensor) -> None:
    """ValueError unless images are float (N, C, H, W), one or more, in [0, 1]."""
    if images.ndim != 4 or not images.is_floating_point() or 0 in images.shape:
        raise ValueError(
            f"pictures are float (N, C, H, W), not {images.dtype} {tuple(images.shape)}"
        )
    low, high = (float(end) for end in images.detach().aminmax())
    # NaN fails both comparisons.
    if not (low >= 0 and high <= 1):
        raise ValueError(f"pictures lie in [0, 1], not in [{low:g}, {high:g}]")


def check_labels(labels: Tensor, count: int) -> None:
    """ValueError unless labels are int64 (count,)."""
    if labels.dtype != torch.int64 or labels.shape != (count,):
        raise ValueError(
            f"labels of {count} pictures are int64 ({count},), "
            f"not {labels.dtype} {tuple(labels.shape)}"
        )


def check_positive(**numbers: float) -> None:
    """ValueError, with its name, for a number that is negative or not finite."""
    for name, number in numbers.items():
        if not 0 <= number < float("inf"):
            raise ValueError(f"{name}={number}: it must be 0 or more")
