"""Networks that were trained by this program and ship with it (resources/networks/make.py)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab.networks import weights
from lab.networks.card import Card
from lab.networks.models import Network

STEM = "alexnet-stem"
"""Trained on photograph patches: its first filters are gratings, opponent colours and blobs."""
DIGITS, ROBUST, ROBUST_L2 = "digits-cnn", "digits-robust", "digits-robust-l2"
"""The same network, trained on the digits in three ways: as they are, and adversarially."""

TITLES = {
    STEM: "AlexNet stem (photographs)",
    DIGITS: "CNN (digits)",
    ROBUST: "CNN, adversarial training (digits)",
    ROBUST_L2: "CNN, L2 adv. training (digits)",
}
"""Name -> title of them all."""

_FOLDER = Path(__file__).parents[2] / "resources" / "networks"


def load(name: str) -> Network:
    """The network called `name`, one of TITLES, frozen, on the CPU."""
    network = weights.read(_file(name))
    network.card = _titled(network.card, name)
    return network


def card(name: str) -> Card:
    """The card of the network called `name`, one of TITLES; no tensor is made."""
    return _titled(weights.card(_file(name)), name)


def _file(name: str) -> Path:
    return _FOLDER / f"{name}{weights.SUFFIX}"


def _titled(found: Card, name: str) -> Card:
    return replace(found, name=name, title=TITLES[name])
