"""Running averages and batch statistics, against torch's own layer in training."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab.training.batch_statistics import (
    BatchStatistics,
    batch_norms,
    identity_parameters,
    logits_by_batch,
    normalise_by_batch,
    refusal,
    with_running,
)


def network(momentum=0.1):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4, momentum=momentum),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 6),
        nn.BatchNorm1d(6, momentum=momentum),
        nn.Dropout(0.5),
        nn.Linear(6, 3),
    )
    with torch.no_grad():
        for norm in batch_norms(model):
            norm.weight.uniform_(0.5, 2)
            norm.bias.normal_()
    return model


@pytest.mark.parametrize("momentum", [0.01, 0.1, 0.6, 1.0])
def test_the_running_averages_of_any_momentum_are_those_that_torch_would_have(momentum):
    batches = [torch.randn(8, 1, 4, 4) * i + i for i in range(1, 6)]
    model, other = network(), network(momentum)
    statistics = BatchStatistics(model)
    for batch in batches:
        model(batch)
        other(batch)
        statistics.read()
    found = statistics.running(momentum)
    for (mean, variance), norm in zip(found, batch_norms(other), strict=True):
        torch.testing.assert_close(mean, norm.running_mean, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(variance, norm.running_var, rtol=1e-4, atol=1e-3)
    images = torch.randn(5, 1, 4, 4)
    own = [norm.running_mean for norm in batch_norms(model)]
    with with_running(model.eval(), found):
        torch.testing.assert_close(model(images), other.eval()(images), rtol=1e-3, atol=1e-3)
    assert all(a is n.running_mean for a, n in zip(own, batch_norms(model), strict=True))


def test_before_the_first_step_they_are_torchs_start():
    for mean, variance in BatchStatistics(network()).running(0.3):
        assert not mean.any()
        assert (variance == 1).all()


@pytest.mark.parametrize("size", [2, 3, 5, 12])
def test_batches_are_normalised_as_torch_does_in_training(size):
    model = network()
    images = torch.randn(12, 1, 4, 4)
    before = [norm.running_mean.clone() for norm in batch_norms(model)]
    found = logits_by_batch(model, images, size)
    assert model.training
    assert model[6].training
    for norm, mean in zip(batch_norms(model), before, strict=True):
        assert torch.equal(norm.running_mean, mean)
    model.train()
    model[6].eval()
    wanted = torch.cat([model(batch) for batch in images.split(size)])
    torch.testing.assert_close(found, wanted.detach(), rtol=1e-4, atol=1e-5)
    assert not any(norm._forward_hooks for norm in batch_norms(model))


def test_of_a_batch_of_one_only_beta_is_left():
    norm = nn.BatchNorm1d(4)
    with torch.no_grad():
        norm.bias.normal_()
    out = normalise_by_batch(norm, torch.randn(9, 4), 1)
    torch.testing.assert_close(out, norm.bias.expand(9, 4))
    with pytest.raises(ValueError, match="Expected more than 1 value per channel") as caught:
        norm(torch.randn(1, 4))
    assert refusal().partition(",")[0] == str(caught.value).partition(",")[0]


def test_with_deviation_and_mean_as_gamma_and_beta_nothing_is_changed():
    x = torch.randn(50, 7, dtype=torch.float64) * 3 + 5
    gamma, beta = identity_parameters(x, 1e-5)
    out = F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5)
    torch.testing.assert_close(out, x)
    assert not torch.allclose(F.batch_norm(x, None, None, training=True), x)
