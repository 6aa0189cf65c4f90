"""How an attack on one picture is told: what was asked, what is said now, and the way between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lab.attacks.attacked_model import AttackedModel
from lab.exhibit import Frame
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.payloads import Bars, Curve, Pictures

# Classes in the bars: the most probable of either picture.
TOP = 3
# Points of the curve along the way, and how far beyond what was found it goes.
POINTS, BEYOND = 33, 2.0
# One level of a channel.
LEVEL = 1 / 255
# Pictures of the way that go through the network at a time.
TOGETHER = 2


def written(epsilon: float) -> str:
    """An amount in pixel units, with the levels that it comes to beside it."""
    return f"{epsilon:.2g} = {epsilon / LEVEL:.3g}/255"


@dataclass(frozen=True)
class Subject:
    """The picture under attack, float32 (1, C, H, W), and what the model said of it, (classes,)."""

    model: Classifier
    pixels: Tensor
    clean: Tensor

    @property
    def said(self) -> int:
        """The class that it is taken for as it is."""
        return int(self.clean.argmax())

    def pictures(self, changed: Tensor, probabilities: Tensor) -> Pictures:
        """Original, what was added (made visible), and changed, side by side."""
        delta = changed - self.pixels
        largest = float(delta.abs().max())
        factor = max(round(0.5 / largest), 1) if largest > 0 else 1
        said = int(probabilities.argmax())
        words = f"the difference × {factor}, at most {written(largest)}"
        return Pictures(
            [as_pixels(self.pixels), as_pixels(0.5 + factor * delta), as_pixels(changed)],
            [
                f"original: {self._says(self.said, self.clean)}",
                words if largest > 0 else "nothing is added yet",
                f"changed: {self._says(said, probabilities)}",
            ],
            tones=["good", "", "good" if said == self.said else "bad"],
            columns=3,
            compared=(0, 2),
        )

    def bars(self, probabilities: Tensor, target: int | None) -> Bars:
        """The most probable classes of both pictures, and the wanted one."""
        wanted = [] if target is None else [target]
        order = [self.said, int(probabilities.argmax()), *wanted]
        for i in range(min(TOP, len(self.clean))):
            order += [int(p.argsort(descending=True)[i]) for p in (probabilities, self.clean)]
        chosen = list(dict.fromkeys(order))[: 2 * TOP - 1]
        series = {"original": self.clean[chosen], "changed": probabilities[chosen]}
        return Bars(
            [self.model.classes[i] for i in chosen],
            {name: values.double().numpy() for name, values in series.items()},
            highlight=chosen.index(int(probabilities.argmax())),
        )

    def tell(self, changed: Tensor, said: Tensor, target: int | None) -> Frame:
        """The pictures, and what the network says of them: said, float32 (classes,)."""
        pictures, bars = self.pictures(changed, said), self.bars(said, target)
        return Frame({"pictures": pictures, "probabilities": bars})

    def verdict(self, said: Tensor, target: int | None) -> str:
        """A line: who won."""
        names, index = self.model.classes, int(said.argmax())
        if index == self.said:
            return f"still {self._says(index, said)}: give it more epsilon or more iterations"
        if target is not None and index != target:
            return f"{self._says(index, said)}: not yet {names[target]}"
        return f"fooled: {names[self.said]} is taken for {self._says(index, said)}"

    def rivals(self, said: Tensor, target: int | None) -> dict[str, int]:
        """Label -> index of the two classes that are fought over."""
        best, second = said.topk(2).indices.tolist()
        # Where nothing flipped the runner-up is what came closest.
        aim = target if target is not None else second if best == self.said else best
        names = self.model.classes
        # ImageNet has two cranes.
        other = names[aim] if names[aim] != names[self.said] else f"{names[aim]} ({aim})"
        return {names[self.said]: self.said, other: aim}

    def _says(self, index: int, probabilities: Tensor) -> str:
        return f"{self.model.classes[index]}, {probabilities[index]:.2f}"


class PerturbationPath:
    """The straight way from the picture through the one that was found, and on.

    delta: the perturbation that was found. found: its size as an epsilon, in pixel units.
    """

    def __init__(self, subject: Subject, delta: Tensor, found: float) -> None:
        self.subject, self._delta, self.found = subject, delta, found
        self._victim = AttackedModel(subject.model)

    def at(self, epsilon: float) -> Tensor:
        """The picture so far along the way, (1, C, H, W) in [0, 1]."""
        share = epsilon / self.found if self.found else 0.0
        return (self.subject.pixels + share * self._delta).clamp(0, 1)

    def look(self, epsilon: float) -> tuple[Tensor, Tensor]:
        """(the picture there, what the model says of it, (classes,))."""
        picture = self.at(epsilon)
        return picture, self._victim.logits(picture)[0].softmax(0).cpu()

    def sweep(self, classes: dict[str, int]) -> Iterator[Curve]:
        """The probability of each of `classes` along the way, a few points at a time."""
        ends = np.linspace(0, BEYOND * (self.found or LEVEL), POINTS)
        for some in np.array_split(ends, -(-POINTS // TOGETHER)):
            pictures = torch.cat([self.at(float(epsilon)) for epsilon in some])
            p = self._victim.logits(pictures).softmax(1).cpu().double().numpy()
            yield Curve({name: (some, p[:, index]) for name, index in classes.items()})


def explore(
    path: PerturbationPath,
    said: Tensor,
    target: int | None,
    asked: float,
    epsilon: Callable[[], float],
) -> Iterator[Frame]:
    """The curve along the way, and the picture where the slider stands, for as long as it turns.

    said: what the model says at the end. asked: the epsilon that the attack kept to, or began with
    where it keeps to none; until `epsilon()` is another one, what was found is shown.
    """
    subject, frame = path.subject, Frame({"along": Curve({}, path.found)})
    for curve in path.sweep(subject.rivals(said, target)):
        yield Frame({"along": curve})
    while True:
        if epsilon() != asked:
            asked = epsilon()
            changed, said = path.look(asked)
            where = f"ε {written(asked)}, along the way: {subject.verdict(said, target)}"
            frame = subject.tell(changed, said, target).then(
                Frame({"along": Curve({}, asked)}, status=where)
            )
        yield frame.then(Frame(rest=True))
