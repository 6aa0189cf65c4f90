"""The lecture's chapter "Better Training", and what its exhibits share."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lab import networks
from lab.datasets import Dataset, channel_statistics
from lab.models import Card


def card_for(network: str, data: Dataset, seed: int) -> Card:
    """The card of a network of lab.networks.NETWORKS that is about to learn `data`."""
    mean, std = channel_statistics(data)
    return Card(
        name=f"{network}-{data.name}",
        title=f"{networks.NETWORKS[network].title} on {data.title}",
        architecture=network,
        arguments={},
        data=data.name,
        classes=data.classes,
        channels=data.channels,
        size=data.size[0],
        mean=mean,
        std=std,
        seed=seed,
    )


def pictures_of(images: Tensor) -> NDArray[np.uint8]:
    """uint8 (N, C, H, W), C = 1 or 3, as uint8 (N, H, W, 3) on the CPU."""
    three = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
    pixels: NDArray[np.uint8] = three.permute(0, 2, 3, 1).cpu().numpy()
    return pixels
