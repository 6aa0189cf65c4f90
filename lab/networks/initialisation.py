"""Other scales of initial weights than the right one."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def scale_weights(network: M, factor: float) -> M:
    """`network` itself, with the weights of its linear and convolutional layers times `factor`.

    0 sets all to zero: then all units of a layer have the same gradient, or none. The biases stay.
    """
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                module.weight.mul_(factor)
    return network
