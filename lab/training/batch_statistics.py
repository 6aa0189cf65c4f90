"""Batch normalisation at test time: running averages, or the statistics of the batch itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

Statistics: TypeAlias = list[tuple[Tensor, Tensor]]
"""(mean, unbiased variance), each float32 (units,), of each batch normalisation in order."""


def batch_norms(model: nn.Module) -> list[_BatchNorm]:
    """The batch normalisations of a network, in order."""
    return [module for module in model.modules() if isinstance(module, _BatchNorm)]


def _averages(model: nn.Module) -> Statistics:
    """A copy of the running averages."""
    found = []
    for norm in batch_norms(model):
        assert norm.running_mean is not None
        assert norm.running_var is not None
        found.append((norm.running_mean.clone(), norm.running_var.clone()))
    return found


class BatchStatistics:
    """The statistics of each training batch, read from the running averages after its step.

    batch = old + (new - old) / momentum: so they cost no pass of their own. Made before the first
    step; `read` after each.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model, self._old = model, _averages(model)
        self._kept: list[Statistics] = []

    def read(self) -> None:
        """Keep the statistics of the step just made."""
        new, batch = _averages(self._model), []
        for norm, old, now in zip(batch_norms(self._model), self._old, new, strict=True):
            mean, variance = (
                a + (b - a) / (norm.momentum or 1) for a, b in zip(old, now, strict=True)
            )
            batch.append((mean, variance))
        self._old = new
        self._kept.append(batch)

    def running(self, momentum: float) -> Statistics:
        """The running averages that torch would have with this momentum, in [0, 1].

        From mean 0 and variance 1 on: new = (1 - momentum) old + momentum x batch. The momentum
        changes nothing else in the training.
        """
        steps, averages = len(self._kept), []
        powers = torch.arange(steps - 1, -1, -1, dtype=torch.float64)
        weights = momentum * (1 - momentum) ** powers
        for layer in range(len(self._old)):
            sums = []
            for which in (0, 1):
                values = [each[layer][which] for each in self._kept]
                start = torch.full_like(self._old[layer][which], float(which)).double()
                total = (1 - momentum) ** steps * start
                if values:
                    total += weights.to(total.device) @ torch.stack(values).double()
                sums.append(total.float())
            averages.append((sums[0], sums[1]))
        return averages


@contextmanager
def with_running(model: nn.Module, averages: Statistics) -> Iterator[None]:
    """`model` with these running averages; afterwards it has its own again."""
    norms = batch_norms(model)
    own = [(norm.running_mean, norm.running_var) for norm in norms]
    try:
        for norm, (mean, variance) in zip(norms, averages, strict=True):
            norm.running_mean, norm.running_var = mean, variance
        yield
    finally:
        for norm, (kept_mean, kept_variance) in zip(norms, own, strict=True):
            norm.running_mean, norm.running_var = kept_mean, kept_variance


def normalise_by_batch(norm: _BatchNorm, x: Tensor, batch_size: int) -> Tensor:
    """`x`, (N, units, ...), in batches of `batch_size`, a divisor of N, each by its own statistics.

    As torch's in training mode; but a batch of one value, which that refuses, is let through: its
    variance is 0 and x - mean is 0, so that only beta is left of it.
    """
    batches = x.view(-1, batch_size, *x.shape[1:])
    axes = [1, *range(3, batches.ndim)]
    mean = batches.mean(axes, keepdim=True)
    variance = (batches - mean).square().mean(axes, keepdim=True)
    out = ((batches - mean) / (variance + norm.eps).sqrt()).flatten(0, 1)
    view = (1, -1, *(1 for _ in x.shape[2:]))
    gamma: Tensor = norm.weight.view(view)
    return out * gamma + norm.bias.view(view)


def logits_by_batch(model: nn.Module, images: Tensor, batch_size: int) -> Tensor:
    """What `model` gives for images in batches that are normalised by their own statistics.

    All else (dropout, noise) is as in eval mode, and the running averages stay as they are. images:
    what the model takes, in their order; the last batch may be smaller.
    """
    whole = len(images) // batch_size * batch_size

    def by_batch(module: nn.Module, given: tuple[Tensor, ...], _: Tensor) -> Tensor:
        assert isinstance(module, _BatchNorm)
        return normalise_by_batch(module, given[0], min(batch_size, len(given[0])))

    handles = [norm.register_forward_hook(by_batch) for norm in batch_norms(model)]
    training = [module for module in model.modules() if module.training]
    try:
        model.eval()
        with torch.inference_mode():
            parts = [part for part in (images[:whole], images[whole:]) if len(part)]
            return torch.cat([model(part) for part in parts]).clone()
    finally:
        for module in training:
            module.training = True
        for handle in handles:
            handle.remove()


def refusal() -> str:
    """What torch says to a batch of one in training mode, in its own words."""
    try:
        F.batch_norm(torch.zeros(1, 1), None, None, training=True)
    except ValueError as error:
        return str(error)
    return ""


def identity_parameters(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """(gamma, beta) with which normalising `x`, (N, units), changes nothing: deviation and mean.

    eps: of the layer, which adds it to the variance.
    """
    variance, mean = torch.var_mean(x, 0, correction=0)
    return (variance + eps).sqrt(), mean
