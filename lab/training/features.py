"""Features of a frozen network, computed once instead of at every step of a training."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.networks.eval_mode import eval_mode
from lab.networks.pixels import to_float


def features(part: nn.Module, images: Tensor, batch_size: int = 16) -> Iterator[Tensor | None]:
    """The output of `part` for images: yields None after each batch, and all of it at the end.

    images: uint8 (N, C, H, W). The result is float32 (N, ...), without a graph; it can enter a
    training. The part predicts in eval mode: batch normalisation by its running statistics.
    """
    found = []
    for some in torch.split(images, batch_size):
        with eval_mode(part), torch.no_grad():
            found.append(part(to_float(some)))
        yield None
    yield torch.cat(found)
