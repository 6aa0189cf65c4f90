"""A trained network with a new head, for other classes (transfer learning)."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from lab.datasets import Dataset
from lab.networks import models
from lab.networks.card import LONGEST, Card
from lab.networks.models import Classifier
from lab.text import line

# PyTorch's own. EfficientNet's 0.01 averages over hundreds of steps: after the few steps of a small
# data set its statistics would still be those it began with.
MOMENTUM = 0.1


def card_with(card: Card, data: Dataset, size: int, seed: int) -> Card:
    """The card of the same architecture for the classes of `data`, untrained.

    size: the edge of its input in pixels. Mean and standard deviation stay those of `card`.
    """
    return replace(
        card,
        name=line(f"{card.architecture}-{data.name}", LONGEST),
        title=line(f"{card.title} on {data.title}", LONGEST),
        classes=data.classes,
        size=size,
        crop=1.0,
        data=line(data.name, LONGEST),
        metrics={},
        seed=seed,
        trained=False,
    )


def with_new_head(pretrained: Classifier, card: Card, head: str) -> Classifier:
    """The network of `card` with the weights of `pretrained`, all but those of its head.

    head: the name of the layer that returns the logits; its weights are initial ones, by the card's
    seed. On the device of `pretrained`, ready to be trained.
    """
    kept = pretrained.network.state_dict()
    made = models.build(card)
    made.network.load_state_dict(
        {name: weights for name, weights in kept.items() if not name.startswith(f"{head}.")},
        strict=False,
    )
    return for_few_steps(made).to(pretrained.device)


def for_few_steps(classifier: Classifier) -> Classifier:
    """Itself, with batch statistics that follow within tens of steps (`MOMENTUM`)."""
    for module in classifier.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = MOMENTUM
    return classifier
