"""Feature maps: the activations of every layer for one image, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.media.colours import viridis
from lab.networks import layers
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.parameters import AUTO, Choice, Number
from lab.payloads import Overlay, Pictures
from lab.workspace import Workspace

# Channels shown of the chosen layer.
SHOWN = 32


@dataclass(frozen=True)
class Parameters:
    """The network, the layer and the channel; the last two may be clicked."""

    model: Annotated[str, Choice("Model", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    layer: Annotated[
        str,
        Choice("Layer", "maps", of="model", auto="First layer", live=True, help="Or click one."),
    ] = AUTO
    channel: Annotated[
        int, Number("Rank of the channel", 0, SHOWN - 1, live=True, help="Or click one.")
    ] = 0


OUTPUTS = (
    Output("layers", Pictures, "Strongest feature map of every layer (click one, or scroll)",
           (0, 0, 3, 12), picks="layer"),
    Output("channels", Pictures, "Feature maps of the layer, strongest channels first",
           (3, 0, 5, 7), picks="channel"),
    Output("enlarged", Overlay, "Activation of the channel", (3, 7, 5, 5)),
)  # fmt: skip

METRICS = (
    Metric("layers", "Layers", "d"),
    Metric("channels", "Channels", "d"),
    Metric("silent", "Inactive channels", ".0%"),
    Metric("strongest", "Largest RMS activation", ".2f"),
)


def strength(maps: Tensor) -> Tensor:
    """RMS activation: float32 (C,), the root mean square of maps (C, H, W)."""
    return maps.float().square().mean((1, 2)).sqrt()


def silent(maps: Tensor) -> float:
    """The share of inactive channels: the same value everywhere."""
    flat = maps.flatten(1)
    return float((flat.amax(1) == flat.amin(1)).float().mean())


def picture_of(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A map, float32 (H, W), as uint8 (H, W, 3): viridis from its least value to its largest."""
    return viridis(maps, float(maps.min()), float(maps.max()))


class FeatureMapCards:
    """The activations of one forward pass, and the frames that show parts of them."""

    def __init__(self, model: Classifier, pixels: Tensor) -> None:
        self.layers = [layer for layer in layers.layers(model) if layer.maps]
        if not self.layers:
            raise UserError(
                f"{model.card.title} has no spatial layers: choose a convolutional network"
            )
        found = layers.activations(model, pixels, [layer.name for layer in self.layers])
        self._maps = [found[layer.name][0].float().cpu() for layer in self.layers]
        self._order = [strength(maps).argsort(descending=True) for maps in self._maps]
        self._picture = as_pixels(pixels)
        self._strip = [
            picture_of(maps[order[0]].numpy())
            for maps, order in zip(self._maps, self._order, strict=True)
        ]

    def frame(self, now: Parameters) -> Frame:
        """All layers, the channels of the chosen layer, and the chosen channel over the image."""
        layer = self.layers[0] if now.layer == AUTO else layers.find(self.layers, now.layer)
        index = self.layers.index(layer)
        maps = self._maps[index]
        order = self._order[index][:SHOWN].tolist()
        rank = min(now.channel, len(order) - 1)
        values = strength(maps)
        chosen = maps[order[rank]].numpy()
        captions = [f"{c}: {values[c]:.2f}" for c in order]
        low, high = float(chosen.min()), float(chosen.max())
        names = [f"{one.name}\n{one.size}" for one in self.layers]
        strip = Pictures(self._strip, names, selected=index, strip=True)
        shown = f"{len(order)} of {len(maps)} feature maps"
        title = f"{layer.name} ({layer.kind}): {shown} (channel: RMS activation)"
        return Frame(
            {
                "layers": strip,
                "channels": Pictures(
                    [picture_of(maps[c].numpy()) for c in order],
                    captions,
                    selected=rank,
                    title=title,
                ),
                "enlarged": Overlay(
                    self._picture,
                    chosen,
                    low,
                    high,
                    "activation, stretched",
                    0.7,
                    title=f"Activation of channel {order[rank]} of {layer.name}",
                ),
            },
            {
                "layers": len(self.layers),
                "channels": len(maps),
                "silent": silent(maps),
                "strongest": float(values[order[0]]),
            },
            f"layer {index + 1} of {len(self.layers)}: {layer.title}",
            1.0,
        )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """One forward pass; then the layer and the channel that are clicked."""
    yield Frame(status=f"loading {knobs.now.model}")
    model = workspace.shelf.get(knobs.now.model, workspace.device)
    cards = FeatureMapCards(model, model.prepare(workspace.picture.pixels))
    while True:
        frame = cards.frame(knobs.now)
        yield frame.then(Frame(rest=True))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Early layers keep the image and respond to edges and colours; later feature maps are "
    "coarse and respond to parts and objects. Bright: high activation; each map is stretched from "
    "its least value to its largest. An inactive channel has the same value everywhere.",
    source="Zeiler and Fergus, 2014; Yosinski et al., 2015",
    metrics=METRICS,
    pictures=1,
    follows=True,
    lively=True,
    quick={"model": "alexnet-stem"},
    picture="chelsea",
    main="channels",
)
