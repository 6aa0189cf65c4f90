"""The networks that ship with the program are what their titles say."""

import pytest
import torch

from lab.errors import UserError
from lab.networks.shipped import STEM


def test_a_stem_whose_filters_can_be_read_is_always_there(shelf):
    stem = shelf.get(STEM)
    assert shelf.in_hand()[STEM] == stem.card.title
    assert stem.card.metrics["test_accuracy"] > 0.75
    assert list(stem.history)[:3] == [0, 10, 100]
    assert torch.equal(stem.history[0], shelf.untrained(STEM).network.conv1.weight)
    last = list(stem.history.values())[-1]
    assert torch.equal(last, stem.network.conv1.weight)
    with pytest.raises(UserError, match="not trained here"):
        shelf.remove(STEM)


def test_a_network_of_digits_is_always_there_and_its_twin_that_is_hard_to_fool(shelf):
    from lab import datasets
    from lab.attacks import fgsm
    from lab.networks.pixels import to_float

    data = datasets.load("digits")
    images, labels = to_float(data.test_images[:300]), data.test_labels[:300]
    accuracies = {}
    for name in ("digits-cnn", "digits-robust"):
        network = shelf.get(name)
        assert shelf.in_hand()[name] == network.card.title
        assert next(network.parameters()).dtype == torch.float32
        for attacked in (images, fgsm(network, images, labels, 0.25)):
            right = (network(attacked).argmax(1) == labels).float().mean().item()
            accuracies.setdefault(name, []).append(right)
    assert accuracies["digits-cnn"][0] > 0.96
    assert accuracies["digits-cnn"][1] < 0.35
    assert accuracies["digits-robust"][0] > 0.96
    assert accuracies["digits-robust"][1] > 0.88
