"""The gradient of a function of a network's output with respect to the network's input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class InputGraph(Generic[T]):
    """The output of a function for an input, with the graph that leads back to the input.

    Several gradients can be computed from one forward pass. Only gradients to the input are: the
    parameters get none, whether they require one or not. Works inside torch.no_grad() and
    torch.inference_mode().
    """

    def __init__(self, inputs: Tensor, function: Callable[[Tensor], T]) -> None:
        """inputs: float, any shape; not changed. function: is given them as a leaf of the graph."""
        with torch.inference_mode(False), torch.enable_grad():
            leaf = inputs.detach()
            # A tensor made in inference mode cannot be part of a graph; its copy can.
            self._leaf = (leaf.clone() if leaf.is_inference() else leaf).requires_grad_()
            self.output = function(self._leaf)

    def gradient(self, objective: Callable[[T], Tensor], *, last: bool = False) -> Tensor:
        """The gradient of a scalar objective of `output` to the input, in the input's shape.

        last: frees the graph, so that no other gradient can follow.
        """
        with torch.inference_mode(False), torch.enable_grad():
            value = objective(self.output)
            (result,) = torch.autograd.grad(value, self._leaf, retain_graph=not last)
        return result


def input_gradient(
    inputs: Tensor, objective: Callable[[Tensor], tuple[Tensor, T]]
) -> tuple[Tensor, T]:
    """(gradient of an objective to the input, in the input's shape; what the objective adds).

    objective(inputs) returns a scalar and anything else that is wanted of the same forward pass,
    such as the logits. See InputGraph.
    """
    graph = InputGraph(inputs, objective)
    return graph.gradient(lambda output: output[0], last=True), graph.output[1]
