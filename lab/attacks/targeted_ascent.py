"""Gradient ascent from one image to every class, until the network is confident of each."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.attacks.attacked_model import AttackedModel
from lab.attacks.norms import L2, wide


class TargetedAscent:
    """Gradient ascent from one image, (1, C, H, W) in [0, 1], to all classes at once.

    The class image of Simonyan et al. (2014), but from a given image, with steps of equal L2 norm.
    images: float32 (classes, C, H, W) in [0, 1], one for each target class. probabilities: float32
    (classes,), the model's for each image's target. The model is left as it was.
    """

    def __init__(self, model: nn.Module, start: Tensor) -> None:
        self._attacked, self._start = AttackedModel(model), start
        classes = self._attacked.logits(start).shape[1]
        self._targets = torch.arange(classes, device=start.device)
        self.images = start.repeat(classes, 1, 1, 1)
        self.probabilities, self._gradient = self._evaluate()

    @property
    def distances(self) -> Tensor:
        """The L2 distance of each image from the start, (classes,)."""
        return L2().size(self.images - self._start)

    def step(self, size: float, confidence: float) -> int:
        """Move the images whose probability is below `confidence`; returns how many moved.

        By `size`, in L2, along the gradient of the log-probability; clamped to [0, 1].
        """
        moving = self.probabilities < confidence
        if not moving.any():
            return 0
        change = size * L2().steepest(self._gradient) * wide(moving.float(), self.images)
        self.images = (self.images + change).clamp(0, 1)
        self.probabilities, self._gradient = self._evaluate()
        return int(moving.sum())

    def _evaluate(self) -> tuple[Tensor, Tensor]:
        def log_probability(logits: Tensor) -> Tensor:
            return -F.cross_entropy(logits, self._targets, reduction="none")

        logits, gradient = self._attacked.gradient(self.images, log_probability)
        return logits.softmax(1).diagonal(), gradient
