"""A network of which only the answers are known, and a substitute that is taught by them.

Papernot et al., "Practical Black-Box Attacks against Machine Learning" (2017). Pictures are uint8
(N, C, H, W) wherever they are sent or kept, since that is what one can send to somebody else.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lab.attacks.attacked_model import AttackedModel
from lab.networks.models import Classifier
from lab.networks.pixels import to_float


class Oracle:
    """A classifier behind a wall: pictures go in, labels come out, and every picture is counted."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.queries = 0

    def ask(self, images: Tensor) -> Tensor:
        """The label of each picture, int64 (N,): no probability, no gradient."""
        self.queries += len(images)
        with torch.no_grad():
            labels: Tensor = self._classifier(to_float(images)).argmax(1)
        return labels


def jacobian_augmentation(
    substitute: Classifier, images: Tensor, labels: Tensor, step: float
) -> Tensor:
    """x + step sign(dF_label / dx): as many pictures, where the substitute would learn most.

    F is the softmax of the substitute, labels are the oracle's, int64 (N,). step: lambda, in pixel
    units; below 0 it goes the other way. Away from or towards the label, it crosses the borders
    between classes, where the oracle's answer says more than on a typical picture. uint8 in and
    out: the step is rounded to 1 / 255.
    """

    def log_probability(logits: Tensor) -> Tensor:
        # The sign of its gradient is that of the probability, and does not vanish where that is 1.
        return -F.cross_entropy(logits, labels, reduction="none")

    _, gradient = AttackedModel(substitute).gradient(to_float(images), log_probability)
    moved = images.to(torch.int16) + round(255 * step) * gradient.sign().to(torch.int16)
    return moved.clamp(0, 255).to(torch.uint8)
