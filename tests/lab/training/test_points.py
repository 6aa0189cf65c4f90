"""Points in a plane, and the network that learns them, against torch's own pieces."""

import pytest
import torch
from torch import nn

from lab.training.points import PointTrainer, accuracy, moons, network, probability
from lab.training.race import from_seed


def test_moons_lie_on_two_half_circles():
    data = moons(200, 0.0, 0)
    assert data.points.dtype == torch.float32
    assert data.labels.bincount().tolist() == [100, 100]
    for label, middle in {0: (-0.5, -0.25), 1: (0.5, 0.25)}.items():
        away = data.points[data.labels == label] - torch.tensor(middle)
        torch.testing.assert_close(away.norm(dim=1), torch.ones(100))
        assert ((away[:, 1] >= -1e-6) == (label == 0)).all()


def test_a_seed_gives_the_same_points_and_leaves_the_random_numbers():
    before = torch.get_rng_state()
    a, b, c = moons(20, 0.3, 1), moons(20, 0.3, 1), moons(20, 0.3, 2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(a.points, b.points)
    assert not torch.equal(a.points, c.points)


def test_a_step_is_torchs_own():
    data = moons(30, 0.2, 0)
    ours, plain = from_seed(3, network), from_seed(3, network)
    trainer = PointTrainer(ours, data, lr=lambda: 0.1, steps=5, seed=0)
    assert list(trainer.steps()) == [1, 2, 3, 4, 5]
    optimiser = torch.optim.SGD(plain.parameters(), 0.1, momentum=0.9, nesterov=True)
    for _ in range(5):
        optimiser.zero_grad()
        nn.functional.cross_entropy(plain(data.points), data.labels).backward()
        optimiser.step()
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_the_grid_of_probabilities_has_its_top_row_at_the_top():
    model = nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[0.0, 0.0], [1.0, 3.0]]))
        model.bias.zero_()
    found = probability(model, 2.0, 5)
    assert found[0, 0].item() == pytest.approx(torch.sigmoid(torch.tensor(-2.0 + 6.0)).item())
    assert found[4, 4].item() == pytest.approx(torch.sigmoid(torch.tensor(2.0 - 6.0)).item())
    assert accuracy(model, moons(10, 0.0, 0)) == pytest.approx(
        (moons(10, 0.0, 0).labels == (moons(10, 0.0, 0).points @ torch.tensor([1.0, 3.0]) > 0))
        .float().mean().item()
    )  # fmt: skip
