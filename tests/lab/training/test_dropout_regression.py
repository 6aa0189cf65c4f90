"""Dropout on the inputs of linear regression: its closed form against masks."""

import itertools

import pytest
import torch

from lab.training.dropout_regression import best_weights, dropout_loss, l2_penalty, squared_loss


def problem(count=40, inputs=5, outputs=3):
    torch.manual_seed(0)
    x = torch.rand(count, inputs, dtype=torch.float64)
    y = torch.randn(count, outputs, dtype=torch.float64)
    return x, y, torch.randn(inputs, outputs, dtype=torch.float64)


def closed(x, y, w, p):
    return squared_loss(x, y, w) + l2_penalty(x, w, p)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_closed_form_is_the_average_over_all_masks(p):
    x, y, w = problem(count=1)
    expected = 0.0
    for mask in itertools.product([0.0, 1.0], repeat=5):
        kept = torch.tensor(mask, dtype=torch.float64)
        weight = (1 - p) ** kept.sum() * p ** (1 - kept).sum()
        expected += weight * squared_loss(x * kept / (1 - p), y, w)
    torch.testing.assert_close(closed(x, y, w, p), expected)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_random_masks_agree_within_the_sampling_error(p):
    x, y, w = problem()
    w.requires_grad_()
    losses, gradients = [], []
    for _ in range(600):
        loss = dropout_loss(x, y, w, p)
        losses.append(loss.detach())
        gradients.append(torch.autograd.grad(loss, w)[0])
    for samples, exact in (
        (torch.stack(losses), closed(x, y, w, p)),
        (torch.stack(gradients), torch.autograd.grad(closed(x, y, w, p), w)[0]),
    ):
        error = samples.std(0) / 600**0.5
        assert ((samples.mean(0) - exact.detach()).abs() < 4 * error).all()
        # And the error is small enough to tell: the loss alone is far off.
    assert (squared_loss(x, y, w) - torch.stack(losses).mean()).abs() > 8 * torch.stack(
        losses
    ).std() / 600**0.5


@pytest.mark.parametrize("p", [0.0, 0.3, 0.9])
def test_the_best_weights_are_those_of_ridge_regression(p):
    x, y, _ = problem()
    gram = x.T @ x
    expected = torch.linalg.solve(gram + p / (1 - p) * gram.diagonal().diag(), x.T @ y)
    found = best_weights(x, y, p)
    torch.testing.assert_close(found, expected)
    w = found.clone().requires_grad_()
    gradient = torch.autograd.grad(closed(x, y, w, p), w)[0]
    assert gradient.abs().max() < 1e-12


def test_an_input_that_is_always_zero_has_no_weight():
    x, y, _ = problem()
    x[:, 2] = 0
    for p in (0.0, 0.5):
        assert best_weights(x, y, p)[2].abs().max() < 1e-12
