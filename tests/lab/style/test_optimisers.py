"""Descent, one evaluation a step, against torch's own optimisers."""

import pytest
import torch

from lab.style.optimisers import LBFGS, Adam


def valley(x):
    """Rosenbrock's banana, in pairs of dimensions, with a bowl that keeps it tame."""
    a, b = x[0::2], x[1::2]
    return (0.2 * (b - a.square()).square() + (1 - a).square()).sum() + 0.01 * x.square().sum()


def gradient(x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(valley(x), x)[0]


def begin():
    return torch.randn(8, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@pytest.mark.parametrize("memory", [2, 10])
def test_lbfgs_goes_step_for_step_as_torchs(memory):
    theirs = begin().requires_grad_()
    options = {"max_iter": 1, "tolerance_change": -1.0, "tolerance_grad": -1.0}
    peer = torch.optim.LBFGS([theirs], lr=0.5, history_size=memory, **options)

    def closure():
        peer.zero_grad()
        loss = valley(theirs)
        loss.backward()
        return loss

    ours, descent = begin(), LBFGS(memory, rate=0.5)
    for _ in range(30):
        peer.step(closure)
        ours = descent.step(ours, gradient(ours))
        assert torch.allclose(ours, theirs.detach(), rtol=1e-6, atol=1e-9)
    assert float(valley(ours)) < 0.05 * float(valley(begin()))


def test_adam_goes_step_for_step_as_torchs():
    theirs = begin().requires_grad_()
    peer = torch.optim.Adam([theirs], lr=0.1)
    ours, descent = begin(), Adam(0.1)
    for _ in range(30):
        peer.zero_grad()
        valley(theirs).backward()
        peer.step()
        ours = descent.step(ours, gradient(ours))
        assert torch.allclose(ours, theirs.detach(), rtol=1e-6, atol=1e-9)


def test_no_step_goes_further_than_it_may():
    x, descent = 100 * begin(), LBFGS(furthest=0.25)
    for _ in range(10):
        there = descent.step(x, gradient(x))
        assert float((there - x).square().mean().sqrt()) <= 0.25 * (1 + 1e-9)
        x = there


def test_curvature_that_is_none_is_passed_over():
    x, descent = torch.zeros(4), LBFGS()
    slope = torch.tensor([1.0, 2, 3, 4])
    for _ in range(5):
        x = descent.step(x, slope)
        assert torch.isfinite(x).all()
    assert (x < 0).all()


@pytest.mark.parametrize("make", [LBFGS, lambda: Adam(0.1)])
def test_what_is_forgotten_has_no_say(make):
    descent, fresh = make(), make()
    x = begin()
    for _ in range(5):
        x = descent.step(x, gradient(x))
    descent.forget()
    assert torch.equal(descent.step(x, gradient(x)), fresh.step(x, gradient(x)))


@pytest.mark.parametrize("make", [LBFGS, lambda: Adam(0.1)])
def test_a_flat_place_is_not_left(make):
    x = torch.ones(2, 3)
    assert torch.equal(make().step(x, torch.zeros(2, 3)), x)
