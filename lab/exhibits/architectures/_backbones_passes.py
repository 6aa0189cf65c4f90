"""Forward passes of the exhibit backbones: feature maps of an image, and what a pass takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lab.exhibits.architectures._backbones_cards import Opened, short
from lab.media.colours import viridis
from lab.networks import imagenet
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.payloads import Pictures
from lab.structure import networks
from lab.structure.feature_maps import Maps, feature_maps
from lab.structure.trace import INPUT, Operation
from lab.workspace import Workspace

# Channels shown of the chosen layer; most and least steps of the strip.
SHOWN, STEPS, FEWEST = 10, 24, 10
# Networks of more parameters wait until they are asked for.
SMALL = 40_000_000
# They pass on what the operation before them made, changed value by value.
_PASSING = ("Norm", "LU", "Hard", "Dropout", "StochasticDepth", "Sigmoid", "permute", "reshape")


def weights_here(name: str, workspace: Workspace) -> bool:
    """Whether its ImageNet weights are on this machine."""
    return name in workspace.shelf.in_hand()


def with_weights(network: Opened, workspace: Workspace, fresh: bool) -> Classifier:
    """The network with ImageNet weights where they are here, else with fresh ones, frozen."""
    if not fresh and weights_here(network.name, workspace):
        return workspace.shelf.get(network.name, workspace.device)
    # ImageNet's usual normalisation, for the networks that torchvision does not know too.
    card = replace(imagenet.card("resnet50"), name=network.name, title=network.title)
    card = replace(card, size=network.edge, data="", trained=False)
    made = Classifier(card, networks.fresh(network.name))
    return made.to(workspace.device).frozen()


def too_large(network: Opened) -> str:
    """Why its weights are not made here; empty where they can be."""
    memory = _memory()
    if network.megabytes * 1e6 <= memory / 4:
        return ""
    return f"{network.title}'s weights take {network.megabytes / 1e3:.1f} GB of {memory / 1e9:.0f}"


def _memory() -> float:
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows
        return 8e9


class Passes:
    """Passes of one image through one network with weights."""

    def __init__(self, network: Opened, classifier: Classifier, workspace: Workspace) -> None:
        self.network, self.classifier = network, classifier
        self.trained = classifier.card.trained
        pixels = classifier.prepare(workspace.picture.pixels, network.edge)
        self.pixels = as_pixels(pixels)
        with torch.no_grad():
            self.image = classifier.normalise(pixels)
        self._steps = steps(network)
        # Of each step, once an image has passed.
        self._strip: dict[str, Maps] = {}

    @property
    def weights(self) -> str:
        """Which weights they are, in words."""
        return "ImageNet weights" if self.trained else "fresh random weights"

    def maps(self, chosen: str) -> Maps | None:
        """The strongest maps of an operation; those of the strip are kept."""
        wanted = {chosen: SHOWN}
        if not self._strip:
            wanted = dict.fromkeys(self._steps, 1) | wanted
        found = feature_maps(self.classifier.network, self.image, wanted)
        if not self._strip:
            self._strip = {name: found[name] for name in self._steps if name in found}
        return found.get(chosen)

    def strip(self) -> Pictures:
        """The strongest map of a few steps on the way, with its shape."""
        operation, strip = self.network.operation, self._strip
        return Pictures(
            [
                self.pixels if operation(name).kind == INPUT else picture_of(maps, 0)
                for name, maps in strip.items()
            ],
            [f"{self._steps[name]}\n{short(operation(name).shape)}" for name in strip],
            strip=True,
            title=f"The image flows through ({self.weights})",
        )

    def channels(self, operation: Operation, maps: Maps) -> Pictures:
        """The strongest channels of the chosen layer."""
        count = len(maps.channels)
        what = f"the strongest {count} of {maps.of} feature maps" if maps.of > 1 else "all units"
        return Pictures(
            [picture_of(maps, i) for i in range(count)],
            title=f"{operation.name}: {what}",
        )


def picture_of(maps: Maps, index: int) -> NDArray[np.uint8]:
    """A map as uint8 (rows, columns, 3): viridis from its least value to its largest."""
    values = maps.maps[index].numpy()
    return viridis(values, float(values.min()), float(values.max()))


def steps(network: Opened) -> dict[str, str]:
    """Name of an operation -> what the strip calls it: the image, and the last of each module.

    Modules as deep as it takes for ten steps, thinned out where they are too many.
    """
    for depth in range(1, 5):
        last: dict[str, Operation] = {}
        for each in network.trace.operations:
            if not any(word in each.kind for word in _PASSING):
                last[".".join((each.path or each.name).split(".")[:depth])] = each
        if len(last) >= FEWEST:
            break
    found = sorted(last.items(), key=lambda item: network.trace.index(item[1].name))
    while len(found) > STEPS:
        # One that is like the next goes, in the middle of all of which that is so.
        shapes = [each.shape for _, each in found]
        alike = [i for i in range(1, len(found) - 1) if shapes[i] == shapes[i + 1]]
        del found[alike[len(alike) // 2] if alike else len(found) // 2]
    return {each.name: name if each.kind != INPUT else "image" for name, each in found}


def timed(
    network: nn.Module, image: torch.Tensor, clock: Callable[[], float], least: float = 1.0
) -> Iterator[float]:
    """Milliseconds of a forward pass of one image: the median so far, after each pass.

    At least three passes after a first one that is not counted, and for at least `least` seconds.
    """
    taken: list[float] = []
    with torch.no_grad():
        network(image)
    begin = clock()
    while len(taken) < 3 or clock() - begin < least:
        start = clock()
        with torch.no_grad():
            network(image)
        if image.device.type == "cuda":
            torch.cuda.synchronize()
        taken.append(1000 * (clock() - start))
        yield median(taken)
