"""DeepFool on a linear model, where one step is exact, and against Foolbox."""

import pytest
import torch

from lab import attacks as a
from tests.lab.attacks.samples import distance, predicted


def test_it_goes_straight_over_the_boundary_of_a_linear_model(linear, images):
    labels = predicted(linear, images)
    attack = a.DeepFool(linear, images, labels)
    list(attack.steps())
    assert attack.fooled.all()
    assert torch.allclose(
        attack.delta.flatten(1).norm(dim=1), 1.02 * distance(linear, images), atol=1e-3
    )


@pytest.mark.peers
def test_it_is_foolboxs(foolbox, peer):
    stem = peer(16)
    theirs = stem(foolbox.attacks.L2DeepFoolAttack(steps=10, candidates=5))
    ours = a.deepfool(stem.model, stem.images, stem.labels, 10, 5)
    stem.compare(ours, theirs)
    assert ((ours - theirs).abs() > 1e-3).float().mean() < 0.01
