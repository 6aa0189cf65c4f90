"""Optimisers of the pixels of an image: one evaluation of the gradient per step.

The caller evaluates the gradient. Nothing is read back from the device. There is no line search,
which would take several evaluations in one step, so a step may raise the loss.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

import torch
from torch import Tensor

# Smaller curvature counts as rounding (as in torch.optim.LBFGS).
LEAST_CURVATURE = 1e-10


class Optimiser(Protocol):
    """What both optimisers do."""

    def step(self, x: Tensor, gradient: Tensor) -> Tensor:
        """The next x, given the gradient of the loss there; both of one shape."""

    def forget(self) -> None:
        """Forget all earlier steps: the loss is another function from now on."""


class LBFGS:
    """Limited-memory BFGS by the two-loop recursion (Nocedal, 1980; Liu and Nocedal, 1989).

    Step for step it is torch.optim.LBFGS with one iteration a step and no line search: the first
    step goes min(1, 1 / |gradient|_1) * rate down the gradient, every later one `rate` times the
    quasi-Newton direction. memory: the number of steps that it remembers. furthest: the largest
    root mean square of a step, over the values of x, which limits it where the curvature misleads.
    """

    def __init__(self, memory: int = 10, rate: float = 1.0, furthest: float = float("inf")) -> None:
        self._rate, self._furthest = rate, furthest
        # (s, y, 1 / y·s), with 0 for 1 / y·s where there is no curvature: both loops then skip it.
        self._pairs: deque[tuple[Tensor, Tensor, Tensor]] = deque(maxlen=memory)
        self.forget()

    def forget(self) -> None:
        """Forget all earlier steps: the loss is another function from now on."""
        self._pairs.clear()
        self._last: tuple[Tensor, Tensor] | None = None
        self._scale: Tensor | None = None

    def step(self, x: Tensor, gradient: Tensor) -> Tensor:
        """The next x, given the gradient of the loss there; both of one shape."""
        flat = gradient.flatten()
        if self._last is None or self._scale is None:
            self._scale = torch.ones_like(flat[0])
            move = -self._rate * flat * (1 / flat.abs().sum()).clamp(max=1)
        else:
            self._learn(flat, *self._last)
            move = self._rate * self._direction(flat)
        move = move * (self._furthest / _rms(move)).clamp(max=1)
        self._last = move, flat
        return x + move.view_as(x)

    def _learn(self, gradient: Tensor, move: Tensor, before: Tensor) -> None:
        change = gradient - before
        curvature = change @ move
        curved = curvature > LEAST_CURVATURE
        inverse = torch.where(curved, 1 / curvature, 0.0)
        self._pairs.append((move, change, inverse))
        assert self._scale is not None
        self._scale = torch.where(curved, curvature / (change @ change), self._scale)

    def _direction(self, gradient: Tensor) -> Tensor:
        direction, shares = -gradient, []
        for move, change, inverse in reversed(self._pairs):
            share = inverse * (move @ direction)
            direction = torch.addcmul(direction, change, share, value=-1)
            shares.append(share)
        assert self._scale is not None
        direction = direction * self._scale
        for (move, change, inverse), share in zip(self._pairs, reversed(shares), strict=True):
            direction = torch.addcmul(direction, move, share - inverse * (change @ direction))
        return direction


class Adam:
    """Adam (Kingma and Ba, 2015), as torch.optim.Adam."""

    def __init__(self, rate: float, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self._rate, self._betas = rate, betas
        self.forget()

    def forget(self) -> None:
        """Forget all earlier steps: the loss is another function from now on."""
        self._steps = 0
        self._mean: Tensor | None = None
        self._square: Tensor | None = None

    def step(self, x: Tensor, gradient: Tensor) -> Tensor:
        """The next x, given the gradient of the loss there; both of one shape."""
        if self._mean is None or self._square is None:
            self._mean, self._square = torch.zeros_like(x), torch.zeros_like(x)
        self._steps += 1
        first, second = self._betas
        self._mean = self._mean.lerp(gradient, 1 - first)
        self._square = self._square.lerp(gradient.square(), 1 - second)
        mean = self._mean / (1 - first**self._steps)
        deviation = (self._square / (1 - second**self._steps)).sqrt()
        return x - self._rate * mean / (deviation + 1e-8)


def _rms(tensor: Tensor) -> Tensor:
    return tensor.square().mean().sqrt().clamp(min=1e-30)
