"""Gradient ascent on two networks: the robust one is much harder to convince."""

import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.adversarial.without_adversaries import Parameters, start_of


@pytest.mark.parametrize(("start", "mean"), [("noise", 0.5), ("black", 0.0)])
def test_where_it_begins(workspace, start, mean):
    data = workspace.data("digits")
    made = start_of(Parameters(start=start), data, workspace.device)
    assert made.shape == (1, 1, 28, 28)
    assert made.mean().item() == pytest.approx(mean, abs=0.05)


def test_the_robust_network_is_much_harder_to_convince(workspace):
    exhibit = catalog.load("adversarial/without_adversaries")
    last = {}
    for frame in exhibit.run(workspace, Knobs(exhibit.parameters())):
        last |= frame.metrics
    assert last["ordinary_probability"] >= 0.95
    assert last["robust_probability"] >= 0.95
    assert last["robust_distance"] > 2 * last["ordinary_distance"]


def test_a_network_that_learned_something_else_is_refused(workspace):
    exhibit = catalog.load("adversarial/without_adversaries")
    knobs = Knobs(exhibit.parameters(robust="efficientnet_lite0"))
    with pytest.raises(UserError, match="was not trained on Digits"):
        list(exhibit.run(workspace, knobs))
