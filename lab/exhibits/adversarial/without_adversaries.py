"""Gradient ascent on a class score: an attack on one network, the class itself on a robust one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from lab.attacks.targeted_ascent import TargetedAscent
from lab.datasets import Dataset
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.networks.pixels import as_pixels, to_float
from lab.networks.shipped import DIGITS, ROBUST_L2
from lab.parameters import RUNNING, Choice, Number, When
from lab.payloads import Curve, Pictures
from lab.workspace import Workspace

# Seconds between two updates of the images.
LOOK = 0.05
STARTS = {"picture": "Test image", "noise": "Random noise", "black": "Zero (black)"}
WHO = ("standard", "adversarially trained")


@dataclass(frozen=True)
class Parameters:
    """Two networks, and the start of the gradient ascent."""

    ordinary: Annotated[str, Choice("Standard model", "models")] = DIGITS
    robust: Annotated[
        str,
        Choice("Adversarially trained model", "models", help="Clearest with L2 attacks."),
    ] = ROBUST_L2
    data: Annotated[
        str, Choice("Dataset", "datasets", help="The one that both were trained on.")
    ] = "digits"
    start: Annotated[str, Choice("Initial image", STARTS)] = "picture"
    example: Annotated[int, Number("Test image", 0, 999, when=When("start", "picture"))] = 27
    target: Annotated[
        int, Number("Target class shown", 0, 999, live=True, help="Or click an image of a strip.")
    ] = 2
    sure: Annotated[
        float, Number("Target confidence", 0.5, 0.999, step=0.001, live=RUNNING, form=".3f")
    ] = 0.95
    steps: Annotated[int, Number("Maximum steps", 1, 2000, log=True)] = 300
    step: Annotated[
        float,
        Number("Step size (L2)", 0.01, 1, log=True, live=RUNNING, form=".2g",
               help="In pixel units, of the whole image."),
    ] = 0.1  # fmt: skip


OUTPUTS = (
    Output("pictures", Pictures, "Gradient ascent on the class score, from the same initial image",
           (0, 0, 4, 8)),
    Output("probability", Curve, "Class probability against L2 distance", (0, 8, 4, 4),
           x="L2 distance from the initial image (pixel units)", y="class probability",
           y_range=(0, 1)),
    Output("ordinary", Pictures, "Standard model: each target class is predicted, and we do not "
           "see it", (4, 0, 2, 12), picks="target"),
    Output("robust", Pictures, "Adversarially trained model: to be predicted, the class must "
           "become visible", (6, 0, 2, 12), picks="target"),
)  # fmt: skip

METRICS = (
    Metric("ordinary_distance", "Mean L2 distance, standard", ".2f"),
    Metric("robust_distance", "adversarially trained", ".2f"),
    Metric("ordinary_probability", "Confidence, standard", ".2f"),
    Metric("robust_probability", "adversarially trained", ".2f"),
)


def start_of(now: Parameters, data: Dataset, device: torch.device) -> Tensor:
    """The initial image, float32 (1, C, H, W) in [0, 1]."""
    shape = (1, *data.test_images.shape[1:])
    if now.start == "noise":
        return torch.rand(shape).to(device)
    if now.start == "black":
        return torch.zeros(shape, device=device)
    index = now.example % len(data.test_labels)
    return to_float(data.test_images[index : index + 1])


class AscentCards:
    """Frames from the gradient ascent on both networks."""

    def __init__(
        self, climbs: Sequence[TargetedAscent], start: Tensor, classes: Sequence[str]
    ) -> None:
        self._climbs, self._start, self._classes = climbs, start, classes

    def look(self, target: int) -> Frame:
        """The images after the last step. target: the class that is shown large."""
        target %= len(self._classes)
        name = self._classes[target]
        shown = [self._start, *(climb.images[target : target + 1] for climb in self._climbs)]
        sure = [float(climb.probabilities[target]) for climb in self._climbs]
        away = [float(climb.distances[target]) for climb in self._climbs]
        words = [
            f"{who}: {name} (p = {p:.2f})\nL2 distance {d:.1f}"
            for who, p, d in zip(WHO, sure, away, strict=True)
        ]
        distances = [float(climb.distances.mean()) for climb in self._climbs]
        strips = [
            Pictures(
                [as_pixels(climb.images[i : i + 1]) for i in range(len(self._classes))],
                [f"→ {name}" for name in self._classes],
                selected=target,
            )
            for climb in self._climbs
        ]
        return Frame(
            {
                "pictures": Pictures(
                    [as_pixels(picture) for picture in shown], ["initial image", *words], columns=3
                ),
                "ordinary": strips[0],
                "robust": strips[1],
            },
            {
                "ordinary_distance": distances[0],
                "robust_distance": distances[1],
                "ordinary_probability": sure[0],
                "robust_probability": sure[1],
            },
        )

    def point(self, target: int) -> Frame:
        """One more point of each curve."""
        row = target % len(self._classes)
        points = {
            who: (float(climb.distances[row]), float(climb.probabilities[row]))
            for who, climb in zip(WHO, self._climbs, strict=True)
        }
        return Frame({"probability": Curve(points)})


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Gradient ascent on both networks in turn; then the class that is chosen."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}")
    data = workspace.data(now.data)
    models = [workspace.trained_on(data, name) for name in (now.ordinary, now.robust)]
    start = start_of(now, data, workspace.device)
    climbs = [TargetedAscent(model, start) for model in models]
    cards = AscentCards(climbs, start, data.classes)
    yield cards.look(now.target).then(cards.point(now.target))
    pace, steps = knobs.every(LOOK), 0
    while True:
        moved = 0
        if steps < now.steps:
            moved = sum([climb.step(knobs.now.step, knobs.now.sure) for climb in climbs])
        steps += 1
        if moved and not pace.due():
            yield Frame()
            continue
        frame = cards.look(knobs.now.target).then(cards.point(now.target))
        status = f"step {steps}: {moved} images below the target confidence"
        if not moved:
            status, steps = "done: click a class to see it large", min(steps, now.steps)
        yield frame.then(Frame(status=status, progress=steps / now.steps, rest=not moved))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Gradient ascent on the score of a class, in the pixels. On the standard model we "
    "see the initial image with some noise: an adversarial example. Where small perturbations do "
    "not work, as after adversarial training, the image itself must become the class.",
    source="Goodfellow et al., 2014; Madry et al., 2018; Santurkar et al., 2019",
    metrics=METRICS,
    seeded=True,
    lively=True,
    quick={"steps": 5},
    main="pictures",
)
