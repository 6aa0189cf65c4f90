"""Dropout as an L2 penalty: a linear regression from digits to their classes, at every rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from lab.datasets import Dataset
from lab.networks.pixels import to_float
from lab.payloads import Curve
from lab.training import dropout_regression

RATES = tuple(round(0.1 * i, 1) for i in range(10))
# Masks for each rate, and between two yields: a sampling error under one percent of the loss.
MASKS, TOGETHER = 50, 10
# At most so many images, reduced to so many pixels along an edge, for a quick solution.
IMAGES, EDGE = 500, 14


def inputs_of(images: Tensor) -> Tensor:
    """uint8 (N, C, H, W) as float64 (N, EDGE x EDGE) on the CPU, grey, in [0, 1]."""
    grey = to_float(images).mean(1, keepdim=True)
    return F.adaptive_avg_pool2d(grey, EDGE).flatten(1).cpu().double()


@dataclass
class Regression:
    """The expected loss at each rate so far, of the weights that are best there.

    sampled: with random masks, its mean; error: the standard error of that mean. closed: loss plus
    penalty. plain: the loss without dropout.
    """

    sampled: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)

    def measure(self, data: Dataset) -> Iterator[None]:
        """Fill in all rates; yields after every few masks."""
        inputs = inputs_of(data.train_images[:IMAGES])
        targets = F.one_hot(data.train_labels[:IMAGES].cpu(), len(data.classes)).double()
        for p in RATES:
            weights = dropout_regression.best_weights(inputs, targets, p)
            losses: list[float] = []
            while len(losses) < MASKS:
                for _ in range(TOGETHER):
                    loss = dropout_regression.dropout_loss(inputs, targets, weights, p)
                    losses.append(loss.item())
                yield
            self.sampled.append(float(np.mean(losses)))
            self.error.append(float(np.std(losses, ddof=1) / MASKS**0.5))
            plain = dropout_regression.squared_loss(inputs, targets, weights)
            penalty = dropout_regression.l2_penalty(inputs, weights, p)
            self.plain.append(plain.item())
            self.closed.append((plain + penalty).item())

    def curve(self, rate: float) -> Curve:
        """Three losses over the dropout rate; the band is two standard errors to each side.

        rate: the one that is marked, and read in the legend.
        """
        rates = RATES[: len(self.closed)]
        sampled, error = np.array(self.sampled), 2 * np.array(self.error)
        name = "random masks"
        return Curve(
            {
                "loss + L2 penalty": (rates, self.closed),
                name: (rates, sampled),
                "loss alone": (rates, self.plain),
            },
            marker=rate,
            dots=(name,),
            bands={name: (sampled - error, sampled + error)},
            replaces=True,
        )

    @property
    def difference(self) -> float:
        """The largest difference of the two expected losses, as a share of the closed form."""
        return max(abs(s / c - 1) for s, c in zip(self.sampled, self.closed, strict=True) if c)

    @property
    def sampling_error(self) -> float:
        """The largest standard error, in the same unit."""
        return max(e / c for e, c in zip(self.error, self.closed, strict=True) if c)

    def metrics(self) -> dict[str, float]:
        """The two by their names."""
        return {"l2_difference": self.difference, "l2_sampling_error": self.sampling_error}
