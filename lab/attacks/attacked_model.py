"""The model under attack: asked for logits and input gradients, and left as it was."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lab.networks.eval_mode import eval_mode
from lab.networks.folding import folded
from lab.networks.input_gradient import InputGraph

LogitObjective = Callable[[Tensor], Tensor]
"""What an attack maximises: logits (N, classes) -> a number for each image, (N,)."""


class AttackedModel:
    """Predicts in eval mode, whatever mode the model is in, and restores that after each pass.

    Only input gradients are computed, so no parameter has a gradient afterwards. Where all weights
    are frozen, the model is a copy with batch normalisation folded into the convolutions: faster,
    and equal but for rounding. fold=False keeps the model itself.

    model: the module that is asked.
    """

    def __init__(self, model: nn.Module, fold: bool = True) -> None:
        frozen = not any(parameter.requires_grad for parameter in model.parameters())
        training = any(module.training for module in model.modules())
        self.model = folded(model) if fold and frozen and not training else model

    def logits(self, images: Tensor) -> Tensor:
        """Logits, float32 (N, classes). ValueError for a model that returns anything else."""
        with eval_mode(self.model), torch.inference_mode(False), torch.no_grad():
            return _checked(self.model(images))

    def graph(self, images: Tensor) -> InputGraph[Tensor]:
        """The logits with their graph: several gradients from one forward pass."""
        with eval_mode(self.model):
            return InputGraph(images, lambda leaf: _checked(self.model(leaf)))

    def gradient(self, images: Tensor, objective: LogitObjective) -> tuple[Tensor, Tensor]:
        """(logits, the gradient of each image's objective to that image), in one pass."""
        graph = self.graph(images)
        gradient = graph.gradient(lambda logits: objective(logits).sum(), last=True)
        return graph.output.detach(), gradient


def _checked(logits: Tensor) -> Tensor:
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        raise ValueError("the model must return logits, (N, classes)")
    return logits
