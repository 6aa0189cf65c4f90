"""Several networks trained in turn, each with the result that it would have alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TypeVar

import torch
from torch import nn

from lab.system import devices
from lab.training.trainer import Trainer

M = TypeVar("M", bound=nn.Module)
Name = TypeVar("Name", bound=Hashable)


def from_seed(seed: int, build: Callable[[], M]) -> M:
    """The network that `build()` returns with random numbers from `seed`: always the same one."""
    with devices.RandomState(torch.device("cpu"), seed):
        return build()


def race(trainers: Mapping[Name, Trainer]) -> Iterator[Name]:
    """Train several networks to their ends, one step at a time; yields whose step was just made.

    The next step is made by the trainer with the smallest fraction of its own steps done, the first
    named of equals: so all are always equally far, whatever their batch sizes and epochs. Each has
    its own random numbers (dropout, augmentation), seeded by its trainer (0 for None), so its
    result does not depend on the others. For a fair comparison build the networks with `from_seed`
    and give the trainers one seed: then all begin with the same weights and see the same images in
    the same order.
    """
    random = {
        name: devices.RandomState(trainer.data.train_labels.device, trainer.seed or 0)
        for name, trainer in trainers.items()
    }
    running = {name: trainer.steps() for name, trainer in trainers.items()}
    while running:
        name = min(running, key=lambda name: trainers[name].step / trainers[name].total_steps)
        with random[name]:
            step = next(running[name], None)
        if step is None:
            del running[name]
        else:
            yield name
