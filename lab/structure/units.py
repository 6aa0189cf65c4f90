"""The units of a network: which there are, what each can see, and what it depends on."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lab.errors import UserError
from lab.networks.layers import layers
from lab.networks.models import Classifier
from lab.structure.effective_fields import Place, UnitGradients, random_signs
from lab.structure.fields import Box, Field, depths, fields, index_of, sizes_by_depth
from lab.structure.trace import Operation, traced

# Images of one forward pass.
CHUNK = 4
# Of the image's edge: the largest field of the layer that is shown first.
FITTING = 0.75
Heat = NDArray[np.float32]


@dataclass(frozen=True)
class Unit:
    """One unit of a layer. place: as in Field.units. channel: -1 for all."""

    layer: str
    place: tuple[int, ...]
    channel: int


class NetworkFields:
    """A classifier and the theoretical fields of its layers, for images of its own size."""

    def __init__(self, classifier: Classifier) -> None:
        """UserError for a network without convolutions."""
        card = classifier.card
        self.classifier, self.size = classifier, card.size
        self.trace = traced(classifier.network, card.size, card.channels)
        self.fields = fields(self.trace)
        self.depths = depths(self.trace)
        if not any(each.kind.startswith("Conv") for each in self.trace.operations):
            raise UserError(
                f"{card.title} has no convolutions, so each of its units sees the whole input: "
                "choose a convolutional network"
            )
        self._places: dict[str, int] = {}
        for layer in layers(classifier, tokens=True):
            with contextlib.suppress(KeyError):  # a part of an attention, which is one operation
                self._places[layer.name] = index_of(self.trace, layer.name)

    def at(self, layer: str) -> int:
        """The operation whose result is the layer's output. UserError where there is none."""
        if layer not in self._places:
            title = self.classifier.card.title
            raise UserError(f"layer {layer} of {title} is no operation by itself: choose another")
        return self._places[layer]

    def operation(self, layer: str) -> Operation:
        """The operation whose result is the layer's output."""
        return self.trace.operations[self.at(layer)]

    def field(self, layer: str) -> Field:
        """The theoretical fields of a layer's units."""
        return self.fields[self.at(layer)]

    def spread(self) -> list[str]:
        """The layers with several places, poolings left out, one of each depth, in order."""
        found: dict[int, str] = {}
        for name, place in sorted(self._places.items(), key=lambda item: (item[1], -len(item[0]))):
            several = math.prod(self.fields[place].units) > 1
            if several and "Pool" not in self.trace.operations[place].kind:
                found[self.depths[place]] = name
        return [found[depth] for depth in sorted(found)]

    def last(self) -> str:
        """The last layer with several places. UserError where there is none."""
        found = self.spread()
        if not found:
            title = self.classifier.card.title
            raise UserError(f"{title} has no layer with rows and columns: choose another model")
        return found[-1]

    def fitting(self) -> str:
        """The layer with the largest field that is clearly smaller than the image; else the last.

        There the box, and the effective field in it, can be seen.
        """
        most = FITTING * self.size
        sizes = {name: max(self.field(name).size) for name in self.spread()}
        small = [
            name for name, size in sizes.items() if size <= most and not self.field(name).whole
        ]
        best = max(small, key=lambda name: sizes[name], default="")
        return best if best and sizes[best] > self.size / 5 else self.last()

    def sizes(self) -> dict[int, int]:
        """Depth -> edge of the largest theoretical field, in pixels: see `sizes_by_depth`."""
        return sizes_by_depth(self.trace, self.fields)

    def unit_at(self, layer: str, across: int, down: int, channel: int) -> Unit:
        """The unit drawn at a pixel of the image; the one in the middle where it is negative."""
        x, y = (self.size // 2 if at < 0 else min(at, self.size - 1) for at in (across, down))
        units = self.field(layer).units
        if len(units) == 2:
            place = tuple(n * at // self.size for n, at in zip(units, (y, x), strict=True))
        elif len(units) == 1:
            # A class token comes first.
            edge = math.isqrt(units[0])
            place = (units[0] - edge**2 + y * edge // self.size * edge + x * edge // self.size,)
        else:
            place = ()
        return Unit(layer, place, min(channel, self.channels(layer) - 1))

    def channels(self, layer: str) -> int:
        """The number of channels, or of the units of a layer without places."""
        shape = self.operation(layer).shape
        return math.prod(shape) // max(math.prod(self.field(layer).units), 1)

    def index(self, unit: Unit) -> Place:
        """Where the unit's channels are in the layer's output, without the batch."""
        field, rank = self.field(unit.layer), len(self.operation(unit.layer).shape)
        index: list[int | slice] = [slice(None)] * (rank - 1)
        for axis, at in zip(field.axes, unit.place, strict=True):
            index[axis - 1] = at
        return tuple(index)

    def box(self, unit: Unit) -> Box:
        """What the unit sees of the image."""
        return self.field(unit.layer).box(*unit.place)


def effective(
    network: NetworkFields,
    classifier: Classifier,
    unit: Unit,
    images: Tensor,
    generator: torch.Generator,
    together: int = CHUNK,
) -> Iterator[tuple[Heat, int]]:
    """(mean |gradient| of the unit over the first n images, n), for more and more of them.

    network: says where the unit is; classifier: one of that architecture. Of all channels their sum
    with random signs is taken. together: images of one pass.
    """
    total, done = torch.zeros(images.shape[2:]), 0
    # One image first: its field is there at once, under the pointer for instance.
    for first in (0, *range(1, len(images), together)):
        chunk = images[first : first + together] if first else images[:1]
        gradients = UnitGradients(classifier, unit.layer, chunk)
        channels = network.channels(unit.layer)
        weights = random_signs(len(chunk), channels, generator)
        if unit.channel >= 0:
            weights = torch.zeros(len(chunk), channels)
            weights[:, unit.channel] = 1
        found = gradients.magnitude(network.index(unit), weights.to(chunk.device), last=True)
        total += found.cpu() * len(chunk)
        done += len(chunk)
        yield (total / done).numpy(), done
