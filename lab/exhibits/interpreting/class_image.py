"""Activation maximisation: gradient ascent on a class score or a neuron, in the image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch

from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.interpreting._class_image_cards import ClassImageCards
from lab.explanation.ascent import Ascent, AscentSettings
from lab.explanation.objectives import Channel, ClassScore, Objective
from lab.networks.classes import class_index
from lab.parameters import AUTO, RUNNING, Choice, Number, Switch, Unless, When
from lab.payloads import Bars, Curve, Note, Pictures
from lab.workspace import Workspace

# Seconds between two updates of the images, each of which takes a forward pass.
LOOK = 0.25


@dataclass(frozen=True)
class Parameters:
    """The objective, the initial image, and the regularisation, which is live."""

    model: Annotated[str, Choice("Model", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    target: Annotated[
        str,
        Choice("Class", "classes", of="model", help="Predicted class: of the chosen image.",
               when=When("layer", AUTO)),
    ] = "top"  # fmt: skip
    layer: Annotated[
        str, Choice("Or a layer", "layers", of="model", auto="None: the class score")
    ] = AUTO
    channel: Annotated[int, Number("Channel of the layer", 0, 4095, when=Unless("layer", AUTO))] = 0
    unit: Annotated[bool, Switch("Single neuron (centre)", when=Unless("layer", AUTO))] = False
    start: Annotated[str, Choice("Initial image", {"zero": "Zero", "random": "Random"})] = "zero"
    climb: Annotated[
        str,
        Choice("Parametrisation", {"fourier": "Fourier, decorrelated colour", "pixels": "Pixels"},
               help="Of the regularised image; the other one is always in pixels."),
    ] = "fourier"  # fmt: skip
    steps: Annotated[int, Number("Steps", 1, 2000, log=True)] = 128
    rate: Annotated[float, Number("Step size", 0.001, 0.2, log=True, live=RUNNING)] = 0.05
    l2: Annotated[float, Number("L2 decay", 0, 0.2, log=True, live=RUNNING, form=".2g")] = 0.005
    blur: Annotated[
        float,
        Number("Gaussian blur", 0, 8, step=0.1, unit="px", live=RUNNING,
               help="At the first step; it fades to 0, so that shapes come before detail."),
    ] = 3.0  # fmt: skip
    clip_small: Annotated[
        float, Number("Small pixels clipped to 0", 0, 0.9, step=0.005, live=RUNNING, form=".1%")
    ] = 0.005
    clip_small_gradient: Annotated[
        float, Number("Small gradients clipped to 0", 0, 0.9, step=0.005, live=RUNNING, form=".1%")
    ] = 0.005
    jitter: Annotated[int, Number("Jitter", 0, 64, unit="px", live=RUNNING)] = 16
    crop: Annotated[float, Number("Random scale", 0, 0.8, step=0.05, live=RUNNING, form=".0%")] = (
        0.7
    )
    rotate: Annotated[float, Number("Random rotation", 0, 45, step=1, unit="°", live=RUNNING)] = 8.0


OUTPUTS = (
    Output("without", Pictures, "Without regularisation", (0, 0, 5, 4)),
    Output("with", Pictures, "With regularisation", (0, 4, 5, 4)),
    Output("score", Curve, "Class score (before softmax)", (0, 8, 4, 4), x="step", y="score"),
    Output("probability", Curve, "Class probability", (4, 8, 4, 4),
           x="step", y="probability", y_range=(0, 1)),
    Output("top", Bars, "Class probabilities with regularisation, top 5", (5, 0, 3, 4),
           x="probability"),
    Output("reading", Note, "How to read it", (5, 4, 3, 4)),
)  # fmt: skip

METRICS = (
    Metric("score_start", "Initial score", ".1f"),
    Metric("score_end", "Regularised score", ".1f"),
    Metric("score_end_without", "Unregularised score", ".1f"),
    Metric("probability_end", "Probability"),
    Metric("steps_per_second", "Steps per second", ".0f", shown=False, timed=True),
)


def settings_of(now: Parameters, done: float) -> tuple[AscentSettings, AscentSettings]:
    """(without, with): plain ascent, and ascent with the current regularisation.

    done: the share of the steps that are made. The blur fades with it, so that large shapes come
    first and detail later. A constant blur removes the detail too; without any blur the detail
    comes first, everywhere, and no shape follows.
    """
    return AscentSettings(), AscentSettings(
        rate=now.rate,
        l2=now.l2,
        blur=now.blur * (1 - done) ** 2,
        clip_small=now.clip_small,
        clip_small_gradient=now.clip_small_gradient,
        jitter=now.jitter,
        crop=now.crop,
        rotate=now.rotate,
    )


def objective_of(now: Parameters, target: int) -> Objective:
    """The class score, or the channel or neuron of a layer that was chosen instead."""
    if now.layer == AUTO:
        return ClassScore(target)
    return Channel(now.layer, now.channel, now.unit)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Gradient ascent for so many steps, and as many again whenever that is asked for."""
    now = knobs.now
    yield Frame(status=f"loading {now.model}", progress=0.0)
    model = workspace.shelf.get(now.model, workspace.device)
    target = class_index(model.classes, now.target)
    if target is None:
        with torch.no_grad():
            target = int(model(model.prepare(workspace.picture.pixels)).argmax())
    objective = objective_of(now, target)
    rows = ("pixels", now.climb)
    ascent = Ascent(model, objective, rows, start=now.start, seed=workspace.seed)
    if isinstance(objective, Channel):
        name = f"{'neuron' if now.unit else 'channel'} {now.channel} of {now.layer}"
        cards = ClassImageCards(knobs, model, ascent, name, None)
    else:
        cards = ClassImageCards(knobs, model, ascent, model.classes[target], target)
    total = now.steps
    yield cards.look(total)
    pace = knobs.every(LOOK)
    while True:
        while ascent.steps < total:
            ascent.step(settings_of(knobs.now, ascent.steps / total))
            if pace.due():
                yield cards.look(total)
                pace.restart()
            else:
                yield Frame(progress=ascent.steps / total)
        yield cards.look(total).then(Frame(rest=True))
        if knobs.take("further"):
            total += knobs.now.steps


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The network is frozen; gradient ascent on the class score updates the image. Without "
    "regularisation the score rises and we see noise, as in an adversarial example; with it, a "
    "typical example of the class appears. The regularisers are live.",
    source="Simonyan et al., 2014; Yosinski et al., 2015; Olah et al., 2017",
    metrics=METRICS,
    actions=(Action("further", "Continue", "As many steps again"),),
    pictures=1,
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "steps": 5},
    picture="coffee",
    main="with",
)
