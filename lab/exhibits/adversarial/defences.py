"""Defences: the same network taught in seven ways, attacked, and attacked again."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lab.attacks import AttackSettings
from lab.attacks.defences import DEFENCES, Defence, TrainingBudget, trainer_of
from lab.attacks.robust_accuracy import CONDITIONS
from lab.datasets import Dataset
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, breathing
from lab.exhibits.adversarial._defences_evaluation import DefenceEvaluation, EvaluationSettings
from lab.networks.models import Classifier
from lab.parameters import Choice, Number
from lab.payloads import Bars, Curve, Matrix, Pictures, Table
from lab.system.clock import Pace
from lab.training.trainer import Trainer
from lab.workspace import Workspace

DISTILLED = "distillation"
# Seconds between two looks at the losses.
LOOK = 0.2


@dataclass(frozen=True)
class Parameters:
    """How they are taught, and how hard they are then attacked."""

    data: Annotated[str, Choice("Data", "datasets", help="Or drop a folder of class folders.")] = (
        "digits"
    )
    epsilon: Annotated[
        float,
        Number("Attack: ε", 0, 0.5, step=0.01, per=255, live=True,
               help="How far each value may move, in pixel units, 0 to 1. Turned, it attacks all "
               "of them again."),
    ] = 0.25  # fmt: skip
    example: Annotated[int, Number("Picture shown", 0, 999, live=True)] = 13
    temperature: Annotated[
        float,
        Number("Distillation: temperature", 1, 200, log=True, live=True, form=".0f",
               help="Turned afterwards, the distilled network learns again."),
    ] = 100.0  # fmt: skip
    train_epsilon: Annotated[
        float,
        Number("Adversarial training: ε", 0, 0.5, step=0.01, per=255,
               help="In the end, in pixel units, 0 to 1."),
    ] = 0.28  # fmt: skip
    images: Annotated[
        int, Number("Training images", 100, 60_000, log=True, help="4,000 are all of the digits.")
    ] = 4000
    epochs: Annotated[int, Number("Epochs", 1, 100, log=True)] = 6
    adversarial_epochs: Annotated[int, Number("Epochs, on attacks", 1, 200, log=True)] = 22
    iterations: Annotated[int, Number("PGD: iterations", 1, 200, log=True)] = 40
    restarts: Annotated[int, Number("Adaptive: restarts", 1, 20)] = 3
    attacked: Annotated[int, Number("Pictures attacked", 10, 10000, log=True)] = 1000


OUTPUTS = (
    Output("accuracy", Matrix, "What each still gets right", (0, 0, 5, 5)),
    Output("pictures", Pictures,
           "The same picture, made to fool each: FGSM above, the adaptive attack below",
           (0, 5, 3, 7)),
    Output("hidden", Bars,
           "Distillation hides the gradient: divide the logits by T, and FGSM is back",
           (3, 5, 2, 7), x="accuracy under FGSM"),
    Output("loss", Curve, "Each learns its own loss_function", (5, 0, 3, 5),
           x="share of its training (%)", y="loss (nats)", log_y=True),
    Output("published", Table, "Beside the papers (60,000 digits): the share that is fooled",
           (5, 5, 3, 7)),
)  # fmt: skip

SHOWN = {
    "undefended_fgsm": "Undefended, FGSM",
    "pgd_training_pgd": "Trained on PGD, PGD",
    "distillation_fgsm": "Distilled, FGSM",
    "distillation_adaptive": "Distilled, adaptive",
}
METRICS = tuple(
    Metric(name, SHOWN.get(name, f"{defence.title}, {attack}"), ".1%", shown=name in SHOWN)
    for key, defence in DEFENCES.items()
    for attack_key, attack in CONDITIONS.items()
    for name in (f"{key}_{attack_key}",)
)


def settings_of(now: Parameters) -> EvaluationSettings:
    """What the attackers are told."""
    attack = AttackSettings(now.epsilon, now.iterations, restarts=now.restarts)
    return EvaluationSettings(attack, now.example)


class Temperature:
    """The distillation's temperature, which may turn. last: with which it learned last."""

    def __init__(self, knobs: Knobs[Parameters]) -> None:
        self._knobs = knobs
        self.last = knobs.now.temperature

    def __call__(self) -> float:
        """The temperature of now."""
        self.last = self._knobs.now.temperature
        return self.last


def learning(
    name: str, trainer: Trainer, stage: str, progress: float, pace: Pace
) -> Iterator[Frame]:
    """Train to the end; yields after every step, and the mean loss at the pace of the screen."""
    for step in trainer.steps():
        done = step / trainer.total_steps
        if not pace.due() and step < trainer.total_steps:
            yield Frame()
            continue
        losses, _ = trainer.read_back()
        yield Frame(
            {"loss": Curve({name: (100 * done, float(np.mean(losses)))})},
            status=f"{stage}: {done:.0%} of its training",
            progress=progress + done * 0.8 / len(DEFENCES),
            speed=f"{trainer.images_per_second:,.0f} pictures/s",
        )


def taught(
    defence: Defence, data: Dataset, budget: TrainingBudget, seed: int, progress: float, pace: Pace
) -> Generator[Frame, None, Classifier]:
    """The defended network; yields what is seen while it learns, and its teacher before it."""
    teacher = None
    for title in ("Teacher", "Student") if defence.distilled else (defence.title,):
        model, trainer = trainer_of(defence, data, budget, seed, teacher)
        yield from learning(title, trainer, title, progress, pace)
        teacher = model.frozen()
    return model


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Teach and attack one after another; at last attack them all again whenever epsilon turns."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}", progress=0.0)
    data = workspace.data(now.data).shortened(now.images)
    temperature = Temperature(knobs)
    budget = TrainingBudget(now.epochs, now.adversarial_epochs, now.train_epsilon, temperature)
    evaluation, pace = DefenceEvaluation(data, now.attacked), knobs.every(LOOK)
    yield Frame({"accuracy": evaluation.table(settings_of(now).attack)})
    for i, (name, defence) in enumerate(DEFENCES.items()):
        model = yield from taught(defence, data, budget, workspace.seed, i / len(DEFENCES), pace)
        evaluation.put(name, model)
        yield from evaluation.catch_up(lambda: settings_of(knobs.now))
        workspace.shelf.put(model, model.card.title)
        yield Frame(progress=(i + 1) / len(DEFENCES))
    while True:
        while knobs.now.temperature != temperature.last:
            # The curve of its loss stays that of the first time.
            yield Frame(status="the distilled network learns again", progress=0.0)
            learning_again = taught(DEFENCES[DISTILLED], data, budget, workspace.seed, 0.0, pace)
            model = yield from breathing(learning_again)
            evaluation.put(DISTILLED, model)
            workspace.shelf.put(model, f"{model.card.title}, T = {temperature.last:.0f}")
        yield from evaluation.catch_up(lambda: settings_of(knobs.now))
        status = "all seven are on the shelf: turn ε, or the temperature"
        yield Frame(status=status, progress=1.0, rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Regularisation, dropout and augmentation do not help. Training on attacks does, "
    "against the attack that it was trained on. Distillation withstands FGSM, and falls to who "
    "climbs the logits instead. None is fully effective: turn ε.",
    source="Goodfellow et al., 2014; Papernot et al., 2016; Carlini and Wagner, 2017; "
    "Madry et al., 2018; Wong et al., 2020",
    metrics=METRICS,
    seeded=True,
    quick={
        "images": 200,
        "epochs": 1,
        "adversarial_epochs": 1,
        "iterations": 2,
        "restarts": 1,
        "attacked": 20,
    },
    main="accuracy",
)
