"""A network in another mode for the length of a `with` block."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torch import nn


@contextlib.contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """`model` in eval mode; afterwards every module is back in the mode that it had.

    Module by module, because a frozen part may have been in eval mode inside a training network.
    """
    training = [module for module in model.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextlib.contextmanager
def batch_statistics(model: nn.Module) -> Iterator[None]:
    """`model` in training mode, whose running statistics and modes are afterwards as they were.

    Batch normalisation then uses the mean and variance of the batch that it sees.
    """
    modes = {module: module.training for module in model.modules()}
    tracking = [m for m in modes if getattr(m, "track_running_stats", False)]
    for module in modes:
        module.training = True
    for module in tracking:
        module.track_running_stats = False  # type: ignore[assignment]
    try:
        yield
    finally:
        for module in tracking:
            module.track_running_stats = True  # type: ignore[assignment]
        for module, mode in modes.items():
            module.training = mode
