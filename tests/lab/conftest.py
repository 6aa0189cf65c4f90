"""What tests of several rooms share."""

import pytest


@pytest.fixture(scope="session")
def few_digits():
    """640 training and 100 test digits: a network trains on them in a second."""
    from lab import datasets
    from lab.datasets import Dataset

    data = datasets.load("digits")
    return Dataset(
        *("few", "Few digits", data.classes, data.train_images[:640], data.train_labels[:640]),
        *(data.test_images[:100], data.test_labels[:100], ""),
    )
