"""Features computed once are those that the network computes at each step."""

import torch

from lab.networks import models
from lab.networks.splitting import Split
from lab.training.features import features
from tests.lab.networks.samples import small_card


def test_features_are_the_frozen_networks_own_to_the_last_bit():
    classifier = models.build(small_card())
    classifier.train()
    images = torch.randint(0, 256, (10, 1, 28, 28), dtype=torch.uint8)
    below = Split(classifier).below(2)
    before = {k: v.clone() for k, v in classifier.state_dict().items()}
    *pauses, found = features(below, images, batch_size=4)
    assert pauses == [None] * 3
    assert classifier.training
    assert not found.requires_grad
    assert all(torch.equal(v, before[k]) for k, v in classifier.state_dict().items())
    classifier.eval()
    with torch.no_grad():
        for start in range(0, 10, 4):
            some = images[start : start + 4].float().mul(1 / 255)
            some = some.to(memory_format=torch.channels_last)
            assert torch.equal(
                Split(classifier).above(2)(found[start : start + 4]), classifier(some)
            )
