"""FGSM against its formula, and against Foolbox where it is installed."""

import pytest
import torch
from torch.nn import functional as F

from lab import attacks as a


def test_it_is_its_formula(small, images):
    small.eval()
    labels = torch.tensor([0, 1, 2, 3, 4, 0])
    leaf = images.clone().requires_grad_()
    F.cross_entropy(small(leaf), labels).backward()
    wanted = (images + 0.05 * leaf.grad.sign()).clamp(0, 1)
    assert torch.equal(a.fgsm(small, images, labels, 0.05), wanted)
    towards = (images - 0.05 * leaf.grad.sign()).clamp(0, 1)
    assert torch.equal(a.fgsm(small, images, labels, 0.05, targeted=True), towards)


@pytest.mark.peers
@pytest.mark.parametrize("epsilon", [0.01, 0.1])
def test_it_is_foolboxs_to_the_last_bit(foolbox, peer, epsilon):
    stem = peer(24)
    theirs = stem(foolbox.attacks.FGSM(), epsilon)
    assert torch.equal(a.fgsm(stem.model, stem.images, stem.labels, epsilon), theirs)
