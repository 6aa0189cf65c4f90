"""The results of a network's operations as maps: channels of rows and columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from lab.structure.trace import Operation, watched


def as_maps(result: Tensor, channel_axis: int) -> Tensor:
    """A result with a batch of one, as float32 (channels, rows, columns).

    Tokens that fill a square, with or without a class token before them, are laid out as the image
    is; others stand in one row, and those of windows in a row for each window. A vector of units is
    one square map, filled row by row, with zeros after its end.
    """
    values = result[0].float()
    if values.ndim <= 1:
        count = values.numel()
        edge = isqrt(count - 1) + 1
        return functional.pad(values.reshape(-1), (0, edge * edge - count)).reshape(1, edge, edge)
    values = values.movedim(channel_axis - 1, 0)
    if values.ndim > 3:
        return values.flatten(1, -2)
    if values.ndim == 3:
        return values
    count = values.shape[1]
    edge = isqrt(count)
    if edge > 1 and count - edge * edge <= 1:
        return values[:, count - edge * edge :].reshape(-1, edge, edge)
    return values[:, None]


def strength(maps: Tensor) -> Tensor:
    """RMS of each channel's map: float32 (channels,)."""
    return maps.square().mean((1, 2)).sqrt()


@dataclass(frozen=True)
class Maps:
    """The strongest channels of an operation. maps: float32 (shown, rows, columns), on the CPU.

    channels: their indices. strengths: their RMS. of: how many channels there are.
    """

    maps: Tensor
    channels: tuple[int, ...]
    strengths: tuple[float, ...]
    of: int


def feature_maps(
    network: nn.Module, image: Tensor, wanted: Mapping[str, int] | Collection[str], most: int = 1
) -> dict[str, Maps]:
    """The strongest maps of some operations in one pass of an image, normalised (1, C, H, W).

    wanted: their names; or name -> how many channels at most, else `most` of each.
    """
    counts = wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted, most)
    found: dict[str, Maps] = {}

    def receive(operation: Operation, result: Tensor) -> None:
        if operation.name in counts:
            maps = torch.nan_to_num(as_maps(result, operation.channel_axis))
            values, order = strength(maps).sort(descending=True, stable=True)
            order, values = order[: counts[operation.name]], values[: counts[operation.name]]
            chosen = maps[order].cpu()
            found[operation.name] = Maps(
                chosen, tuple(order.tolist()), tuple(values.tolist()), len(maps)
            )

    watched(network, image, receive)
    return found
