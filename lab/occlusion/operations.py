"""The operations of a frozen network as functions of whole maps, and of windows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lab.networks.folding import folded_weights
from lab.occlusion.convolutions import Convolution, Linear
from lab.occlusion.receptive_fields import Pair
from lab.occlusion.winograd import Winograd, pays


def every(down: int, right: int) -> Callable[[Tensor], Tensor]:
    """One pixel of (N, C, H, W) in so many rows and columns, the first of each."""

    def taken(x: Tensor) -> Tensor:
        return x[:, :, ::down, ::right].contiguous(memory_format=torch.channels_last)

    return taken


def convolving(
    weight: Tensor,
    bias: Tensor | None,
    stride: Pair,
    dilation: Pair,
    groups: int,
    norm: nn.BatchNorm2d | None,
    activation: str,
    before: Pair,
    after: Pair,
) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """A convolution as a function with zeros around, and one without."""
    around = (before[1], after[1], before[0], after[0])
    if norm is not None:
        weight, bias = folded_weights(weight, bias, norm)
    if pays(weight, stride, dilation, groups):
        winograd = Winograd(weight, bias, activation)
        return lambda x: winograd(x, around), winograd
    convolution = Convolution(weight, bias, stride, dilation, groups, activation=activation)
    if before == after:
        return lambda x: convolution(x, before), convolution
    shorter = before[0] <= after[0] and before[1] <= after[1]
    if groups == len(weight) > 1 and dilation == (1, 1) and shorter:
        # Zeros before the kernel make the padding even: multiplied sooner than laid around maps.
        wide = functional.pad(weight, (after[1] - before[1], 0, after[0] - before[0], 0))
        even = Convolution(wide, bias, stride, dilation, groups, activation=activation)
        return lambda x: even(x, after), convolution
    return lambda x: convolution(functional.pad(x, around)), convolution


def frozen(layer: nn.Module) -> Callable[..., Any]:
    """The layer as a function that leaves what it is given as it was. Linear: weights packed."""
    if type(layer) is nn.Linear:
        return Linear(layer.weight, layer.bias)
    if getattr(layer, "inplace", False):
        return lambda x: layer(x.clone())
    return layer
