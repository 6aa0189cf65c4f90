"""Cards, photographs and images."""

import dataclasses
from pathlib import Path

import numpy as np
import skimage
import torch
from PIL import Image

from lab.networks.card import Card

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"


DIGITS = tuple("0123456789")


def photograph(name="coffee.png"):
    return np.asarray(Image.open(PHOTOGRAPHS / name).convert("RGB"))


def small_card(**changes):
    card = Card("digits", "Small CNN", "cnn", DIGITS, channels=1, size=28, mean=(0.1,), std=(0.3,))
    return dataclasses.replace(card, **changes)


TRAINED = small_card(arguments={"width": 4, "hidden": 8}, seed=5, trained=True)
IMAGES = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
