"""The lecture's defences: the same network, taught in another way, from the same data and seed."""

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
from lab.training.trainer import LossFunction, Settings, Trainer, plain

ARCHITECTURE = "cnn"
ARGUMENTS: Mapping[str, Option] = {"batch_norm": False, "kernel2": 5, "width": 16}
"""Half as wide as the network of Madry et al. (2018): four times as quick, and as hard to fool."""

BATCH = 64
RATE = 3e-3


@dataclass(frozen=True)
class TrainingBudget:
    """What can be chosen of how they are taught.

    epochs: of most, adversarial_epochs: of those who learn from attacks. epsilon: of these attacks,
    in pixel units. temperature(): of distillation; it may change while that goes on.
    """

    epochs: int
    adversarial_epochs: int
    epsilon: float
    temperature: Callable[[], float]


@dataclass(frozen=True)
class TrainingAttack:
    """The attack that a network learns from.

    step: over epsilon. epsilon: in pixel units of `norm`; None for the budget's, in "linf".
    """

    iterations: int
    step: float
    norm: str = "linf"
    epsilon: float | None = None


@dataclass(frozen=True)
class Defence:
    """What is different from no defence at all.

    title: for the screen. weight_decay: L2. arguments: of the network. augment: of its pictures.
    attack: what it learns from. distilled: it learns from a teacher, which learns first.
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
    "fgsm_training": Defence("Adv. training, FGSM", attack=TrainingAttack(1, 1.25)),
    "pgd_training": Defence("Adv. training, PGD", attack=TrainingAttack(5, 0.5)),
    "distillation": Defence("Distillation", distilled=True),
}
"""In lecture order. The first three of the defences are those that it says do not help."""

TRAINED_ON_L2 = Defence("Adv. training, PGD L2", attack=TrainingAttack(5, 0.5, "l2", 3.0))
"""No row of the lecture's: what it takes for a class shows best in the pictures it climbs to."""


def trainer_of(
    defence: Defence,
    data: Dataset,
    budget: TrainingBudget,
    seed: int,
    teacher: nn.Module | None = None,
) -> tuple[Classifier, Trainer]:
    """A network that has learned nothing yet, and what teaches it, both on the data's device.

    All begin with the same weights and meet the same pictures in the same order, which follow from
    `seed`. teacher: for distillation; without it, a distilled defence's trainer makes the teacher.
    """
    card = replace(
        card_for(ARCHITECTURE, data, seed),
        title=f"{data.title}: {defence.title}",
        arguments={**ARGUMENTS, **defence.arguments},
        trained=True,
    )
    model = models.build(card).to(data.train_labels.device)
    loss_function: LossFunction = plain
    if defence.attack:
        trains_on = defence.attack
        epsilon = budget.epsilon if trains_on.epsilon is None else trains_on.epsilon
        loss_function = adversarial_training(
            lambda: epsilon, trains_on.iterations, trains_on.step, norm=trains_on.norm
        )
    elif defence.distilled:
        loss_function = distillation(budget.temperature, teacher)
    return model, Trainer(
        model,
        data,
        optimiser_name="adam",
        settings=lambda: Settings(RATE, defence.weight_decay),
        batch_size=BATCH,
        epochs=budget.adversarial_epochs if defence.attack else budget.epochs,
        augment=defence.augment,
        loss_function=loss_function,
        seed=seed,
    )
