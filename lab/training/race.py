"""Several networks trained in turn, each with the result that it would have alone."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterator, Mapping
from typing import Protocol, TypeVar

import torch
from torch import nn

from lab.system import devices

M = TypeVar("M", bound=nn.Module)
Name = TypeVar("Name", bound=Hashable)


class Racer(Protocol):
    """What can race: lab.training.trainer.Trainer, or another loop of steps.

    step: steps made. total_steps: steps in all. seed: of its random numbers; None for 0.
    """

    step: int
    total_steps: int
    seed: int | None

    @property
    def device(self) -> torch.device:
        """Where it draws random numbers."""

    def steps(self) -> Iterator[int]:
        """Makes a step at each `next`, to the end."""


R = TypeVar("R", bound=Racer)


def from_seed(seed: int, build: Callable[[], M]) -> M:
    """The network that `build()` returns with random numbers from `seed`: always the same one."""
    with devices.RandomState(torch.device("cpu"), seed):
        return build()


def share(racer: Racer) -> float:
    """The fraction of its steps that it has made, in [0, 1]."""
    return racer.step / racer.total_steps


def race(racers: Mapping[Name, R], retired: Container[Name] = ()) -> Iterator[Name]:
    """Train several networks to their ends, one step at a time; yields whose step was just made.

    The next step is made by the one with the smallest fraction of its own steps done, the first
    named of equals: so all are always equally far, whatever their batch sizes and epochs. Each has
    its own random numbers (dropout, augmentation), seeded by its trainer (0 for None), so its
    result does not depend on the others. For a fair comparison build the networks with `from_seed`
    and give the trainers one seed: then all begin with the same weights and see the same images in
    the same order.

    retired: those that make no more steps; asked before each.
    """
    random = {
        name: devices.RandomState(racer.device, racer.seed or 0) for name, racer in racers.items()
    }
    running = {name: racer.steps() for name, racer in racers.items()}
    while running := {name: steps for name, steps in running.items() if name not in retired}:
        name = min(running, key=lambda name: share(racers[name]))
        with random[name]:
            step = next(running[name], None)
        if step is None:
            del running[name]
        else:
            yield name
