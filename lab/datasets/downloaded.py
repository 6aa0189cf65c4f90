"""MNIST, Fashion-MNIST and CIFAR-10 as torchvision reads them, from the user's data folder."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch

from lab.datasets.dataset import Dataset
from lab.errors import Missing
from lab.system import downloads

SOURCES = {
    "mnist": "LeCun, Cortes, Burges: MNIST, CC BY-SA 3.0",
    "fashion_mnist": "Xiao, Rasul, Vollgraf: Fashion-MNIST (2017), MIT",
    "cifar10": "Krizhevsky: Learning multiple layers of features from tiny images (2009)",
}


def load(name: str) -> Dataset:
    """The whole data set, in its original order and split.

    Raises Missing where it has not been downloaded, or where its files are damaged.
    """
    title = downloads.item(name).title
    advice = f"python main.py download {name}"
    if not downloads.present(name):
        raise Missing(f"{title} is not on this machine: {advice}", name)
    try:
        train, test = (_part(name, train) for train in (True, False))
        classes = tuple("0123456789") if name == "mnist" else tuple(train.classes)
        return Dataset(name, title, classes, *_tensors(train), *_tensors(test), SOURCES[name])
    # torchvision raises various types for damaged files.
    except (OSError, RuntimeError, ValueError, TypeError, AssertionError, EOFError):
        raise Missing(f"{title} on this machine is damaged: {advice}", name) from None


def _part(name: str, train: bool) -> Any:
    with warnings.catch_warnings():
        # CIFAR-10 was pickled by a NumPy of 2009, of which NumPy 2.4 warns.
        warnings.simplefilter("ignore")
        return downloads.torchvision_class(name)(downloads.home() / "data", train=train)


def _tensors(part: Any) -> tuple[torch.Tensor, torch.Tensor]:
    if isinstance(part.data, np.ndarray):
        images = torch.from_numpy(part.data).permute(0, 3, 1, 2).contiguous()
    else:
        images = part.data[:, None]
    return images, torch.as_tensor(part.targets, dtype=torch.int64)
