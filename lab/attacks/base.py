"""What all attacks share: checked input, the loss, success, and which images are left to attack."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.attacks.attacked_model import AttackedModel, LogitObjective

LOSSES = {"cross_entropy": "Cross-entropy", "margin": "Logit margin"}


class Attack(ABC):
    """A search for adversarial images, for a whole batch at once.

    adversarial: float32 (N, C, H, W) in [0, 1], the images found so far. logits: float32
    (N, classes), the model's for `adversarial`; None before the first pass. fooled: bool (N,),
    success: the model predicts another class than the label, or the label where targeted.
    iteration: gradient passes so far.

    early_stop: an image that fools the model is kept as it is, and leaves the batch.
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
        check_images(images)
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

    @property
    @abstractmethod
    def max_iterations(self) -> int:
        """The largest value that `iteration` can reach."""

    @abstractmethod
    def steps(self, evaluate: bool = True) -> Iterator[None]:
        """Attack to the end, and yield after each pass through the model.

        evaluate: end with a pass on the final images. `logits` and `fooled` are only true of
        `adversarial` after it.
        """

    def run(self) -> Tensor:
        """Attack to the end; returns the adversarial images."""
        for _ in self.steps(evaluate=False):
            pass
        return self.adversarial

    @property
    def delta(self) -> Tensor:
        """The perturbation, float32 (N, C, H, W) in [-1, 1]."""
        return self.adversarial - self.images

    def remaining(self) -> Tensor:
        """The rows that do not fool the model yet, int64."""
        return (~self.fooled).nonzero()[:, 0]

    def ascent(self, images: Tensor, labels: Tensor, loss: str) -> tuple[Tensor, Tensor]:
        """(logits, the gradient to follow towards success), in one pass. loss: of LOSSES."""
        self.iteration += 1
        return self.attacked.gradient(images, self.objective(labels, loss))

    def objective(self, labels: Tensor, loss: str) -> LogitObjective:
        """What the attack maximises: the loss of the true label, or minus that of the target."""

        def value(logits: Tensor) -> Tensor:
            self.check_classes(logits)
            if loss == "margin":
                lead = margin(logits, labels)
                return lead if self.targeted else -lead
            entropy = F.cross_entropy(logits, labels, reduction="none")
            return -entropy if self.targeted else entropy

        return value

    def check_classes(self, logits: Tensor) -> None:
        """ValueError, at the first pass, for a label that the model does not have."""
        if self.logits is not None:
            return
        classes = logits.shape[1]
        low, high = (int(end) for end in self.labels.aminmax())
        if low < 0 or high >= classes:
            wrong = low if low < 0 else high
            raise ValueError(f"label {wrong} is out of range: the model has 0 to {classes - 1}")

    def record(self, rows: Tensor, images: Tensor, logits: Tensor) -> Tensor:
        """Store images and their logits in these rows.

        Returns bool (len(rows),): which of them need no further attack.
        """
        if self.logits is None:
            self.logits = logits.new_zeros(len(self.images), logits.shape[1])
        fooled = (logits.argmax(1) == self.labels[rows]) == self.targeted
        self.adversarial[rows] = images
        self.logits[rows] = logits
        self.fooled[rows] = fooled
        return fooled if self.early_stop else torch.zeros_like(fooled)


def margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Each label's logit minus the largest other one, (N,): negative where it is not predicted."""
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], -torch.inf)
    return own - others.amax(1)


def check_images(images: Tensor) -> None:
    """ValueError unless images are float (N, C, H, W), one or more, in [0, 1]."""
    if images.ndim != 4 or not images.is_floating_point() or 0 in images.shape:
        raise ValueError(f"images are float (N, C, H, W), not {images.dtype} {tuple(images.shape)}")
    low, high = (float(end) for end in images.detach().aminmax())
    # NaN fails both comparisons.
    if not (low >= 0 and high <= 1):
        raise ValueError(f"images lie in [0, 1], not in [{low:g}, {high:g}]")


def check_labels(labels: Tensor, count: int) -> None:
    """ValueError unless labels are int64 (count,)."""
    if labels.dtype != torch.int64 or labels.shape != (count,):
        raise ValueError(
            f"labels of {count} images are int64 ({count},), "
            f"not {labels.dtype} {tuple(labels.shape)}"
        )


def check_positive(**numbers: float) -> None:
    """ValueError, with its name, for a number that is negative or not finite."""
    for name, number in numbers.items():
        if not 0 <= number < float("inf"):
            raise ValueError(f"{name}={number}: it must be 0 or more")
