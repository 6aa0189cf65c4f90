"""The lecture's defences: the same network, data and seed, each trained in another way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor, nn

from lab.attacks.training_losses import adversarial_training, distillation
from lab.augmentation import Composition
from lab.datasets import Dataset
from lab.networks import models
from lab.networks.card import Option
from lab.networks.models import Classifier, card_for
from lab.training.trainer import LossFunction, OptimiserSettings, Trainer, cross_entropy

ARCHITECTURE = "cnn"
ARGUMENTS: Mapping[str, Option] = {"batch_norm": False, "kernel2": 5, "width": 16}
"""Half as wide as the network of Madry et al. (2018): four times as fast, and as robust."""

BATCH = 64
RATE = 3e-3


@dataclass(frozen=True)
class TrainingBudget:
    """How long the defences are trained, and on attacks of which size.

    epochs: of the ordinary trainings. adversarial_epochs: of the adversarial ones. epsilon: of
    their attacks, L-infinity, in pixel units. temperature(): of distillation, above 0; it may
    change during the training.
    """

    epochs: int
    adversarial_epochs: int
    epsilon: float
    temperature: Callable[[], float]


@dataclass(frozen=True)
class TrainingAttack:
    """The PGD attack of an adversarial training.

    step: as a fraction of epsilon. epsilon: in pixel units of `norm`, "linf" or "l2"; None for the
    budget's, which is in "linf".
    """

    iterations: int
    step: float
    norm: str = "linf"
    epsilon: float | None = None


@dataclass(frozen=True)
class Defence:
    """What a defence changes, compared with no defence.

    title: for the screen. weight_decay: L2 regularisation. arguments: of the network. augment: of
    the training images. attack: of its adversarial training. distilled: it is trained on the
    probabilities of a teacher, which is trained first.
    """

    title: str
    weight_decay: float = 0.0
    arguments: Mapping[str, Option] = field(default_factory=dict)
    augment: Callable[[Tensor], Tensor] | None = None
    attack: TrainingAttack | None = None
    distilled: bool = False


DEFENCES = {
    "undefended": Defence("Undefended"),
    "l2": Defence("L2 regularisation", weight_decay=3e-3),
    "dropout": Defence("Dropout", arguments={"dropout": 0.5}),
    "augmentation": Defence(
        "Data augmentation",
        augment=Composition(("rotation", "perspective", "crop"), edges="zeros"),
    ),
    "fgsm_training": Defence("FGSM training", attack=TrainingAttack(1, 1.25)),
    "pgd_training": Defence("PGD training", attack=TrainingAttack(5, 0.5)),
    "distillation": Defence("Distillation", distilled=True),
}
"""In lecture order. Of the first three defences the lecture says that they do not help."""

TRAINED_ON_L2 = Defence("PGD training, L2", attack=TrainingAttack(5, 0.5, "l2", 3.0))
"""Not one of the lecture's: gradient ascent shows most clearly what this network responds to."""


def trainer_of(
    defence: Defence,
    data: Dataset,
    budget: TrainingBudget,
    seed: int,
    teacher: nn.Module | None = None,
) -> tuple[Classifier, Trainer]:
    """An untrained network and its trainer, both on the data's device.

    seed: of the weights and of the order of the images, which are the same for all defences.
    teacher: for distillation; without one, a distilled defence's trainer trains the teacher.
    """
    card = replace(
        card_for(ARCHITECTURE, data, seed, **{**ARGUMENTS, **defence.arguments}),
        title=f"{data.title}: {defence.title}",
        trained=True,
    )
    model = models.build(card).to(data.train_labels.device)
    loss_function: LossFunction = cross_entropy
    if defence.attack:
        attack = defence.attack
        epsilon = budget.epsilon if attack.epsilon is None else attack.epsilon
        loss_function = adversarial_training(
            lambda: epsilon, attack.iterations, attack.step, norm=attack.norm
        )
    elif defence.distilled:
        loss_function = distillation(budget.temperature, teacher)
    return model, Trainer(
        model,
        data,
        optimiser_name="adam",
        settings=lambda: OptimiserSettings(RATE, defence.weight_decay),
        batch_size=BATCH,
        epochs=budget.adversarial_epochs if defence.attack else budget.epochs,
        augment=defence.augment,
        loss_function=loss_function,
        seed=seed,
    )
