"""The effective fields of a network on the screen: of the chosen unit, and layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from lab.exhibit import Frame
from lab.exhibits.architectures._receptive_field_cards import Measured, shown
from lab.media.pictures import Picture
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.parameters import AUTO
from lab.structure.units import NetworkFields, Unit, effective

# Layers of which the effective field is measured for the curve, and images for each.
LAYERS, LAYER_IMAGES = 8, 2


class Chosen(Protocol):
    """The parameters that say which unit, and at which images its gradient is taken."""

    @property
    def layer(self) -> str: ...
    @property
    def channel(self) -> int: ...
    @property
    def inputs(self) -> str: ...
    @property
    def samples(self) -> int: ...
    @property
    def across(self) -> int: ...
    @property
    def down(self) -> int: ...


class Session:
    """One network, trained and with initial weights, and what is known of the chosen unit."""

    def __init__(self, model: Classifier, other: Classifier, picture: Picture, seed: int) -> None:
        """other: the same architecture with initial weights. UserError: see NetworkFields."""
        self.network = NetworkFields(model)
        names = "Trained weights", "Initial weights"
        if model.card.seed != other.card.seed:
            first, second = (f"Initial weights, seed {each.card.seed}" for each in (model, other))
            names = first, second
        self.models = {"field": (model, names[0]), "initial": (other, names[1])}
        self.pixels = model.prepare(picture.pixels)
        self.seed = seed
        self.edges: dict[str, dict[int, float]] = {name: {} for name in names}

    def unit(self, now: Chosen) -> Unit:
        """The chosen unit."""
        layer = self.network.fitting() if now.layer == AUTO else now.layer
        return self.network.unit_at(layer, now.across, now.down, now.channel)

    def images(self, count: int, inputs: str) -> tuple[Tensor, torch.Generator]:
        """The images at which the gradient is taken, the same whenever they are asked for."""
        generator = torch.Generator().manual_seed(self.seed)
        if inputs == "picture":
            return self.pixels, generator
        shape = (count, *self.pixels.shape[1:])
        return torch.rand(shape, generator=generator).to(self.pixels.device), generator

    def measure(self, now: Chosen) -> Iterator[Frame]:
        """The cards of the chosen unit, as its gradient is averaged over more images."""
        unit, picture = self.unit(now), as_pixels(self.pixels)
        words = "this image" if now.inputs == "picture" else "{} random images"
        passes = {}
        for name, (model, _) in self.models.items():
            images, generator = self.images(now.samples, now.inputs)
            passes[name] = effective(self.network, model, unit, images, generator)
        for both in zip(*passes.values(), strict=True):
            known = {
                name: Measured(heat, done, weights)
                for (name, (_, weights)), (heat, done) in zip(
                    self.models.items(), both, strict=True
                )
            }
            yield shown(picture, self.network, unit, known, words)

    def chosen(self) -> list[str]:
        """Layers of all depths, of which the curve shows the effective field."""
        layers = self.network.spread()
        count = min(LAYERS, len(layers))
        return [layers[i * (len(layers) - 1) // max(count - 1, 1)] for i in range(count)]

    def deepen(self) -> Iterator[None]:
        """The effective fields of those layers, one after another: twice as many turns."""
        for layer in self.chosen():
            unit = self.network.unit_at(layer, -1, -1, -1)
            for model, weights in self.models.values():
                images, generator = self.images(LAYER_IMAGES, "noise")
                for heat, _ in effective(self.network, model, unit, images, generator):
                    found = Measured(heat, LAYER_IMAGES, weights)
                self.edges[weights][self.network.depths[self.network.at(layer)]] = found.edge
                yield
