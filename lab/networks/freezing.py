"""Layers whose weights are not trained."""

from __future__ import annotations

from torch import nn

from lab.errors import UserError


def layers_with_weights(network: nn.Module) -> list[nn.Module]:
    """The convolutions and linear layers, in the order in which they were made."""
    return [m for m in network.modules() if getattr(getattr(m, "weight", None), "ndim", 0) > 1]


def freeze_first(network: nn.Module, count: int) -> None:
    """Freeze the weights and biases of the first `count` layers that have weights.

    Their gradients are None, so no optimiser and no weight decay changes them. UserError where no
    layer would be left to train.
    """
    layers = layers_with_weights(network)
    if count >= len(layers):
        raise UserError(
            f"{count} frozen layers of {len(layers)}: nothing is left to train; "
            f"choose {len(layers) - 1} at most"
        )
    for layer in layers[:count]:
        layer.requires_grad_(False)
