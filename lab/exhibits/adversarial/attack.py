"""Adversarial attack on one image: iterative update, FGSM, PGD, Carlini-Wagner, DeepFool."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from lab.attacks import NORMS, Attack, CarliniWagner, DeepFool, Descent, Fgsm, Pgd
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.adversarial._attack_story import PerturbationPath, Subject
from lab.networks.classes import TOP, class_index
from lab.networks.models import Classifier
from lab.parameters import AUTO, Choice, Number, Switch
from lab.payloads import Bars, Curve, Pictures
from lab.workspace import Workspace

METHODS = {
    "descent": "Iterative update of the input",
    "fgsm": "FGSM (Fast Gradient Sign Method)",
    "pgd": "PGD, L∞ (iterative)",
    "pgd_l2": "PGD, L2 (iterative)",
    "carlini_wagner": "Carlini-Wagner, L2",
    "deepfool": "DeepFool, L2",
}
L2_METHODS = ("pgd_l2", "carlini_wagner", "deepfool")
# Of Carlini-Wagner. The searches reach from a constant for photographs up to one for digits; STRIDE
# is twice the L2 norm of Adam's first step.
SEARCHES, CONSTANT, STRIDE = 5, 0.03, 0.8
# Seconds between two updates of the images.
LOOK = 0.12


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
               help="Type a part of its name: school bus."),
    ] = AUTO  # fmt: skip
    epsilon: Annotated[
        float,
        Number("Perturbation size ε", 0, 128, log=True, unit="/255", live=True, form=".2g",
               help="Largest change of a value (L∞), or the root mean square (L2). After the "
               "attack it scales the perturbation found."),
    ] = 2.0  # fmt: skip
    step: Annotated[
        float,
        Number("Step size α", 0.05, 16, log=True, unit="/255", live=True, form=".2g",
               help="Of PGD; the iterative update starts with it."),
    ] = 0.5  # fmt: skip
    iterations: Annotated[int, Number("Iterations", 1, 1000, log=True, live=True)] = 20
    restarts: Annotated[
        int, Number("Random restarts", 1, 20, help="Of PGD, until one succeeds.")
    ] = 1
    on: Annotated[
        bool, Switch("Continue after success", live=True, help="The probability goes on rising.")
    ] = True


OUTPUTS = (
    Output("pictures", Pictures, "Original, perturbation, adversarial example", (0, 0, 5, 12)),
    Output("probabilities", Bars, "Class probabilities, original and adversarial",
           (5, 0, 4, 6), x="probability"),
    Output("along", Curve, "Class probability against ε",
           (5, 6, 4, 6), x="perturbation size ε (1/255)", y="probability", y_range=(0, 1)),
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
    Metric("seconds", "Time", ".2f", "s"),
)


def unit_of(now: Parameters, pixels: Tensor) -> float:
    """1/255 in pixel units; in L2 the size of a perturbation of 1/255 in every value."""
    root = math.sqrt(pixels[0].numel()) if now.method in L2_METHODS else 1.0
    return root / 255


def target_of(model: Classifier, now: Parameters, clean: int) -> int | None:
    """The target class, None where untargeted. UserError for the class predicted already."""
    if now.target == AUTO:
        return None
    target = clean if now.target == TOP else class_index(model.classes, now.target)
    if target == clean:
        said = model.classes[clean]
        raise UserError(f"target={now.target}: the model predicts {said} already: choose another")
    if now.method == "deepfool":
        raise UserError("target: DeepFool is untargeted: choose no target class, or use PGD")
    return target


def attack_for(now: Parameters, subject: Subject, target: int | None) -> Attack:
    """The chosen attack, before its first pass."""
    model, pixels = subject.model, subject.pixels
    label, to = (subject.said, False) if target is None else (target, True)
    labels = torch.tensor([label], device=pixels.device)
    unit = unit_of(now, pixels)
    common = (model, pixels, labels)
    if now.method == "fgsm":
        return Fgsm(*common, now.epsilon * unit, targeted=to)
    if now.method == "deepfool":
        return DeepFool(*common, now.iterations)
    if now.method == "carlini_wagner":
        return CarliniWagner(
            *common,
            targeted=to,
            searches=SEARCHES,
            iterations=now.iterations,
            step=STRIDE / math.sqrt(pixels[0].numel()),
            constant=CONSTANT,
        )
    if now.method == "descent":
        return Descent(*common, now.step * unit, now.iterations, to, relative=True)
    norm = "l2" if now.method == "pgd_l2" else "linf"
    steps = (now.epsilon * unit, now.step * unit, now.iterations)
    return Pgd(*common, *steps, norm, now.restarts, to)


def adjust(attack: Attack, now: Parameters, unit: float) -> None:
    """Give the live parameters to a PGD that is running."""
    if isinstance(attack, Pgd):
        attack.early_stop = not now.on
        attack.iterations, attack.epsilon = now.iterations, now.epsilon * unit
        attack.step = now.step * unit


def passes(attack: Attack, now: Parameters) -> int:
    """The largest number of iterations."""
    if isinstance(attack, Fgsm):
        return 1
    if isinstance(attack, CarliniWagner):
        return SEARCHES * now.iterations
    return now.iterations * (now.restarts if isinstance(attack, Pgd) else 1)


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
    attack, unit = attack_for(now, subject, target), unit_of(now, pixels)
    begun = looked = time.perf_counter()
    adjust(attack, now, unit)
    for _ in attack.steps():
        adjust(attack, knobs.now, unit)
        total = passes(attack, knobs.now)
        frame = Frame(
            status=f"iteration {attack.iteration} of {total}", progress=attack.iteration / total
        )
        if time.perf_counter() - looked > LOOK and attack.logits is not None:
            looked = time.perf_counter()
            said = attack.logits[0].softmax(0).cpu()
            frame = subject.tell(attack.adversarial, said, target).then(frame)
        yield frame
    seconds = time.perf_counter() - begun
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
            status=subject.verdict(said, target),
            progress=1.0,
        )
    )
    norm = NORMS["l2" if now.method in L2_METHODS else "linf"]
    found = float(norm.size(attack.delta)) / unit
    yield from explore(knobs, PerturbationPath(subject, attack.delta, found), subject, said, target)


def explore(
    knobs: Knobs[Parameters],
    way: PerturbationPath,
    subject: Subject,
    said: Tensor,
    target: int | None,
) -> Iterator[Frame]:
    """The curve along `way`, then the image at the slider's epsilon whenever it changes."""
    for curve in way.sweep(subject.rivals(said, target)):
        yield Frame({"along": curve})
    frame, epsilon = Frame({"along": Curve({}, way.found)}), knobs.now.epsilon
    while True:
        yield frame.then(Frame(rest=True))
        if knobs.now.epsilon != epsilon:
            epsilon = knobs.now.epsilon
            changed, said = way.look(epsilon)
            where = f"at ε = {epsilon:.2g}/255: {subject.verdict(said, target)}"
            frame = subject.tell(changed, said, target).then(
                Frame({"along": Curve({}, epsilon)}, status=where)
            )


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
)
