"""Without adversaries: if attacks did not work, a picture would turn into what it climbs to."""

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
from lab.networks.shelf import DIGITS, ROBUST_L2
from lab.parameters import RUNNING, Choice, Number, When
from lab.payloads import Curve, Pictures
from lab.workspace import Workspace

# Seconds between two looks at the pictures.
LOOK = 0.05
STARTS = {"picture": "A picture", "noise": "Noise", "black": "Black"}
WHO = ("ordinary", "trained on attacks")


@dataclass(frozen=True)
class Parameters:
    """Two networks, and where the climb begins."""

    ordinary: Annotated[str, Choice("Ordinary network", "models")] = DIGITS
    robust: Annotated[
        str, Choice("Trained on attacks", "models", help="Clearest where they were attacks in L2.")
    ] = ROBUST_L2
    data: Annotated[str, Choice("Data", "datasets", help="What both learned.")] = "digits"
    start: Annotated[str, Choice("Start", STARTS)] = "picture"
    example: Annotated[int, Number("Which picture", 0, 999, when=When("start", "picture"))] = 27
    target: Annotated[
        int, Number("Class that is shown", 0, 999, live=True, help="Or click one of the strips.")
    ] = 2
    sure: Annotated[
        float, Number("Until it is sure by", 0.5, 0.999, step=0.001, live=RUNNING, form=".3f")
    ] = 0.95
    steps: Annotated[int, Number("Steps at most", 1, 2000, log=True)] = 300
    step: Annotated[
        float,
        Number("Step size (L2)", 0.01, 1, log=True, live=RUNNING, form=".2g",
               help="In pixel units, of the whole picture."),
    ] = 0.1  # fmt: skip


OUTPUTS = (
    Output("pictures", Pictures, "The same climb from the same start, until each network is sure",
           (0, 0, 4, 8)),
    Output("probability", Curve, "Both become sure, but one has far to go", (0, 8, 4, 4),
           x="distance from the start (L2, pixel units)", y="probability of the class",
           y_range=(0, 1)),
    Output("ordinary", Pictures, "Ordinary network: sure of all ten classes, and we see the start",
           (4, 0, 2, 12), picks="target"),
    Output("robust", Pictures, "Trained on attacks: to convince it, each class must be painted",
           (6, 0, 2, 12), picks="target"),
)  # fmt: skip

METRICS = (
    Metric("ordinary_distance", "Distance, ordinary", ".2f"),
    Metric("robust_distance", "trained on attacks", ".2f"),
    Metric("ordinary_probability", "Sure, ordinary", ".2f"),
    Metric("robust_probability", "trained on attacks", ".2f"),
)


def start_of(now: Parameters, data: Dataset, device: torch.device) -> Tensor:
    """Where the climb begins: float32 (1, C, H, W) in [0, 1]."""
    shape = (1, *data.test_images.shape[1:])
    if now.start == "noise":
        return torch.rand(shape).to(device)
    if now.start == "black":
        return torch.zeros(shape, device=device)
    index = now.example % len(data.test_labels)
    return to_float(data.test_images[index : index + 1])


class Story:
    """Turns two climbs into frames."""

    def __init__(
        self, climbs: Sequence[TargetedAscent], start: Tensor, classes: Sequence[str]
    ) -> None:
        self._climbs, self._start, self._classes = climbs, start, classes

    def look(self, target: int) -> Frame:
        """The pictures as they are. target: the class that is shown large."""
        target %= len(self._classes)
        name = self._classes[target]
        shown = [self._start, *(climb.images[target : target + 1] for climb in self._climbs)]
        sure = [float(climb.probabilities[target]) for climb in self._climbs]
        away = [float(climb.distances[target]) for climb in self._climbs]
        words = [
            f"{who}: {name} by {p:.2f}, {d:.1f} away"
            for who, p, d in zip(WHO, sure, away, strict=True)
        ]
        distances = [float(climb.distances.mean()) for climb in self._climbs]
        strips = [
            Pictures(
                [as_pixels(climb.images[i : i + 1]) for i in range(len(self._classes))],
                [f"→ {name}" for name in self._classes],
                selected=target,
                columns=len(self._classes),
            )
            for climb in self._climbs
        ]
        return Frame(
            {
                "pictures": Pictures(
                    [as_pixels(picture) for picture in shown], ["the start", *words], columns=3
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
    """Climb on both, turn about; then show whichever class is asked for."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}")
    data = workspace.data(now.data)
    models = [workspace.trained_on(data, name) for name in (now.ordinary, now.robust)]
    start = start_of(now, data, workspace.device)
    climbs = [TargetedAscent(model, start) for model in models]
    story = Story(climbs, start, data.classes)
    yield story.look(now.target).then(story.point(now.target))
    pace, steps = knobs.every(LOOK), 0
    while True:
        moved = 0
        if steps < now.steps:
            moved = sum([climb.step(knobs.now.step, knobs.now.sure) for climb in climbs])
        steps += 1
        if moved and not pace.due():
            yield Frame()
            continue
        frame = story.look(knobs.now.target).then(story.point(now.target))
        status = f"step {steps}: {moved} pictures still climb"
        if not moved:
            status, steps = "click a class", min(steps, now.steps)
        yield frame.then(Frame(status=status, progress=steps / now.steps, rest=not moved))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Climb the score of a class in the pixels. The ordinary network is soon sure, and we "
    "see the start with some noise: an adversarial example. Where small changes no longer work, "
    "the only way to convince the network is to paint the class.",
    source="Goodfellow et al., 2014; Madry et al., 2018; Santurkar et al., 2019",
    metrics=METRICS,
    seeded=True,
    lively=True,
    quick={"steps": 5},
    main="pictures",
)
