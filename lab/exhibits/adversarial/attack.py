"""Adversarial attack on one image: iterative update, FGSM, PGD, Carlini-Wagner, DeepFool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch

from lab.attacks import (
    ATTACKS,
    EPSILON,
    NORMS,
    REACH,
    Attack,
    AttackMethod,
    AttackSettings,
    titles,
    using,
)
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.adversarial._attack_cards import PerturbationPath, Subject, explore
from lab.networks.classes import TOP, class_index
from lab.networks.models import Classifier
from lab.parameters import AUTO, RUNNING, Choice, Number, Switch, When, applies
from lab.payloads import Bars, Curve, Pictures
from lab.workspace import Workspace

METHODS = titles("descent", "fgsm", "pgd", "pgd_l2", "carlini_wagner", "deepfool")
# The methods that take a target class.
AIMED = tuple(name for name in METHODS if ATTACKS[name].targeted)
# Seconds between two updates of the images.
LOOK = 0.12


def fooling(channels: int, size: int) -> float:
    """An ε, in pixel units, that fools an undefended network on images of this kind.

    channels: 1 for grey images such as digits, which take large changes. size: edge in pixels.
    """
    if channels == 1:
        return 64 / 255
    return (8 if size < 128 else 2) / 255


@dataclass(frozen=True)
class Parameters:
    """Model, attack, target class and size of the perturbation."""

    model: Annotated[str, Choice("Model", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    method: Annotated[str, Choice("Attack", METHODS)] = "pgd"
    target: Annotated[
        str,
        Choice("Target class", "classes", of="model", auto="None (untargeted)",
               help="Type a part of its name: school bus.",
               when=When("method", *AIMED)),
    ] = AUTO  # fmt: skip
    epsilon: Annotated[
        float,
        Number("Perturbation size ε", 0, 0.5, log=True, per=255, live=True, form=".2g",
               of="model", suits=fooling,
               help="Pixel units, 0 to 1: largest change (L∞) or root mean square (L2). After the "
               "attack it scales the perturbation found."),
    ] = fooling(3, 224)  # fmt: skip
    step: Annotated[
        float,
        Number("Step size α", 0, 64 / 255, log=True, per=255, live=RUNNING, form=".2g",
               auto=f"{REACH:g} ε / iterations",
               help="In pixel units; the iterative update starts with it.",
               when=When("method", *using("step", *METHODS))),
    ] = 0.0  # fmt: skip
    iterations: Annotated[
        int,
        Number("Iterations", 1, 1000, log=True, live=RUNNING,
               when=When("method", *using("iterations", *METHODS))),
    ] = 20  # fmt: skip
    restarts: Annotated[
        int,
        Number("Random restarts", 1, 20, help="Until one succeeds.",
               when=When("method", *using("restarts", *METHODS))),
    ] = 1  # fmt: skip
    on: Annotated[
        bool,
        Switch("Continue after success", live=RUNNING, help="The probability goes on rising.",
               when=When("method", *using("early_stop", *METHODS))),
    ] = True  # fmt: skip


OUTPUTS = (
    Output("pictures", Pictures, "Original, perturbation, adversarial example", (0, 0, 5, 12)),
    Output("probabilities", Bars, "Class probabilities, original and adversarial",
           (5, 0, 4, 6), x="probability"),
    Output("along", Curve, "Class probability against ε",
           (5, 6, 4, 6), x=EPSILON, y="probability", y_range=(0, 1)),
)  # fmt: skip

METRICS = (
    Metric("clean_class", "Class of the original", "d", shown=False),
    Metric("clean_label", "Predicted for the original", shown=False),
    Metric("clean_probability", "Its probability", shown=False),
    Metric("adversarial_class", "Class of the adversarial", "d", shown=False),
    Metric("adversarial_label", "Predicted for the adversarial", shown=False),
    Metric("adversarial_probability", "Its probability", shown=False),
    Metric("linf", "L∞ norm", ".4f"),
    Metric("l2", "L2 norm", ".2f"),
    Metric("iterations", "Iterations", "d"),
    Metric("seconds", "Time", ".2f", "s", timed=True),
)


def target_of(model: Classifier, now: Parameters, clean: int) -> int | None:
    """The target class, None where untargeted. UserError for the class predicted already."""
    if now.target == AUTO or not applies(now, "target"):
        return None
    target = clean if now.target == TOP else class_index(model.classes, now.target)
    if target == clean:
        said = model.classes[clean]
        raise UserError(f"target={now.target}: the model predicts {said} already: choose another")
    return target


def attack_for(now: Parameters, subject: Subject, target: int | None) -> Attack:
    """The chosen attack, before its first pass."""
    label = subject.said if target is None else target
    labels = torch.tensor([label], device=subject.pixels.device)
    return ATTACKS[now.method].begin(
        subject.model, subject.pixels, labels, settings_of(now), targeted=target is not None
    )


def settings_of(now: Parameters) -> AttackSettings:
    """The attack's settings; all but the restarts may change during the attack."""
    return AttackSettings(
        now.epsilon, now.iterations, now.step or None, now.restarts, early_stop=not now.on
    )


def advice(method: AttackMethod) -> str:
    """What to change where the attack does not succeed: only what it uses."""
    words = {"epsilon": "a larger ε", "iterations": "more iterations"}
    return f"try {' or '.join(words[name] for name in words if name in method.uses)}"


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The attack, the class probabilities against epsilon, then the image at any epsilon."""
    now, picture = knobs.now, workspace.picture
    yield Frame(status=f"loading {now.model}", progress=0.0)
    model = workspace.shelf.get(now.model, workspace.device)
    pixels = model.prepare(picture.pixels)
    with torch.inference_mode():
        clean = model(pixels)[0].softmax(0).cpu()
    subject = Subject(model, pixels, clean)
    target = target_of(model, now, subject.said)
    yield subject.tell(pixels, clean, target).then(
        Frame(
            metrics={
                "clean_class": subject.said,
                "clean_label": model.classes[subject.said],
                "clean_probability": float(clean.max()),
            },
            status=f"{model.card.title} predicts {model.classes[subject.said]}",
        )
    )
    method, attack, asked = ATTACKS[now.method], attack_for(now, subject, target), now.epsilon
    begun, pace = knobs.clock(), knobs.every(LOOK)
    for _ in attack.steps():
        if "epsilon" in method.uses:
            asked = now.epsilon  # of the step just made
        now = knobs.now
        method.adjust(attack, settings_of(now))
        total = attack.max_iterations
        frame = Frame(
            status=f"iteration {attack.iteration} of {total}", progress=attack.iteration / total
        )
        if attack.logits is not None and pace.due():
            said = attack.logits[0].softmax(0).cpu()
            frame = subject.tell(attack.adversarial, said, target).then(frame)
        yield frame
    seconds = knobs.clock() - begun
    assert attack.logits is not None
    said = attack.logits[0].softmax(0).cpu()
    now_said = int(said.argmax())
    yield subject.tell(attack.adversarial, said, target).then(
        Frame(
            metrics={
                "adversarial_class": now_said,
                "adversarial_label": model.classes[now_said],
                "adversarial_probability": float(said.max()),
                "linf": float(NORMS["linf"].size(attack.delta)),
                "l2": float(NORMS["l2"].size(attack.delta)),
                "iterations": attack.iteration,
                "seconds": seconds,
            },
            status=subject.verdict(said, target, advice(method)),
            progress=1.0,
            fixed=True,
        )
    )
    found = float(NORMS[method.norm].size(attack.delta)) / method.unit(pixels)
    path = PerturbationPath(subject, attack.delta, found)
    yield from explore(path, said, target, asked, lambda: knobs.now.epsilon)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The weights are frozen; the gradient of the loss with respect to the input updates "
    "the image. We see no difference, the model predicts another class. After the attack, move "
    "ε: where does the class flip? Point at an image to compare pixel values.",
    source="Szegedy et al., 2013; Goodfellow et al., 2014; Moosavi-Dezfooli et al., 2016; Carlini "
    "and Wagner, 2017; Madry et al., 2018",
    metrics=METRICS,
    pictures=1,
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "iterations": 3},
    picture="coffee",
    main="pictures",
)
