"""The gradients of each layer during training."""

from __future__ import annotations

import torch
from torch import nn

from lab.networks.freezing import layers_with_weights


class GradientNorms:
    """||dL/dW|| of each convolution and linear layer, first to last, summed over the steps.

    `add()` after each step, while the gradients are there. A reader takes means of it.
    """

    def __init__(self, network: nn.Module) -> None:
        self._weights = [layer.get_parameter("weight") for layer in layers_with_weights(network)]
        self.sum = torch.zeros(len(self._weights), device=self._weights[0].device)
        self.steps = 0

    def add(self) -> None:
        """Add the gradients of the last step; a weight without one counts 0."""
        with torch.no_grad():
            gradients = [
                torch.zeros_like(weight) if weight.grad is None else weight.grad
                for weight in self._weights
            ]
            self.sum = self.sum + torch.stack(torch._foreach_norm(gradients))
        self.steps += 1


class NormReader:
    """Means over the steps between two readings."""

    def __init__(self, norms: GradientNorms) -> None:
        self._norms, self._sum, self._steps = norms, norms.sum, norms.steps

    def mean(self) -> list[float]:
        """The mean over the steps since the last call, for each layer; empty for no steps."""
        norms = self._norms
        if norms.steps == self._steps:
            return []
        found: list[float] = ((norms.sum - self._sum) / (norms.steps - self._steps)).tolist()
        self._sum, self._steps = norms.sum, norms.steps
        return found
