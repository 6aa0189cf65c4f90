"""Random labels: as many as asked for, independent of the image, in the training set alone."""

import pytest
import torch

from lab import datasets
from lab.datasets.random_labels import with_random_labels


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_such_a_share_is_drawn_and_a_tenth_of_that_is_right_by_chance(digits, share):
    found = with_random_labels(digits, share, 3)
    changed = (found.train_labels != digits.train_labels).float().mean().item()
    assert changed == pytest.approx(0.9 * share, abs=0.02)
    assert torch.equal(found.test_labels, digits.test_labels)
    assert torch.equal(found.train_images, digits.train_images)
    counts = torch.bincount(found.train_labels, minlength=10)
    assert counts.min() > 0.8 * len(found.train_labels) / 10


def test_a_larger_share_replaces_the_same_and_more(digits):
    half, whole = (with_random_labels(digits, share, 3).train_labels for share in (0.5, 1.0))
    replaced = half != digits.train_labels
    assert torch.equal(half[replaced], whole[replaced])


def test_another_seed_draws_others(digits):
    one, again, other = (with_random_labels(digits, 1, s).train_labels for s in (3, 3, 4))
    assert torch.equal(one, again)
    assert (one != other).float().mean() > 0.8
