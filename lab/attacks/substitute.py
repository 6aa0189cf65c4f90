"""A network that only answers queries, and the data augmentation that trains a substitute for it.

Papernot et al., "Practical Black-Box Attacks against Machine Learning" (2017). Images are uint8
(N, C, H, W) wherever they are sent or kept: that is what a service takes.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lab.attacks.attacked_model import AttackedModel
from lab.networks.models import Classifier
from lab.networks.pixels import to_float


class Oracle:
    """A classifier that returns only labels, and counts the images that it was asked for.

    queries: how many so far.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.queries = 0

    def ask(self, images: Tensor) -> Tensor:
        """The predicted label of each image, int64 (N,). images: uint8 (N, C, H, W)."""
        self.queries += len(images)
        with torch.no_grad():
            labels: Tensor = self._classifier(to_float(images)).argmax(1)
        return labels


def jacobian_augmentation(
    substitute: Classifier, images: Tensor, labels: Tensor, step: float
) -> Tensor:
    """x + step sign(dF_label / dx), uint8 (N, C, H, W): Jacobian-based dataset augmentation.

    F: the softmax of the substitute. images: uint8 (N, C, H, W). labels: the oracle's, int64 (N,).
    step: the paper's lambda, in pixel units, rounded to 1/255; negative for the other direction.
    Such images lie nearer to the decision boundaries, where the oracle's label tells the substitute
    more than that of a typical image.
    """

    def log_probability(logits: Tensor) -> Tensor:
        # Its gradient has the sign of the probability's, and does not vanish where that is 1.
        return -F.cross_entropy(logits, labels, reduction="none")

    _, gradient = AttackedModel(substitute).gradient(to_float(images), log_probability)
    moved = images.to(torch.int16) + round(255 * step) * gradient.sign().to(torch.int16)
    return moved.clamp(0, 255).to(torch.uint8)
