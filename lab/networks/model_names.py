"""The names of models: what is offered, and what else a name may stand for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab.errors import UserError
from lab.networks import imagenet, weights
from lab.networks.card import Card

UNTRAINED = ":untrained"
"""After the name of a model: its architecture with random initial weights."""


class ModelOptions(dict[str, str]):
    """Name -> title of the models to offer.

    `in` and `[]` also accept names that are not offered: any torchvision classifier, NAME:untrained
    for random initial weights, and the path of a .safetensors file.
    """

    def __missing__(self, name: str) -> str:
        """The title of a model that exists but is not offered."""
        if name.endswith(UNTRAINED):
            return f"{self[name.removesuffix(UNTRAINED)]}, untrained"
        return Path(name).stem if is_file(name) else imagenet.title(name)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        name = name.removesuffix(UNTRAINED)
        return super().__contains__(name) or is_file(name) or imagenet.known(name)


class StyleOptions(dict[str, str]):
    """Name -> title of the style networks to offer; `in` and `[]` accept a file's path too."""

    def __missing__(self, name: str) -> str:
        """The title of one in a file."""
        return Path(name).stem

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and is_file(name))


def is_file(name: str) -> bool:
    """Whether it is the path of a network's file that is there."""
    return name.endswith(weights.SUFFIX) and Path(name).is_file()


def located(name: str) -> str:
    """The name of a model, valid in any working directory: of a file, its absolute path."""
    bare = name.removesuffix(UNTRAINED)
    return str(Path(bare).absolute()) + name[len(bare) :] if is_file(bare) else name


def untrained(card: Card) -> Card:
    """The card of the same architecture with its initial weights."""
    name, title = card.name + UNTRAINED, f"{card.title}, untrained"
    return replace(card, name=name, title=title, data="", metrics={}, trained=False)


def unknown(name: str, offered: ModelOptions) -> UserError:
    """The error for a name that no model has. offered: from which the nearest is named."""
    if name.endswith(weights.SUFFIX):
        return UserError(f"no file {name}: give the path of a saved network")
    return UserError(f"no model {name}: {imagenet.nearest(name, offered)}")
