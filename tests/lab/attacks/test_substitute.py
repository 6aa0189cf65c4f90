"""The oracle, and the augmentation against the paper's formula."""

import pytest
import torch
from torch.autograd.functional import jacobian

from lab.attacks.substitute import Oracle, jacobian_augmentation
from lab.networks.pixels import to_float


def test_the_oracle_gives_labels_and_counts_every_image(classifier, digits):
    oracle = Oracle(classifier)
    labels = oracle.ask(digits.test_images[:7])
    assert labels.dtype == torch.int64
    assert torch.equal(labels, classifier(to_float(digits.test_images[:7])).argmax(1))
    oracle.ask(digits.test_images[:5])
    assert oracle.queries == 12


@pytest.mark.parametrize("step", [0.1, -0.1])
def test_the_augmentation_is_the_papers_formula(classifier, digits, step):
    images = digits.test_images[:3]
    labels = torch.tensor([4, 0, 9])
    moved = jacobian_augmentation(classifier, images, labels, step)
    assert moved.dtype == torch.uint8
    for i in range(3):
        image = to_float(images[i : i + 1]).double()
        gradient = jacobian(lambda x: classifier.double()(x).softmax(1)[0], image)[labels[i], 0]
        classifier.float()
        expected = (images[i].double() + round(255 * step) * gradient.sign()).clamp(0, 255)
        assert (moved[i].double() == expected).float().mean() > 0.999
    assert torch.equal(images, digits.test_images[:3])
