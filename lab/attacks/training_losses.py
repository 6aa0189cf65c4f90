"""Training losses that make a network more robust, for lab.training.trainer.Trainer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.attacks import pgd
from lab.training.trainer import LossFunction

# Epsilon grows over this fraction of the training: an untrained network learns nothing at all from
# digits with perturbations as large as their strokes.
RAMP = 0.4


def adversarial_training(
    epsilon: Callable[[], float],
    iterations: int,
    step: float,
    ramp: float = RAMP,
    norm: str = "linf",
) -> LossFunction:
    """The cross-entropy of adversarial images, made by PGD for the network of the current step.

    epsilon(): the final radius, in pixel units of `norm`, "linf" or "l2"; the radius grows linearly
    to it over the first `ramp` of the training. step: of PGD, as a fraction of the radius. PGD
    starts at a random point and takes all its `iterations`: several are the adversarial training of
    Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks" (2018); one, with
    step 1.25, is the FGSM with random start of Wong et al., "Fast is better than free" (2020).
    """

    def loss_function(
        model: nn.Module, images: Tensor, targets: Tensor, done: float
    ) -> tuple[Tensor, Tensor]:
        radius = epsilon() * (min(done / ramp, 1.0) if ramp else 1.0)
        size = step * radius
        adversarial = pgd(model, images, targets, radius, size, iterations, norm, early_stop=False)
        logits = model(adversarial)
        return F.cross_entropy(logits, targets), logits

    return loss_function


def distillation(
    temperature: Callable[[], float], teacher: nn.Module | None = None
) -> LossFunction:
    """Defensive distillation: cross-entropy at temperature T with the teacher's probabilities.

    Of softmax(logits / T) with the teacher's softmax at the same T. temperature(): T, above 0.
    Without a teacher the targets are the labels, which trains the teacher. The network is used at
    T = 1, where its logits are T times as large as usual: Papernot et al., "Distillation as a
    Defense to Adversarial Perturbations" (2016).
    """

    def loss_function(
        model: nn.Module, images: Tensor, targets: Tensor, done: float
    ) -> tuple[Tensor, Tensor]:
        t = temperature()
        if teacher is not None:
            with torch.no_grad():
                targets = (teacher(images) / t).softmax(1)
        logits = model(images)
        return F.cross_entropy(logits / t, targets), logits

    return loss_function
