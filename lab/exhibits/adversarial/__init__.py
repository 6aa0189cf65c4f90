"""The lecture's chapter "Adversarial Examples": attacks, robustness, black box, defences.

The mathematics is in lab.attacks: plain functions of a model in pixel space, images
float32 (N, C, H, W) in [0, 1] and labels int64 (N,). Every epsilon and step is in pixel units.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeVar

from lab.errors import UserError
from lab.exhibit import Frame

if TYPE_CHECKING:
    from lab.datasets import Dataset
    from lab.networks.models import Classifier
    from lab.workspace import Workspace

T = TypeVar("T")

EPSILON = "perturbation size ε (pixel units [0, 1]; 1/255 = 0.0039)"
"""The name of an axis, with its unit."""


def learner(name: str, data: Dataset, workspace: Workspace) -> Classifier:
    """The network of that name. UserError where it was not trained on `data`."""
    card = workspace.shelf.card(name)
    seen = (card.channels, card.size, card.size)
    if card.classes != data.classes or seen != tuple(data.train_images.shape[1:]):
        raise UserError(
            f"{card.title} was not trained on {data.title}: choose another model or dataset"
        )
    return workspace.shelf.get(name, workspace.device)


def breathing(passes: Generator[object, None, T]) -> Generator[Frame, None, T]:
    """An empty frame after every pass; returns what the passes return."""
    while True:
        try:
            next(passes)
        except StopIteration as end:
            result: T = end.value
            return result
        yield Frame()
