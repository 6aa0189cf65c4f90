"""One run's figures never depend on what else was started, nor on when it was looked at."""

import itertools
from contextlib import closing
from dataclasses import dataclass, replace

import pytest
import torch

from lab import catalog
from lab.exhibit import Exhibit, Frame, Knobs
from lab.networks import imagenet, models
from lab.networks.shelf import Shelf
from lab.occlusion import convolutions
from lab.system import devices

PATHS = [entry.path for entry in catalog.entries()]
SEED = 3


@dataclass(frozen=True)
class Nothing:
    """No parameters."""


def noisy(knobs, workspace):
    """Does whatever draws, seeds, probes or looks into networks, turn after turn."""
    shelf = Shelf()
    things = itertools.cycle(
        (
            lambda: torch.randn(3, device=workspace.device),
            lambda: torch.randperm(5),
            lambda: models.outline(imagenet.card("regnet_x_400mf")),
            lambda: shelf.untrained("digits-cnn"),
            lambda: convolutions._fuses.clear() or convolutions.fuses(),
            devices.warm_up,
        )
    )
    while True:
        next(things)()
        yield Frame()


NOISY = Exhibit(Nothing, noisy, (), "", "")


def figures(path, workspace, other=None, **values):
    """What a quick run ends with; `other` begins in its middle, and they take turns from there."""
    exhibit = catalog.load(path)
    knobs = Knobs(exhibit.parameters(**(dict(exhibit.quick) | values)))
    result, frames = {}, exhibit.run(workspace, knobs, seed=SEED)
    for number, frame in enumerate(frames):
        result |= frame.metrics
        if other is not None and number >= 2:
            next(other, None)
    return exhibit.repeatable(result)


@pytest.mark.parametrize("path", PATHS)
def test_alone_and_beside_another_the_figures_are_the_same(path, lab_of_few, held_clock):
    alone = figures(path, lab_of_few)
    held_clock.tick = 1.0  # and whoever looks on sees it more often
    with closing(NOISY.run(lab_of_few, seed=9)) as other:
        assert figures(path, replace(lab_of_few, shelf=Shelf()), other) == alone


@pytest.mark.parametrize("path", PATHS)
def test_a_second_time_the_figures_are_the_same(path, lab_of_few, held_clock):
    """What the first run left on the shelf, or measured of the machine, changes nothing."""
    # Where no network is chosen, one is taught, and lies on the shelf the second time.
    once = {"models": (), "data": "digits"} if path == "adversarial/robustness" else {}
    first = figures(path, lab_of_few, **once)
    assert figures(path, lab_of_few, **once) == first
