"""Averages over random networks, pass by pass, against the average over all masks."""

import itertools

import pytest
import torch
from torch import nn

from lab.datasets import Dataset
from lab.networks.stochastic import Dropout
from lab.training.monte_carlo import MonteCarlo


def toy():
    """64 coarse random patterns in two classes: networks of few units differ on them."""
    generator = torch.Generator().manual_seed(1)
    coarse = 255 * torch.randint(0, 2, (64, 1, 2, 2), generator=generator, dtype=torch.uint8)
    images = coarse.repeat_interleave(4, 2).repeat_interleave(4, 3)
    labels = torch.randint(0, 2, (64,), generator=generator)
    return Dataset("toy", "Toy", ("a", "b"), images, labels, images, labels, "made")


def network(units=6, p=0.5):
    torch.manual_seed(0)
    layers = nn.Flatten(), nn.Linear(64, units), nn.ReLU(), Dropout(p), nn.Linear(units, 2)
    nn.init.zeros_(layers[4].bias)  # which would decide alone
    return nn.Sequential(*layers)


def drawn(model, count, batch_size=250, seed=3):
    data = toy()
    found = MonteCarlo(model, data.test_images, data.test_labels, seed, batch_size)
    return found, len(list(found.passes(count)))


def test_a_pass_is_one_network_whatever_the_batches():
    (whole, pauses), (parts, more) = drawn(network(), 8), drawn(network(), 8, batch_size=30)
    assert whole.singles == parts.singles
    assert whole.averages == parts.averages
    assert (pauses, more) == (8, 24)
    assert whole.averages[0] == whole.singles[0]
    assert len(set(whole.singles)) > 1


def test_more_passes_go_on_where_the_last_ended():
    found, _ = drawn(network(), 3)
    first = list(found.singles)
    torch.rand(5)
    list(found.passes(6))
    assert found.singles[:3] == first
    assert found.singles == drawn(network(), 6)[0].singles
    assert not list(found.passes(2))
    assert drawn(network(), 3, seed=4)[0].singles != first


def test_the_average_approaches_that_over_all_masks():
    model, data = network(units=4), toy()
    images = data.test_images.float() / 255
    with torch.no_grad():
        hidden = model[:3](images)
        exact = torch.zeros(len(images), 2)
        for mask in itertools.product([0.0, 2.0], repeat=4):
            exact += model[4](hidden * torch.tensor(mask)).softmax(1) / 16
    found, _ = drawn(model, 400)
    average = found._sum / 400
    assert (average - exact).abs().max() < 0.05
    accuracy = (exact.argmax(1) == data.test_labels).float().mean().item()
    assert found.averages[-1] == pytest.approx(accuracy, abs=0.06)


def test_without_randomness_every_pass_is_the_network_itself():
    model, data = network(p=0.0), toy()
    found, _ = drawn(model, 3)
    with torch.no_grad():
        hits = model(data.test_images.float() / 255).argmax(1) == data.test_labels
    assert found.singles == found.averages == [hits.float().mean().item()] * 3
