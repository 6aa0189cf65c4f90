"""The operations of a frozen network, as functions of whole feature maps and of windows."""

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


def subsampling(down: int, right: int) -> Callable[[Tensor], Tensor]:
    """Keep every `down`-th row and every `right`-th column of (N, C, H, W), from the first on."""

    def subsampled(x: Tensor) -> Tensor:
        return x[:, :, ::down, ::right].contiguous(memory_format=torch.channels_last)

    return subsampled


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
    """A convolution as two functions: with zero padding for whole maps, without for windows."""
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
        # Zeros added to the kernel make the padding symmetric: cheaper than padding the maps.
        wide = functional.pad(weight, (after[1] - before[1], 0, after[0] - before[0], 0))
        even = Convolution(wide, bias, stride, dilation, groups, activation=activation)
        return lambda x: even(x, after), convolution
    return lambda x: convolution(functional.pad(x, around)), convolution


def frozen(layer: nn.Module) -> Callable[..., Any]:
    """The layer as a function that does not overwrite its input. Linear: weights packed."""
    if type(layer) is nn.Linear:
        return Linear(layer.weight, layer.bias)
    if getattr(layer, "inplace", False):
        return lambda x: layer(x.clone())
    return layer
