"""Gradient ascent from one picture to every class, until the network is sure of each."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.attacks.attacked_model import AttackedModel
from lab.attacks.norms import L2, wide


class Climb:
    """A picture, (1, C, H, W) in [0, 1], on its way to all classes at once.

    The class image of Simonyan et al. (2014), but from a picture and along the shortest way.
    images: float32 (classes, C, H, W) in [0, 1], each on its way to its own class. probabilities:
    float32 (classes,), what the model gives that class. The model is left as it was.
    """

    def __init__(self, model: nn.Module, start: Tensor) -> None:
        self._victim, self._start = AttackedModel(model), start
        classes = self._victim.logits(start).shape[1]
        self._targets = torch.arange(classes, device=start.device)
        self.images = start.repeat(classes, 1, 1, 1)
        self.probabilities, self._slope = self._look()

    @property
    def distances(self) -> Tensor:
        """How far each picture is from the start, in L2."""
        return L2().size(self.images - self._start)

    def step(self, size: float, sure: float) -> int:
        """Move by `size`, in L2, whatever the model is not `sure` of yet; returns how many moved.

        Along the gradient of the log-probability, and back into [0, 1].
        """
        climbing = self.probabilities < sure
        if not climbing.any():
            return 0
        stride = size * L2().steepest(self._slope) * wide(climbing.float(), self.images)
        self.images = (self.images + stride).clamp(0, 1)
        self.probabilities, self._slope = self._look()
        return int(climbing.sum())

    def _look(self) -> tuple[Tensor, Tensor]:
        def log_probability(logits: Tensor) -> Tensor:
            return -F.cross_entropy(logits, self._targets, reduction="none")

        logits, slope = self._victim.gradient(self.images, log_probability)
        return logits.softmax(1).diagonal(), slope
