"""Plain gradient descent on the input against its formula."""

import pytest
import torch
from torch.nn import functional as F

from lab import attacks as a
from tests.lab.attacks.samples import predicted


def test_it_steps_along_the_gradient_itself(small, images):
    small.eval()
    labels, x = torch.full((6,), 3), images
    for _ in range(3):
        leaf = x.clone().requires_grad_()
        F.cross_entropy(small(leaf), labels, reduction="sum").backward()
        x = (x - 0.1 * leaf.grad).clamp(0, 1)
    found = a.gradient_descent(small, images, labels, 0.1, 3, True, early_stop=False)
    assert torch.allclose(found, x, atol=1e-6)


def test_a_relative_step_is_the_largest_change_of_the_first_iteration(small, images):
    labels = predicted(small.eval(), images[:1])
    attack = a.GradientDescent(small, images[:1], labels, 0.01, 1, relative=True)
    attack.run()
    assert attack.delta.abs().max().item() == pytest.approx(0.01, rel=1e-4)
