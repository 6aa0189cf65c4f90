"""Training labels replaced by random ones: what a network can then only memorise."""

from __future__ import annotations

from dataclasses import replace

import torch

from lab.datasets.dataset import Dataset


def with_random_labels(data: Dataset, share: float, seed: int) -> Dataset:
    """The same data, of whose training labels a fraction `share` in [0, 1] is drawn at random.

    Each of these is one of all classes, with equal probability, whatever the image shows; the test
    labels stay (Zhang et al., "Understanding deep learning requires rethinking generalization",
    2017). A larger share replaces the same labels and more, by the same ones.
    """
    random = torch.Generator().manual_seed(seed)
    labels = data.train_labels.cpu()
    order = torch.randperm(len(labels), generator=random)
    drawn = torch.randint(len(data.classes), labels.shape, generator=random)
    replaced = order < round(share * len(labels))
    mixed = torch.where(replaced, drawn, labels)
    return replace(data, train_labels=mixed.to(data.train_labels.device))
