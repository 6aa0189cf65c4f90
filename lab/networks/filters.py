"""The weights of convolutions, and of first layers, as images."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lab.errors import UserError
from lab.networks.card import Card
from lab.networks.models import Classifier, Network


def first_convolution(network: nn.Module) -> nn.Conv2d | None:
    """The convolution that reads the image: the first with 1 or 3 input channels, or None."""
    found = (m for m in network.modules() if isinstance(m, nn.Conv2d) and m.in_channels in (1, 3))
    return next(found, None)


def first_layer(classifier: Network) -> nn.Conv2d | nn.Linear:
    """The layer that reads the image: the first convolution, or a linear layer of all pixels.

    Raises UserError for a network that has neither.
    """
    card = classifier.card
    if layer := first_convolution(classifier.network):
        return layer
    for module in classifier.network.modules():
        if isinstance(module, nn.Linear) and module.in_features == card.channels * card.size**2:
            return module
    raise UserError(f"{card.title} has no layer that reads the image: choose another")


def layer_filters(classifier: Classifier, name: str) -> NDArray[np.float32]:
    """The filters of any convolution as images: float32 (N, height, width, C).

    C is 1 or 3 for a convolution that reads the image. In a later layer a filter has a slice for
    every feature map that it reads, too many to show: the one with the largest norm is taken, and
    C is 1. Raises UserError where `name` is no convolution of `classifier.network`.
    """
    layer = dict(classifier.network.named_modules()).get(name)
    if not isinstance(layer, nn.Conv2d):
        raise UserError(f"{name} is no convolution of {classifier.card.title}: choose another")
    weights = layer.weight.detach()
    if weights.shape[1] not in (1, 3):
        strongest = weights.square().sum((2, 3)).argmax(1)
        weights = weights[torch.arange(len(weights)), strongest][:, None]
    return as_filters(weights, classifier.card)


def first_layer_filters(classifier: Classifier) -> NDArray[np.float32]:
    """The weights of the first layer as images: float32 (N, height, width, C).

    Those of the first convolution, or of each unit of a first linear layer in the shape of the
    image. Raises UserError for a network that has neither.
    """
    return as_filters(first_layer(classifier).weight, classifier.card)


def as_filters(weights: torch.Tensor, card: Card) -> NDArray[np.float32]:
    """First-layer weights, of a convolution or a linear layer: float32 (N, height, width, C)."""
    if weights.ndim == 2:
        weights = weights.view(-1, card.channels, card.size, card.size)
    return weights.detach().permute(0, 2, 3, 1).float().cpu().numpy()
