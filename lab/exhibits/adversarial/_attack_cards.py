"""Attack on one image: original, perturbation, adversarial example, and the path between them."""

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

# The most probable classes of either image are shown.
TOP = 3
# Points of the curve against epsilon, and its end in units of the perturbation that was found.
POINTS, BEYOND = 33, 2.0
# One level of a channel.
LEVEL = 1 / 255
# Images of that curve per batch.
TOGETHER = 2


def written(epsilon: float) -> str:
    """A size in pixel units, and the same in 1/255."""
    return f"{epsilon:.2g} = {epsilon / LEVEL:.3g}/255"


@dataclass(frozen=True)
class Subject:
    """The image under attack, float32 (1, C, H, W), and its class probabilities, (classes,)."""

    model: Classifier
    pixels: Tensor
    clean: Tensor

    @property
    def said(self) -> int:
        """The class predicted for the original."""
        return int(self.clean.argmax())

    def pictures(self, changed: Tensor, probabilities: Tensor) -> Pictures:
        """Original, perturbation (enlarged, zero is grey) and perturbed image, side by side."""
        delta = changed - self.pixels
        largest = float(delta.abs().max())
        factor = max(round(0.5 / largest), 1) if largest > 0 else 1
        said = int(probabilities.argmax())
        words = f"perturbation × {factor}, L∞ norm {written(largest)}"
        outcome = "not adversarial yet" if said == self.said else "adversarial example"
        return Pictures(
            [as_pixels(self.pixels), as_pixels(0.5 + factor * delta), as_pixels(changed)],
            [
                f"original: {self._says(self.said, self.clean)}",
                words if largest > 0 else "no perturbation yet",
                f"{outcome}: {self._says(said, probabilities)}",
            ],
            tones=["good", "", "good" if said == self.said else "bad"],
            columns=3,
            compared=(0, 2),
        )

    def bars(self, probabilities: Tensor, target: int | None) -> Bars:
        """The most probable classes of both images, and the target class."""
        wanted = [] if target is None else [target]
        order = [self.said, int(probabilities.argmax()), *wanted]
        for i in range(min(TOP, len(self.clean))):
            order += [int(p.argsort(descending=True)[i]) for p in (probabilities, self.clean)]
        chosen = list(dict.fromkeys(order))[: 2 * TOP - 1]
        series = {"original": self.clean[chosen], "adversarial": probabilities[chosen]}
        return Bars(
            [self.model.classes[i] for i in chosen],
            {name: values.double().numpy() for name, values in series.items()},
            highlight=chosen.index(int(probabilities.argmax())),
        )

    def tell(self, changed: Tensor, said: Tensor, target: int | None) -> Frame:
        """Images and class probabilities; said: of the perturbed one, float32 (classes,)."""
        pictures, bars = self.pictures(changed, said), self.bars(said, target)
        return Frame({"pictures": pictures, "probabilities": bars})

    def verdict(self, said: Tensor, target: int | None, advice: str = "") -> str:
        """The outcome in a line. advice: what to do where the attack did not succeed."""
        names, index = self.model.classes, int(said.argmax())
        then = f": {advice}" if advice else ""
        if index == self.said:
            return f"still {self._says(index, said)}{then}"
        if target is not None and index != target:
            return f"{self._says(index, said)}, not yet the target class {names[target]}{then}"
        return f"fooled: {names[self.said]} is classified as {self._says(index, said)}"

    def rivals(self, said: Tensor, target: int | None) -> dict[str, int]:
        """Label -> index of the original class and the one that the attack leads to."""
        best, second = said.topk(2).indices.tolist()
        # Where the class did not flip, the second most probable one.
        aim = target if target is not None else second if best == self.said else best
        names = self.model.classes
        # ImageNet has two cranes.
        other = names[aim] if names[aim] != names[self.said] else f"{names[aim]} ({aim})"
        return {names[self.said]: self.said, other: aim}

    def _says(self, index: int, probabilities: Tensor) -> str:
        return f"{self.model.classes[index]} (p = {probabilities[index]:.2f})"


class PerturbationPath:
    """The straight line from the original through the adversarial example, and beyond.

    delta: the perturbation that was found. found: its size as an epsilon, in pixel units.
    """

    def __init__(self, subject: Subject, delta: Tensor, found: float) -> None:
        self.subject, self._delta, self.found = subject, delta, found
        self._attacked = AttackedModel(subject.model)

    def at(self, epsilon: float) -> Tensor:
        """The image with the perturbation scaled to `epsilon`, (1, C, H, W) in [0, 1]."""
        share = epsilon / self.found if self.found else 0.0
        return (self.subject.pixels + share * self._delta).clamp(0, 1)

    def look(self, epsilon: float) -> tuple[Tensor, Tensor]:
        """(the image at that size, its class probabilities, (classes,))."""
        picture = self.at(epsilon)
        return picture, self._attacked.logits(picture)[0].softmax(0).cpu()

    def sweep(self, classes: dict[str, int]) -> Iterator[Curve]:
        """The probability of each of `classes` against epsilon, a few points at a time."""
        ends = np.linspace(0, BEYOND * (self.found or LEVEL), POINTS)
        for some in np.array_split(ends, -(-POINTS // TOGETHER)):
            pictures = torch.cat([self.at(float(epsilon)) for epsilon in some])
            p = self._attacked.logits(pictures).softmax(1).cpu().double().numpy()
            yield Curve({name: (some, p[:, index]) for name, index in classes.items()})


def explore(
    path: PerturbationPath,
    said: Tensor,
    target: int | None,
    asked: float,
    epsilon: Callable[[], float],
) -> Iterator[Frame]:
    """The curve against epsilon, then the image at the slider's epsilon whenever it changes.

    said: class probabilities after the attack. asked: the epsilon of the attack; until `epsilon()`
    differs from it, the adversarial example that was found is shown.
    """
    subject, frame = path.subject, Frame({"along": Curve({}, path.found)})
    for curve in path.sweep(subject.rivals(said, target)):
        yield Frame({"along": curve})
    while True:
        if epsilon() != asked:
            asked = epsilon()
            changed, said = path.look(asked)
            where = f"at ε = {written(asked)}: {subject.verdict(said, target)}"
            frame = subject.tell(changed, said, target).then(
                Frame({"along": Curve({}, asked)}, status=where)
            )
        yield frame.then(Frame(rest=True))
