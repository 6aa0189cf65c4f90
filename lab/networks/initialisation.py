"""Initial weights: the scale that suits ReLUs, and others."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def kaiming(network: M) -> M:
    """`network` itself, with Kaiming initialisation (He et al., 2015) and small output weights.

    Its output layer is called "logits".
    """
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    logits = network.get_submodule("logits")
    assert isinstance(logits, nn.Linear)
    # Small, so that the loss starts near log(classes).
    nn.init.normal_(logits.weight, std=0.01)
    return network


def scale_weights(network: M, factor: float) -> M:
    """`network` itself, with the weights of its linear and convolutional layers times `factor`.

    0 sets all to zero: then all units of a layer have the same gradient, or none. The biases stay.
    """
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                module.weight.mul_(factor)
    return network
