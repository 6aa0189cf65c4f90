"""Training losses that make a network harder to fool, for lab.training.trainer.Trainer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.attacks import pgd
from lab.training.trainer import LossFunction

# Epsilon grows over this share of the training: a network that has learned nothing yet learns
# nothing at all from pictures with noise as large as their ink.
RAMP = 0.4


def adversarial_training(
    epsilon: Callable[[], float],
    iterations: int,
    step: float,
    ramp: float = RAMP,
    norm: str = "linf",
) -> LossFunction:
    """The cross-entropy of pictures that are made to fool the network as it is at this step.

    epsilon(): how far the attack may go in the end, in pixel units of `norm`, "linf" or "l2"; it
    grows to that over the first `ramp` of the training. step: of the attack, as a share of epsilon.
    The attack begins at a random point and takes all its `iterations`: several are the adversarial
    training of Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks"
    (2018); one, with step 1.25, is FGSM with a random start of Wong et al., "Fast is better than
    free" (2020).
    """

    def loss_function(
        model: nn.Module, images: Tensor, targets: Tensor, share: float
    ) -> tuple[Tensor, Tensor]:
        now = epsilon() * (min(share / ramp, 1.0) if ramp else 1.0)
        size = step * now
        fooling = pgd(model, images, targets, now, size, iterations, norm, early_stop=False)
        logits = model(fooling)
        return F.cross_entropy(logits, targets), logits

    return loss_function


def distillation(
    temperature: Callable[[], float], teacher: nn.Module | None = None
) -> LossFunction:
    """The cross-entropy of softmax(logits / T) with the teacher's answers at the same T.

    temperature(): T, above 0. Without a teacher the targets are the labels: that is how the teacher
    itself learns. The network is then used at T = 1, where its logits are T times as large as those
    of another: Papernot et al., "Distillation as a Defense to Adversarial Perturbations" (2016).
    """

    def loss_function(
        model: nn.Module, images: Tensor, targets: Tensor, share: float
    ) -> tuple[Tensor, Tensor]:
        degrees = temperature()
        if teacher is not None:
            with torch.no_grad():
                targets = (teacher(images) / degrees).softmax(1)
        logits = model(images)
        return F.cross_entropy(logits / degrees, targets), logits

    return loss_function
