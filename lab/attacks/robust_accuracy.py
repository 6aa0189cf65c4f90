"""Robust accuracy: the fraction of images that a network classifies correctly under attack."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from lab.attacks.base import Attack
from lab.attacks.table import ATTACKS, AttackSettings, titles

CONDITIONS = {"clean": "Clean"} | titles("fgsm", "pgd", "adaptive", short=True)
"""Name and title of what the images are subjected to: no attack, then attacks, strongest last."""

# Images per batch: a pass of small images takes 15 ms on two cores.
BATCH = 200


class TemperatureScaled(nn.Module):
    """A model with its logits divided by a temperature: the same classes, another softmax."""

    def __init__(self, model: nn.Module, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, images: Tensor) -> Tensor:
        """The model's logits over the temperature, (N, classes)."""
        logits: Tensor = self.model(images)
        return logits / self.temperature


def begin(
    name: str, model: nn.Module, images: Tensor, labels: Tensor, settings: AttackSettings
) -> Attack:
    """An attack of CONDITIONS on images float32 (N, C, H, W) in [0, 1], ready to run.

    Only the adaptive attack restarts. Raises ValueError for "clean" and for any other name.
    """
    if name not in CONDITIONS or name == "clean":
        raise ValueError(f"no attack {name}: choose from {[*CONDITIONS][1:]}")
    if name != "adaptive":
        settings = replace(settings, restarts=1)
    return ATTACKS[name].begin(model, images, labels, settings)


def correct(
    name: str, model: nn.Module, images: Tensor, labels: Tensor, settings: AttackSettings
) -> Generator[None, None, Tensor]:
    """Which images are still classified correctly, bool (N,); yields after every pass.

    name: of CONDITIONS. images: float32 (N, C, H, W) in [0, 1], N may be 0. labels: int64 (N,).
    """
    result = torch.zeros(len(labels), dtype=torch.bool, device=labels.device)
    for start in range(0, len(labels), BATCH):
        rows = slice(start, start + BATCH)
        if name == "clean":
            with torch.inference_mode():
                result[rows] = model(images[rows]).argmax(1) == labels[rows]
            yield
            continue
        attack = begin(name, model, images[rows], labels[rows], settings)
        for _ in attack.steps():
            yield
        result[rows] = ~attack.fooled
    return result


def accuracies(
    model: nn.Module, images: Tensor, labels: Tensor, settings: AttackSettings
) -> Iterator[dict[str, float] | None]:
    """Accuracies in [0, 1] by name of CONDITIONS: None after every pass, all known after an attack.

    FGSM attacks every image. PGD attacks those that were classified correctly; the adaptive attack
    those that PGD leaves, so its accuracy is the lowest known. See `correct` for the arguments.
    """
    left = yield from correct("clean", model, images, labels, settings)
    known = {"clean": left.float().mean().item()}
    yield known
    single = yield from correct("fgsm", model, images, labels, settings)
    known = {**known, "fgsm": single.float().mean().item()}
    yield known
    for name in ("pgd", "adaptive"):
        rows = left.nonzero()[:, 0]
        left = left.clone()
        left[rows] = yield from correct(name, model, images[rows], labels[rows], settings)
        known = {**known, name: left.float().mean().item()}
        yield known
