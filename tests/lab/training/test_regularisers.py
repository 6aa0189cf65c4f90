"""Penalties, their gradients and the proximal step against closed forms and torch."""

import pytest
import torch
from torch import nn

from lab.training.regularisers import (
    REGULARISERS,
    PenalisedLoss,
    Strength,
    penalty,
    proximal_step,
    soft_threshold,
    sparsity,
    weights_of,
)

STRENGTH = Strength(0.3, 0.7)


def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))


def test_the_penalty_and_its_gradient_are_the_lectures():
    weight = torch.tensor([[1.0, -2.0], [0.0, 0.5]], requires_grad=True)
    value = penalty([weight], STRENGTH)
    assert value.item() == pytest.approx(0.3 * 3.5 + 0.7 * 5.25)
    value.backward()
    expected = 0.3 * weight.sign() + 2 * 0.7 * weight
    torch.testing.assert_close(weight.grad, expected.detach())


def test_biases_and_normalisation_are_left_alone():
    assert [tuple(w.shape) for w in weights_of(network())] == [(3, 4), (2, 3)]


def test_soft_thresholding_minimises_its_proximal_problem():
    weight = torch.tensor([-2.0, -0.3, 0.0, 0.2, 1.0])
    candidates = torch.linspace(-3, 3, 6001)
    amount = 0.25
    expected = [
        candidates[(0.5 * (candidates - w).square() + amount * candidates.abs()).argmin()].item()
        for w in weight
    ]
    found = soft_threshold(weight.clone(), amount)
    torch.testing.assert_close(found, torch.tensor(expected), atol=1e-3, rtol=0)
    assert (found[1:4].abs() <= 0.0501).all()
    assert found[2] == found[3] == 0


@pytest.mark.parametrize(
    ("way", "added"),
    [
        ("none", lambda w: 0.0),
        ("l1", lambda w: 0.3 * w.abs().sum()),
        ("l1_proximal", lambda w: 0.0),
        ("l2", lambda w: 0.7 * w.square().sum()),
        ("elastic", lambda w: 0.3 * w.abs().sum() + 0.7 * w.square().sum()),
    ],
)
def test_what_is_added_to_the_loss(way, added):
    model, images, labels = network(), torch.rand(5, 4), torch.tensor([0, 1, 1, 0, 1])
    function = PenalisedLoss(REGULARISERS[way], lambda: STRENGTH, keep=True)
    loss, logits = function(model, images, labels, 0.0)
    plain = nn.functional.cross_entropy(logits, labels)
    expected = plain + sum(added(w) for w in weights_of(model))
    torch.testing.assert_close(loss, torch.as_tensor(expected))
    measured = REGULARISERS["l1" if way == "l1_proximal" else way].of(STRENGTH)
    apart = penalty(weights_of(model), measured)
    assert function.read_back() == ([pytest.approx(plain.item())], [pytest.approx(apart.item())])
    assert function.read_back() == ([], [])


def test_l2_is_weight_decay_of_twice_its_strength():
    ours, decayed = network(), network()
    images, labels = torch.rand(5, 4), torch.tensor([0, 1, 1, 0, 1])
    loss, _ = PenalisedLoss(REGULARISERS["l2"], lambda: STRENGTH)(ours, images, labels, 0.0)
    loss.backward()
    torch.optim.SGD(ours.parameters(), 0.1).step()
    nn.functional.cross_entropy(decayed(images), labels).backward()
    groups = [
        {"params": weights_of(decayed), "weight_decay": 2 * 0.7},
        {"params": [p for p in decayed.parameters() if p.ndim == 1]},
    ]
    torch.optim.SGD(groups, 0.1).step()
    for a, b in zip(ours.parameters(), decayed.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_the_proximal_step_shrinks_by_the_learning_rate_times_the_strength():
    """With momentum 0.9 the loss moves the weights ten times as far as lr says."""
    model = network()
    before = [w.detach().clone() for w in weights_of(model)]
    proximal_step(REGULARISERS["l1_proximal"], lambda: Strength(0.5, 9.0))(model, 0.04)
    for was, now in zip(before, weights_of(model), strict=True):
        torch.testing.assert_close(now.detach(), soft_threshold(was, 0.2))
    assert all(
        (proximal_step(row, lambda: STRENGTH) is None) == (name != "l1_proximal")
        for name, row in REGULARISERS.items()
    )


def test_sparsity_counts_small_weights_and_zeros():
    model = nn.Linear(4, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[0, 0.0005, -0.0009, 0.1], [0, 0, 0.002, -5]]))
    assert sparsity(model) == (5 / 8, 3 / 8)
