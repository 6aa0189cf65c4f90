"""Attack: change a picture so little that nobody sees it, and so that the network says another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from lab.attacks import ATTACKS, NORMS, Attack, AttackSettings, titles
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.adversarial._attack_story import PerturbationPath, Subject
from lab.networks.classes import TOP, class_index
from lab.networks.models import Classifier
from lab.parameters import AUTO, Choice, Number, Switch
from lab.payloads import Bars, Curve, Pictures
from lab.workspace import Workspace

METHODS = titles("descent", "fgsm", "pgd", "pgd_l2", "carlini_wagner", "deepfool")
# Seconds between two looks at the pictures.
LOOK = 0.12


@dataclass(frozen=True)
class Parameters:
    """Whom to fool, into what, how, and by how much."""

    model: Annotated[str, Choice("Network", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    method: Annotated[str, Choice("Attack", METHODS)] = "pgd"
    target: Annotated[
        str,
        Choice("Into the class", "classes", of="model", auto="Any other (untargeted)",
               help="Type a part of its name: school bus."),
    ] = AUTO  # fmt: skip
    epsilon: Annotated[
        float,
        Number("Epsilon", 0, 128, log=True, unit="/255", live=True, form=".2g",
               help="How far a value may move; in L2 the root of the mean square. Afterwards it "
               "moves along what was found."),
    ] = 2.0  # fmt: skip
    step: Annotated[
        float,
        Number("Step", 0.05, 16, log=True, unit="/255", live=True, form=".2g",
               help="Of the iterative ones; the plain update begins with it."),
    ] = 0.5  # fmt: skip
    iterations: Annotated[int, Number("Iterations", 1, 1000, log=True, live=True)] = 20
    restarts: Annotated[
        int, Number("Random starts", 1, 20, help="Of PGD, until one of them fools.")
    ] = 1
    on: Annotated[
        bool, Switch("Go on when it is fooled", live=True, help="Until it is sure of it.")
    ] = True


OUTPUTS = (
    Output("pictures", Pictures, "The same picture to us, another to the network", (0, 0, 5, 12)),
    Output("probabilities", Bars, "What the network says of both", (5, 0, 4, 6), x="probability"),
    Output("along", Curve, "Where the class flips on the way from one to the other",
           (5, 6, 4, 6), x="epsilon (1/255)", y="probability", y_range=(0, 1)),
)  # fmt: skip

METRICS = (
    Metric("clean_class", "Class before", "d", shown=False),
    Metric("clean_label", "Said", shown=False),
    Metric("clean_probability", "with", shown=False),
    Metric("adversarial_class", "Class now", "d", shown=False),
    Metric("adversarial_label", "Says", shown=False),
    Metric("adversarial_probability", "with", shown=False),
    Metric("linf", "Largest change", ".4f"),
    Metric("l2", "L2", ".2f"),
    Metric("iterations", "Iterations", "d"),
    Metric("seconds", "Time", ".2f", "s", timed=True),
)


def unit_of(now: Parameters, pixels: Tensor) -> float:
    """1/255 in pixel units; in L2 the size of a perturbation of 1/255 in every value."""
    return ATTACKS[now.method].unit(pixels) / 255


def target_of(model: Classifier, now: Parameters, clean: int) -> int | None:
    """The wanted class, None for any other. UserError for what the network says already."""
    if now.target == AUTO:
        return None
    target = clean if now.target == TOP else class_index(model.classes, now.target)
    if target == clean:
        said = model.classes[clean]
        raise UserError(f"target={now.target}: the network says {said} already: choose another")
    if not ATTACKS[now.method].targeted:
        raise UserError("target: DeepFool goes to the nearest class: choose any other, or PGD")
    return target


def attack_for(now: Parameters, subject: Subject, target: int | None) -> Attack:
    """The chosen attack, about to begin."""
    label = subject.said if target is None else target
    labels = torch.tensor([label], device=subject.pixels.device)
    return ATTACKS[now.method].begin(
        subject.model, subject.pixels, labels, settings_of(now), targeted=target is not None
    )


def settings_of(now: Parameters) -> AttackSettings:
    """What the attack is told; all but the restarts may change while it goes on."""
    return AttackSettings(
        now.epsilon / 255, now.iterations, now.step / 255, now.restarts, early_stop=not now.on
    )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The attack as it goes, the curve along what it found, then the slider along it."""
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
            status=f"{model.card.title} looks at {picture.name}",
        )
    )
    attack, unit = attack_for(now, subject, target), unit_of(now, pixels)
    begun = looked = time.perf_counter()
    for _ in attack.steps():
        ATTACKS[now.method].adjust(attack, settings_of(knobs.now))
        total = attack.max_iterations
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
    norm = NORMS[ATTACKS[now.method].norm]
    found = float(norm.size(attack.delta)) / unit
    yield from explore(knobs, PerturbationPath(subject, attack.delta, found), subject, said, target)


def explore(
    knobs: Knobs[Parameters],
    way: PerturbationPath,
    subject: Subject,
    said: Tensor,
    target: int | None,
) -> Iterator[Frame]:
    """The curve along the way, and the picture where the slider stands, for as long as it turns."""
    for curve in way.sweep(subject.rivals(said, target)):
        yield Frame({"along": curve})
    frame, epsilon = Frame({"along": Curve({}, way.found)}), knobs.now.epsilon
    while True:
        yield frame.then(Frame(rest=True))
        if knobs.now.epsilon != epsilon:
            epsilon = knobs.now.epsilon
            changed, said = way.look(epsilon)
            where = f"{epsilon:.2g}/255 along the way: {subject.verdict(said, target)}"
            frame = subject.tell(changed, said, target).then(
                Frame({"along": Curve({}, epsilon)}, status=where)
            )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The weights are frozen and the picture learns. Both pictures are the same to us, and "
    "the network is sure of something else. Then turn epsilon: where does the class flip? Point at "
    "a picture to read both values there.",
    source="Szegedy et al., 2013; Goodfellow et al., 2014; Moosavi-Dezfooli et al., 2016; Carlini "
    "and Wagner, 2017; Madry et al., 2018",
    metrics=METRICS,
    pictures=1,
    seeded=True,
    lively=True,
)
