"""Dropout on the inputs of linear regression is an L2 penalty, in closed form.

Srivastava et al. (2014), section 9.1; Wager, Wang and Liang (2013). Inputs are multiplied by a mask
that is 0 with probability p and 1 / (1 - p) otherwise, so that their mean stays; then the expected
squared loss is that without dropout, plus p / (1 - p) times the squares of the weights, each
weighted with the mean square of its input. All losses are means over the images.

In all functions: inputs X, float64 (N, D). targets Y, float64 (N, K). weights W, float64 (D, K),
without a bias. p: the dropout rate, in [0, 1).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lab.networks.stochastic import random_mask


def squared_loss(inputs: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """The squared error, summed over the K outputs: a scalar."""
    return (targets - inputs @ weights).square().sum(1).mean()


def l2_penalty(inputs: Tensor, weights: Tensor, p: float) -> Tensor:
    """What dropout adds to the expected loss: a scalar."""
    return p / (1 - p) * inputs.square().mean(0) @ weights.square().sum(1)


def dropout_loss(inputs: Tensor, targets: Tensor, weights: Tensor, p: float) -> Tensor:
    """The loss with one random mask, from torch's global generator: a scalar."""
    return squared_loss(inputs * random_mask(inputs.shape, p, inputs), targets, weights)


def best_weights(inputs: Tensor, targets: Tensor, p: float) -> Tensor:
    """The weights with the least expected loss, float64 (D, K): those of ridge regression.

    The smallest of them where several are equally good. On the CPU.
    """
    scale = (p / (1 - p) * inputs.square().sum(0)).sqrt()
    rows = torch.cat([inputs, scale.diag()])
    wanted = F.pad(targets, (0, 0, 0, len(scale)))
    solution: Tensor = torch.linalg.lstsq(rows, wanted, driver="gelsd").solution
    return solution
