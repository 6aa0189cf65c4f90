"""The climb on two networks: its formula, and the story that it must tell."""

import pytest
import torch

from lab import catalog
from lab.attacks.targeted_ascent import Climb
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.adversarial.without_adversaries import Parameters, start_of
from lab.networks import models
from lab.networks.card import Card

CARD = Card("o", "O", "mlp", tuple("abc"), channels=1, size=28, mean=(0.1,), std=(0.3,))


def test_each_picture_climbs_to_its_class_until_the_network_is_sure():
    model = models.build(CARD).frozen()
    start = torch.full((1, 1, 28, 28), 0.5)
    climb = Climb(model, start)
    sure, expected = 0.7, [start.clone() for _ in range(3)]
    for _ in range(12):
        climb.step(0.5, sure)
        for target, x in enumerate(expected):
            leaf = x.clone().requires_grad_()
            score = model(leaf).log_softmax(1)[0, target]
            if score.exp() < sure:
                (slope,) = torch.autograd.grad(score, leaf)
                expected[target] = (x + 0.5 * slope / slope.norm()).clamp(0, 1)
    torch.testing.assert_close(climb.images, torch.cat(expected), atol=1e-4, rtol=0)
    torch.testing.assert_close(climb.probabilities, model(climb.images).softmax(1).diagonal())
    ways = [(x - start).norm() for x in expected]
    torch.testing.assert_close(climb.distances, torch.stack(ways), atol=1e-4, rtol=0)
    assert climb.step(0.5, 0.0) == 0
    assert (start == 0.5).all()


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
