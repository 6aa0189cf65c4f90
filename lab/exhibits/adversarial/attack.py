"""Attack: change a picture so little that nobody sees it, and so that the network says another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch

from lab.attacks import ATTACKS, EPSILON, NORMS, Attack, AttackSettings, titles, using
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.adversarial._attack_story import PerturbationPath, Subject, explore
from lab.networks.classes import TOP, class_index
from lab.networks.models import Classifier
from lab.parameters import AUTO, RUNNING, Choice, Number, Switch, When, applies
from lab.payloads import Bars, Curve, Pictures
from lab.workspace import Workspace

METHODS = titles("descent", "fgsm", "pgd", "pgd_l2", "carlini_wagner", "deepfool")
# Those that can be told a class to go to.
AIMED = tuple(name for name in METHODS if ATTACKS[name].targeted)
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
               help="Type a part of its name: school bus.",
               when=When("method", *AIMED)),
    ] = AUTO  # fmt: skip
    epsilon: Annotated[
        float,
        Number("Epsilon", 0, 0.5, log=True, per=255, live=True, form=".2g",
               help="How far a value may move, in pixel units, 0 to 1; in L2 the root of the mean "
               "square. Afterwards it moves along what was found."),
    ] = 2 / 255  # fmt: skip
    step: Annotated[
        float,
        Number("Step", 0.05 / 255, 16 / 255, log=True, per=255, live=RUNNING, form=".2g",
               help="In pixel units; the plain update begins with it.",
               when=When("method", *using("step", *METHODS))),
    ] = 0.5 / 255  # fmt: skip
    iterations: Annotated[
        int,
        Number("Iterations", 1, 1000, log=True, live=RUNNING,
               when=When("method", *using("iterations", *METHODS))),
    ] = 20  # fmt: skip
    restarts: Annotated[
        int,
        Number("Random starts", 1, 20, help="Until one of them fools.",
               when=When("method", *using("restarts", *METHODS))),
    ] = 1  # fmt: skip
    on: Annotated[
        bool,
        Switch("Go on when it is fooled", live=RUNNING, help="Until it is sure of it.",
               when=When("method", *using("early_stop", *METHODS))),
    ] = True  # fmt: skip


OUTPUTS = (
    Output("pictures", Pictures, "The same picture to us, another to the network", (0, 0, 5, 12)),
    Output("probabilities", Bars, "What the network says of both", (5, 0, 4, 6), x="probability"),
    Output("along", Curve, "Where the class flips on the way from one to the other",
           (5, 6, 4, 6), x=EPSILON, y="probability", y_range=(0, 1)),
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


def target_of(model: Classifier, now: Parameters, clean: int) -> int | None:
    """The wanted class, None for any other. UserError for what the network says already."""
    if now.target == AUTO or not applies(now, "target"):
        return None
    target = clean if now.target == TOP else class_index(model.classes, now.target)
    if target == clean:
        said = model.classes[clean]
        raise UserError(f"target={now.target}: the network says {said} already: choose another")
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
        now.epsilon, now.iterations, now.step, now.restarts, early_stop=not now.on
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
    method, attack, asked = ATTACKS[now.method], attack_for(now, subject, target), now.epsilon
    begun, pace = knobs.clock(), knobs.every(LOOK)
    for _ in attack.steps():
        if "epsilon" in method.uses:
            asked = now.epsilon  # what the step that was just made kept to
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
            status=subject.verdict(said, target),
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
    caption="The weights are frozen and the picture learns. Both pictures are the same to us, and "
    "the network is sure of something else. Then turn epsilon: where does the class flip? Point at "
    "a picture to read both values there.",
    source="Szegedy et al., 2013; Goodfellow et al., 2014; Moosavi-Dezfooli et al., 2016; Carlini "
    "and Wagner, 2017; Madry et al., 2018",
    metrics=METRICS,
    pictures=1,
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "iterations": 3},
    picture="chelsea",
    main="pictures",
)
