"""A model under attack: asked for logits and for gradients to its input, and left as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from lab.networks.folding import folded

# (logits (N, classes)) -> what is to be climbed, (N,).
Objective = Callable[[Tensor], Tensor]


class AttackedModel:
    """Answers in eval mode, whatever mode the model is in, and puts that back after each answer.

    Only gradients to the input are computed. Where every weight is frozen, batch normalisation is
    folded into the convolutions, which changes the answers by rounding; fold=False leaves it.
    """

    def __init__(self, model: nn.Module, fold: bool = True) -> None:
        frozen = not any(parameter.requires_grad for parameter in model.parameters())
        training = any(module.training for module in model.modules())
        self._model = folded(model) if fold and frozen and not training else model

    def logits(self, images: Tensor) -> Tensor:
        """Logits, float32 (N, classes)."""
        with _eval(self._model), torch.inference_mode(False), torch.no_grad():
            return _checked(self._model(images))

    def gradient(self, images: Tensor, objective: Objective) -> tuple[Tensor, Tensor]:
        """(logits, gradient of the objective to each picture, of their shape), in one pass."""
        leaf, logits = self.graph(images)
        with torch.inference_mode(False), torch.enable_grad():
            (gradient,) = torch.autograd.grad(objective(logits).sum(), leaf)
        return logits.detach(), gradient

    def graph(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(a copy of the pictures, its logits), from which any gradient can be asked for."""
        with _eval(self._model), torch.inference_mode(False), torch.enable_grad():
            # A copy: a tensor made in inference mode cannot be part of a graph.
            leaf = images.detach().clone().requires_grad_()
            return leaf, _checked(self._model(leaf))


@contextlib.contextmanager
def _eval(model: nn.Module) -> Iterator[None]:
    """`model` in eval mode; each of its modules is put back into its own."""
    training = [module for module in model.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _checked(logits: Tensor) -> Tensor:
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        raise ValueError("the model must return logits, (N, classes)")
    return logits
