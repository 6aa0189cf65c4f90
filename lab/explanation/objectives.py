"""What activation maximisation maximises: a class score, or the activation of a channel."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lab.errors import UserError
from lab.networks.models import Classifier
from lab.parameters import advice


@dataclass(frozen=True)
class ClassScore:
    """The logit of the class with index `target`."""

    target: int


@dataclass(frozen=True)
class Channel:
    """The mean activation of a channel of a layer, or of its `centre` alone: a single neuron.

    layer: its name inside the network, as in named_modules(). Its output may be (N, C, H, W),
    (N, units) or (N, tokens, C); of a layer that is called several times, the last one.
    """

    layer: str
    channel: int
    centre: bool = False


Objective = ClassScore | Channel


def activation(out: Tensor, channel: Channel) -> Tensor:
    """The activation (N,) of a channel in the output of its layer; see Channel."""
    if out.ndim == 4:
        maps = out[:, channel.channel]
        height, width = maps.shape[1:]
        return maps[:, height // 2, width // 2] if channel.centre else maps.mean((1, 2))
    if out.ndim == 3:
        tokens = out[:, :, channel.channel]
        return tokens[:, tokens.shape[1] // 2] if channel.centre else tokens.mean(1)
    return out[:, channel.channel]


def shapes(classifier: Classifier) -> dict[str, tuple[int, ...]]:
    """Layer -> the shape of its output without N: (C, H, W), (units,) or (tokens, C).

    All layers with an activation that can be maximised, in order. Takes one forward pass.
    """
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, __: Any, out: Any) -> None:
            if isinstance(out, Tensor) and 2 <= out.ndim <= 4:
                found[name] = tuple(out.shape[1:])

        return hook

    named = [(name, module) for name, module in classifier.network.named_modules() if name]
    handles = [module.register_forward_hook(note(name)) for name, module in named]
    card = classifier.card
    try:
        with torch.no_grad():
            classifier(torch.zeros(1, card.channels, card.size, card.size).to(classifier.device))
    finally:
        for handle in handles:
            handle.remove()
    return {name: found[name] for name, _ in named if name in found}


def check(classifier: Classifier, objective: Objective) -> None:
    """UserError for a class, layer or channel that the classifier does not have."""
    card = classifier.card
    if isinstance(objective, ClassScore):
        count = len(card.classes)
        if not 0 <= objective.target < count:
            raise UserError(
                f"{card.title} has no class {objective.target}: choose from 0 to {count - 1}"
            )
        return
    layers = shapes(classifier)
    if objective.layer not in layers:
        raise UserError(f"{card.title} has no layer {objective.layer}: {_near(objective, layers)}")
    shape = layers[objective.layer]
    count = shape[-1] if len(shape) == 2 else shape[0]
    if not 0 <= objective.channel < count:
        raise UserError(
            f"{objective.layer} has no channel {objective.channel}: choose from 0 to {count - 1}"
        )


def _near(objective: Channel, layers: dict[str, tuple[int, ...]]) -> str:
    """Advice for a layer that does not exist: a close name, since deep networks have hundreds."""
    names = list(layers)
    close = difflib.get_close_matches(objective.layer, names, n=1)
    return advice(objective.layer, close or (names if len(names) < 12 else names[-5:]))
