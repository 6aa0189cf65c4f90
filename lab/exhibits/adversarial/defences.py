"""Defences: one network trained in seven ways, under FGSM, PGD and an adaptive attack."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lab.attacks import AttackSettings
from lab.attacks.defences import DEFENCES, Defence, TrainingBudget, trainer_of
from lab.attacks.robust_accuracy import CONDITIONS
from lab.datasets import Dataset
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, breathing, part
from lab.exhibits.adversarial._defences_evaluation import DefenceEvaluation, EvaluationSettings
from lab.networks.finite import check_weights
from lab.networks.models import Classifier
from lab.parameters import Choice, Number
from lab.payloads import Bars, Curve, Matrix, Pictures, Table
from lab.system.clock import Pace
from lab.training.trainer import Trainer
from lab.workspace import Workspace

DISTILLED = "distillation"
# Seconds between two updates of the losses.
LOOK = 0.2


@dataclass(frozen=True)
class Parameters:
    """Training of the networks, and strength of the attacks."""

    data: Annotated[
        str, Choice("Dataset", "datasets", help="Or drop a folder of class folders.")
    ] = "digits"
    epsilon: Annotated[
        float,
        Number("Attack: ε", 0, 0.5, step=0.01, per=255, live=True,
               help="Largest change of a value (L∞), in pixel units, 0 to 1. A new value attacks "
               "all networks again."),
    ] = 0.25  # fmt: skip
    example: Annotated[int, Number("Test image shown", 0, 999, live=True)] = 13
    temperature: Annotated[
        float,
        Number("Distillation: temperature T", 1, 200, log=True, live=True, form=".0f",
               help="A new value after the end trains the distilled network again."),
    ] = 100.0  # fmt: skip
    train_epsilon: Annotated[
        float,
        Number("Adversarial training: ε", 0, 0.5, step=0.01, per=255,
               help="The value that it grows to, in pixel units, 0 to 1."),
    ] = 0.28  # fmt: skip
    images: Annotated[
        int, Number("Training images", 100, 60_000, log=True, help="4,000 are all of the digits.")
    ] = 4000
    epochs: Annotated[int, Number("Epochs", 1, 100, log=True)] = 6
    adversarial_epochs: Annotated[int, Number("Adversarial training: epochs", 1, 200, log=True)] = (
        22
    )
    iterations: Annotated[int, Number("PGD iterations", 1, 200, log=True)] = 40
    restarts: Annotated[int, Number("Adaptive attack: restarts", 1, 20)] = 3
    attacked: Annotated[int, Number("Test images attacked", 10, 10000, log=True)] = 1000


OUTPUTS = (
    Output("accuracy", Matrix, "Accuracy under attack", (0, 0, 8, 5)),
    Output("pictures", Pictures,
           "Adversarial examples: FGSM above, adaptive attack below",
           (0, 5, 7, 7)),
    Output("hidden", Bars,
           "Gradient masking: with its logits divided, FGSM succeeds",
           (7, 5, 4, 7), x="accuracy under FGSM"),
    Output("loss", Curve, "Training loss per defence", (8, 0, 8, 5),
           x="share of the training (%)", y="loss (nats)", log_y=True),
    Output("published", Table, "Error under attack, compared with the papers (60,000 digits)",
           (11, 5, 5, 7)),
)  # fmt: skip

SHOWN = {
    "undefended_fgsm": "Undefended, FGSM",
    "pgd_training_pgd": "PGD training, PGD",
    "distillation_fgsm": "Distillation, FGSM",
    "distillation_adaptive": "Distillation, adaptive",
}
METRICS = tuple(
    Metric(name, SHOWN.get(name, f"{defence.title}, {attack}"), ".1%", shown=name in SHOWN)
    for key, defence in DEFENCES.items()
    for attack_key, attack in CONDITIONS.items()
    for name in (f"{key}_{attack_key}",)
)


def settings_of(now: Parameters) -> EvaluationSettings:
    """The attacks' settings, and the image that is shown."""
    attack = AttackSettings(now.epsilon, now.iterations, restarts=now.restarts)
    return EvaluationSettings(attack, now.example)


class Temperature:
    """The distillation's temperature, which is live. last: the one used in training last."""

    def __init__(self, knobs: Knobs[Parameters]) -> None:
        self._knobs = knobs
        self.last = knobs.now.temperature

    def __call__(self) -> float:
        """The current temperature."""
        self.last = self._knobs.now.temperature
        return self.last


def learning(name: str, trainer: Trainer, pace: Pace) -> Generator[Frame, None, None]:
    """Train to the end; a frame after every step, with the mean loss at the pace of the screen."""
    for step in trainer.steps():
        done = step / trainer.total_steps
        if not pace.due() and step < trainer.total_steps:
            yield Frame()
            continue
        losses, _ = trainer.read_back()
        yield Frame(
            {"loss": Curve({name: (100 * done, float(np.mean(losses)))})},
            status=f"training: {name}, {done:.0%}",
            progress=done,
            speed=f"{trainer.images_per_second:,.0f} images/s",
        )


def taught(
    defence: Defence, data: Dataset, budget: TrainingBudget, seed: int, pace: Pace
) -> Generator[Frame, None, Classifier]:
    """The defended network; yields frames of its training, and of its teacher's before that.

    Raises UserError where a training diverges.
    """
    teacher = None
    titles = ("Teacher", "Student") if defence.distilled else (defence.title,)
    for k, title in enumerate(titles):
        model, trainer = trainer_of(defence, data, budget, seed, teacher)
        training = learning(title, trainer, pace)
        yield from part(training, k / len(titles), (k + 1) / len(titles))
        check_weights(model, title, "choose another seed, or a smaller ε for the training")
        teacher = model.frozen()
    return model


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Train and attack one after another; at last attack all again whenever epsilon changes."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}", progress=0.0)
    data = workspace.data(now.data).shortened(now.images)
    temperature = Temperature(knobs)
    budget = TrainingBudget(now.epochs, now.adversarial_epochs, now.train_epsilon, temperature)
    evaluation, pace = DefenceEvaluation(data, now.attacked), knobs.every(LOOK)
    yield Frame({"accuracy": evaluation.table(settings_of(now).attack)})
    for i, (name, defence) in enumerate(DEFENCES.items()):
        # The attacks after each training take the rest of its share.
        training = taught(defence, data, budget, workspace.seed, pace)
        model = yield from part(training, i / len(DEFENCES), (i + 0.8) / len(DEFENCES))
        evaluation.put(name, model)
        yield from evaluation.catch_up(lambda: settings_of(knobs.now))
        workspace.shelf.put(model, model.card.title)
        yield Frame(progress=(i + 1) / len(DEFENCES))
    while True:
        while knobs.now.temperature != temperature.last:
            # The loss curve stays that of the first training.
            yield Frame(status="training: Distillation, again", progress=0.0)
            learning_again = taught(DEFENCES[DISTILLED], data, budget, workspace.seed, pace)
            model = yield from breathing(learning_again)
            evaluation.put(DISTILLED, model)
            workspace.shelf.put(model, f"{model.card.title}, T = {temperature.last:.0f}")
        yield from evaluation.catch_up(lambda: settings_of(knobs.now))
        status = "done, saved to Models; move ε or the temperature"
        yield Frame(status=status, progress=1.0, rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Regularisation, dropout and data augmentation do not help. Adversarial training does, "
    "against the attack that it was trained on. Defensive distillation masks the gradient: it "
    "resists FGSM, but not an adaptive attack (PGD on the logits, with restarts). None is fully "
    "effective: move ε.",
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
