"""Adversarial training and distillation against their formulas."""

import pytest
import torch
from torch.nn import functional as F

from lab.attacks.training_losses import adversarial_training, distillation
from tests.lab.attacks.samples import IMAGES, LABELS, network


def test_one_iteration_is_fgsm_with_a_random_start():
    model, seen = network(), []
    model.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    loss_function = adversarial_training(lambda: 0.2, 1, 1.25, ramp=0.0)
    loss, logits = loss_function(model, IMAGES, LABELS, 0.5)
    start = seen[0].clone().requires_grad_()
    F.cross_entropy(network()(start), LABELS).backward()
    moved = start.detach() + 0.25 * start.grad.sign()
    expected = (IMAGES + (moved - IMAGES).clamp(-0.2, 0.2)).clamp(0, 1)
    torch.testing.assert_close(seen[-1], expected)
    assert (seen[0] - IMAGES).abs().max() <= 0.2
    torch.testing.assert_close(loss, F.cross_entropy(network()(expected), LABELS))
    torch.testing.assert_close(logits, network()(expected))


@pytest.mark.parametrize(("done", "size"), [(0.0, 0.0), (0.1, 0.05), (0.4, 0.2), (0.9, 0.2)])
def test_epsilon_grows_over_the_first_part_of_the_training(done, size):
    model, seen = network(), []
    model.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    adversarial_training(lambda: 0.2, 3, 0.5, ramp=0.4)(model, IMAGES, LABELS, done)
    assert (seen[-1] - IMAGES).abs().max().item() == pytest.approx(size, abs=1e-6)
    assert len(seen) == 4


def test_adversarial_training_leaves_gradients_to_the_weights_alone():
    model = network()
    loss, _ = adversarial_training(lambda: 0.2, 2, 0.5, ramp=0.0)(model, IMAGES, LABELS, 0.0)
    assert all(p.grad is None for p in model.parameters())
    loss.backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_distillation_is_the_papers_loss():
    teacher, student, t = network(1), network(2), 7.0
    loss, logits = distillation(lambda: t, teacher)(student, IMAGES, LABELS, 0.0)
    soft = torch.exp(teacher(IMAGES) / t)
    soft = soft / soft.sum(1, keepdim=True)
    scaled = student(IMAGES) / t
    expected = -(soft * (scaled - scaled.exp().sum(1, keepdim=True).log())).sum(1).mean()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(logits, student(IMAGES))
    loss.backward()
    assert all(p.grad is None for p in teacher.parameters())


def test_the_teacher_is_trained_on_the_labels_at_a_temperature_that_may_change():
    temperature = [5.0]
    loss_function = distillation(lambda: temperature[0])
    model = network()
    first, _ = loss_function(model, IMAGES, LABELS, 0.0)
    torch.testing.assert_close(first, F.cross_entropy(model(IMAGES) / 5, LABELS))
    temperature[0] = 1.0
    second, _ = loss_function(model, IMAGES, LABELS, 0.0)
    torch.testing.assert_close(second, F.cross_entropy(model(IMAGES), LABELS))
