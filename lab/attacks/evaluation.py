"""How many of many pictures a network still gets right when each of them is attacked."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab.attacks import Attack, Fgsm, Pgd

ATTACKS = {"clean": "Clean", "fgsm": "FGSM", "pgd": "PGD", "adaptive": "Adaptive"}
"""Name and title of what the pictures go through, the strongest last."""

# A pass over so many small pictures takes 15 ms on two cores.
BATCH = 200


@dataclass(frozen=True)
class Strength:
    """How hard the attacks try. epsilon: L-infinity, in pixel units. restarts: the adaptive's."""

    epsilon: float = 0.25
    iterations: int = 40
    restarts: int = 3

    @property
    def step(self) -> float:
        """Far enough to cross the ball and come back (Madry et al., 2018, appendix A)."""
        return 2.5 * self.epsilon / self.iterations


class Divided(nn.Module):
    """A model with its logits divided by a temperature: the same classes, another softmax."""

    def __init__(self, model: nn.Module, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, images: Tensor) -> Tensor:
        """The model's logits over the temperature, (N, classes)."""
        logits: Tensor = self.model(images)
        return logits / self.temperature


def search(name: str, model: nn.Module, images: Tensor, labels: Tensor, how: Strength) -> Attack:
    """The attack called fgsm, pgd or adaptive, on pictures float32 (N, C, H, W) in [0, 1].

    fgsm and pgd climb the cross-entropy. adaptive is PGD on the margin of the logits with restarts:
    it does not look at the softmax, so it is not held up where that has saturated (Carlini and
    Wagner, "Towards Evaluating the Robustness of Neural Networks", 2017).
    """
    if name == "fgsm":
        return Fgsm(model, images, labels, how.epsilon)
    if name not in ATTACKS or name == "clean":
        raise ValueError(f"no attack {name}: choose from {[*ATTACKS][1:]}")
    adaptive = name == "adaptive"
    return Pgd(
        *(model, images, labels, how.epsilon, how.step, how.iterations),
        restarts=how.restarts if adaptive else 1,
        loss="margin" if adaptive else "cross_entropy",
    )


def withstood(
    name: str, model: nn.Module, images: Tensor, labels: Tensor, how: Strength
) -> Generator[None, None, Tensor]:
    """Which pictures the model still gets right, bool (N,); yields after every pass.

    name: of ATTACKS. images: float32 (N, C, H, W) in [0, 1], N may be 0. labels: int64 (N,).
    """
    right = torch.zeros(len(labels), dtype=torch.bool, device=labels.device)
    for start in range(0, len(labels), BATCH):
        rows = slice(start, start + BATCH)
        if name == "clean":
            with torch.inference_mode():
                right[rows] = model(images[rows]).argmax(1) == labels[rows]
            yield
            continue
        attack = search(name, model, images[rows], labels[rows], how)
        for _ in attack.steps():
            yield
        right[rows] = ~attack.fooled
    return right


def accuracies(
    model: nn.Module, images: Tensor, labels: Tensor, how: Strength
) -> Iterator[dict[str, float] | None]:
    """Accuracies in [0, 1] by name of ATTACKS: after each attack one more, None after every pass.

    FGSM is tried on every picture. PGD has won where the network was wrong before. The adaptive
    attack goes on with what PGD leaves, so its accuracy is the least that is known. See `withstood`
    for the arguments.
    """
    left = yield from withstood("clean", model, images, labels, how)
    known = {"clean": left.float().mean().item()}
    yield known
    right = yield from withstood("fgsm", model, images, labels, how)
    known = {**known, "fgsm": right.float().mean().item()}
    yield known
    for name in ("pgd", "adaptive"):
        rows = left.nonzero()[:, 0]
        left = left.clone()
        left[rows] = yield from withstood(name, model, images[rows], labels[rows], how)
        known = {**known, name: left.float().mean().item()}
        yield known
