"""Class images: climb the score of a class in the pixels, and see what the network looks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output
from lab.explanation.ascent import Ascent, AscentSettings, Reading
from lab.explanation.objectives import Channel, ClassScore, Objective
from lab.networks.classes import class_index
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.parameters import AUTO, Choice, Number, Switch
from lab.payloads import Bars, Curve, Note, Pictures
from lab.workspace import Workspace

FIVE = 5
ROWS = ("without", "with")
# Seconds between two looks at the pictures as they are, each a pass of its own.
LOOK = 0.25
# From this probability on the network is said to recognise a picture.
SURE = 0.9


@dataclass(frozen=True)
class Parameters:
    """What is climbed, from where, and the regularisers, which turn while it climbs."""

    model: Annotated[str, Choice("Network", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    target: Annotated[
        str,
        Choice("Class", "classes", of="model", help="At first the class of the chosen picture."),
    ] = "top"
    layer: Annotated[
        str, Choice("Or a layer", "layers", of="model", auto="None: the class score")
    ] = AUTO
    channel: Annotated[int, Number("Its channel", 0, 4095)] = 0
    unit: Annotated[bool, Switch("Only the unit in the middle")] = False
    start: Annotated[str, Choice("Start", {"zero": "Zero", "random": "Random"})] = "zero"
    climb: Annotated[
        str,
        Choice("Climb in", {"fourier": "Fourier, colours apart", "pixels": "Pixels"},
               help="With regularisers; without, it is always in pixels."),
    ] = "fourier"  # fmt: skip
    steps: Annotated[int, Number("Steps", 1, 2000, log=True)] = 128
    rate: Annotated[float, Number("Step size", 0.001, 0.2, log=True, live=True)] = 0.05
    l2: Annotated[float, Number("L2 of the image", 0, 0.2, log=True, live=True, form=".2g")] = 0.005
    blur: Annotated[
        float,
        Number("Gaussian blur", 0, 8, step=0.1, unit="px", live=True,
               help="At the first step; by the last it fades, so that shapes come before detail."),
    ] = 3.0  # fmt: skip
    clip_small: Annotated[
        float, Number("Small pixels to zero", 0, 0.9, step=0.005, live=True, form=".1%")
    ] = 0.005
    clip_small_gradient: Annotated[
        float, Number("Small gradients to zero", 0, 0.9, step=0.005, live=True, form=".1%")
    ] = 0.005
    jitter: Annotated[int, Number("Jitter", 0, 64, unit="px", live=True)] = 16
    crop: Annotated[float, Number("Random zoom", 0, 0.8, step=0.05, live=True, form=".0%")] = 0.7
    rotate: Annotated[float, Number("Random turn", 0, 45, step=1, unit="°", live=True)] = 8.0


OUTPUTS = (
    Output("without", Pictures, "Without regularisers: noise that scores", (0, 0, 5, 4)),
    Output("with", Pictures, "With: what the network looks for", (0, 4, 5, 4)),
    Output("score", Curve, "The score that is climbed", (0, 8, 4, 4), x="step", y="score"),
    Output("probability", Curve, "Its probability", (4, 8, 4, 4),
           x="step", y="probability", y_range=(0, 1)),
    Output("top", Bars, "What the network says of “with”", (5, 0, 3, 4), x="probability"),
    Output("reading", Note, "How to read it", (5, 4, 3, 4)),
)  # fmt: skip

METRICS = (
    Metric("score_start", "Score at first", ".1f"),
    Metric("score_end", "Now", ".1f"),
    Metric("score_end_without", "Without", ".1f"),
    Metric("probability_end", "Probability"),
    Metric("steps_per_second", "Steps a second", ".0f", shown=False),
)


def settings_of(now: Parameters, done: float) -> tuple[AscentSettings, AscentSettings]:
    """(without, with): plain ascent, and with every regulariser as it stands.

    done: the share of the steps that are made. The blur fades with it: it first leaves only large
    shapes, which the network then fills with detail. A blur that stays takes the detail too, and
    without one the detail comes first, everywhere, and no shape follows.
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
    """The class score, or the channel or unit of a layer that was chosen instead."""
    if now.layer == AUTO:
        return ClassScore(target)
    return Channel(now.layer, now.channel, now.unit)


def reading(name: str, seen: Reading, target: int | None) -> Note:
    """What the two probabilities teach."""
    if target is None:
        return Note(
            f"This is what excites {name} most. Early layers like edges and colours, later ones "
            "textures, parts and things."
        )
    without, with_ = seen.probabilities[:, target].tolist()
    if with_ < SURE:
        return Note(
            f"The network says {name} with {with_:.2f}. Give it more steps, or weaken what holds "
            "the picture back.",
            "bad",
        )
    if without < SURE:
        return Note(
            f"The network recognises {name}, with {with_:.2f}, in the picture with.", "good"
        )
    return Note(
        f"The network is sure of {name} in both ({without:.2f} and {with_:.2f}); we can see it in "
        "one at most. A high score does not make a picture: the regularisers keep to what pictures "
        "are like.",
        "good",
    )


class Story:
    """Turns the state of the ascent into frames."""

    def __init__(self, model: Classifier, ascent: Ascent, name: str, target: int | None) -> None:
        self._model, self._ascent, self._name, self._target = model, ascent, name, target
        self._aim = "the most probable class" if target is None else name
        self._before: float | None = None
        self._begun = time.perf_counter()

    def look(self, total: int) -> Frame:
        """The pictures, and what the network makes of them."""
        pictures, seen = self._ascent.pictures(), self._ascent.read()
        step = self._ascent.steps
        scores = seen.scores.tolist()
        if self._before is None:
            self._before = scores[1]
        spent = time.perf_counter() - self._begun
        outputs = self._outputs(pictures, seen, scores, step)
        probabilities = seen.probabilities
        aim = int(probabilities[1].argmax()) if self._target is None else self._target
        pace = step / spent if step else 0.0
        return Frame(
            outputs,
            {
                "score_start": self._before,
                "score_end": scores[1],
                "score_end_without": scores[0],
                "probability_end": float(probabilities[1, aim]),
                "steps_per_second": pace,
            },
            f"step {step} of {total} towards {self._name}",
            step / total,
            f"{pace:.0f} steps/s",
        )

    def _outputs(
        self, pictures: Tensor, seen: Reading, scores: list[float], step: int
    ) -> dict[str, Pictures | Curve | Bars | Note]:
        probabilities = seen.probabilities
        values, indices = probabilities[1].topk(min(FIVE, probabilities.shape[1]))
        labels = [self._model.classes[i] for i in indices.tolist()]
        if self._target is None:
            aims = {"most probable": (step, float(values[0]))}
        else:
            both = probabilities[:, self._target].tolist()
            aims = {name: (step, value) for name, value in zip(ROWS, both, strict=True)}
        return {
            **{
                name: Pictures([as_pixels(pictures[k : k + 1])], [f"score {scores[k]:.1f}"])
                for k, name in enumerate(ROWS)
            },
            "score": Curve({name: (step, scores[k]) for k, name in enumerate(ROWS)}),
            "probability": Curve(aims, title=f"Probability of {self._aim}"),
            "top": Bars(labels, {"probability": values.cpu().numpy().astype(np.float64)}),
            "reading": reading(self._name, seen, self._target),
        }


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Climb so many steps, and as many again as often as that is asked for."""
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
        name = f"{'unit' if now.unit else 'channel'} {now.channel} of {now.layer}"
        story = Story(model, ascent, name, None)
    else:
        story = Story(model, ascent, model.classes[target], target)
    total = now.steps
    yield story.look(total)
    looked = time.perf_counter()
    while True:
        while ascent.steps < total:
            ascent.step(settings_of(knobs.now, ascent.steps / total))
            if time.perf_counter() - looked > LOOK:
                yield story.look(total)
                looked = time.perf_counter()
            else:
                yield Frame(progress=ascent.steps / total)
        yield story.look(total).then(Frame(rest=True))
        if knobs.take("further"):
            total += knobs.now.steps


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The network is frozen; the picture learns. Without regularisers the score rises and "
    "nothing can be seen; with them, what the network looks for appears. Turn them while it "
    "climbs.",
    source="Simonyan et al., 2014; Yosinski et al., 2015; Olah et al., 2017",
    metrics=METRICS,
    actions=(Action("further", "Climb further", "As many steps again, from where it stands"),),
    pictures=1,
    seeded=True,
    lively=True,
)
