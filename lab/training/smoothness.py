"""How smooth the loss is along its own gradient (Santurkar et al., 2018, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.system.devices import RandomState


@dataclass(frozen=True)
class AlongGradient:
    """The loss at steps of several lengths against the gradient.

    loss: in nats, at each length. change: the distance (L2) of the gradient there from the one at
    the start: how well a gradient predicts the next (its "predictiveness"). norm: of the gradient
    at the start.
    """

    loss: list[float]
    change: list[float]
    norm: float

    @property
    def loss_range(self) -> tuple[float, float]:
        """The least and the largest loss."""
        return min(self.loss), max(self.loss)

    @property
    def change_range(self) -> tuple[float, float]:
        """The least and the largest change."""
        return min(self.change), max(self.change)


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Afterwards the weights, running averages and gradients of `model` are what they were."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [parameter.grad for parameter in model.parameters()]
    try:
        yield
    finally:
        model.load_state_dict(state)
        for parameter, gradient in zip(model.parameters(), gradients, strict=True):
            parameter.grad = gradient


def along_gradient(
    model: nn.Module, images: Tensor, labels: Tensor, lengths: Sequence[float], seed: int = 0
) -> AlongGradient:
    """The loss of this batch in training mode at weights - length x gradient.

    images: what the model takes, (N, ...). labels: int64 (N,). lengths: in units of the learning
    rate: a length of 0.1 is a step of plain gradient descent with that rate. seed: of what is
    random in the model, the same at every length. The model, its mode and torch's random numbers
    are left as they are.
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    training = [module.training for module in model.modules()]

    def at() -> tuple[Tensor, list[Tensor]]:
        with RandomState(labels.device, seed):
            loss = F.cross_entropy(model(images), labels)
        found = torch.autograd.grad(loss, weights)
        return loss.detach(), [gradient.detach() for gradient in found]

    def size(vectors: Sequence[Tensor]) -> Tensor:
        return torch.stack([vector.square().sum() for vector in vectors]).sum().sqrt()

    with undisturbed(model):
        model.train()
        start = [weight.detach().clone() for weight in weights]
        _, first = at()
        losses, changes = [], []
        for length in lengths:
            with torch.no_grad():
                for weight, origin, gradient in zip(weights, start, first, strict=True):
                    weight.copy_(origin - length * gradient)
            loss, gradients = at()
            losses.append(loss)
            changes.append(size([a - b for a, b in zip(gradients, first, strict=True)]))
    for module, mode in zip(model.modules(), training, strict=True):
        module.training = mode
    both = torch.stack([torch.stack(losses), torch.stack(changes)]).tolist()
    return AlongGradient(both[0], both[1], size(first).item())
