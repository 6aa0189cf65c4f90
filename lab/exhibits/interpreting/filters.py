"""Convolutional filters: the weights of a trained layer beside its random initialisation."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.networks.filters import as_filters, first_layer, first_layer_filters, layer_filters
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.networks.shipped import STEM
from lab.parameters import AUTO, Choice, Number
from lab.payloads import Filters, Note, Overlay, Pictures
from lab.workspace import Workspace

# Edge in pixels from which the eye can tell a filter from noise.
LEGIBLE = 5
# Least edge, in pixels, of the image for a feature map.
SEEN = 224
# Filters drawn of a layer, and of each stage of its training.
SHOWN = 96
SHEET = 25


@dataclass(frozen=True)
class Parameters:
    """The network, the layer, and the filter whose feature map is shown."""

    model: Annotated[str, Choice("Model", "models", help="Or drop a .safetensors.")] = STEM
    layer: Annotated[
        str, Choice("Layer", "convolutions", of="model", auto="First layer (sees the image)")
    ] = AUTO
    filter: Annotated[int, Number("Filter", 0, 4095, help="Or click one.")] = 0


OUTPUTS = (
    Output("trained", Filters, "Trained filters (click one)", (0, 0, 1, 4), picks="filter"),
    Output("untrained", Filters, "Random initialisation", (0, 4, 1, 4), picks="filter"),
    Output("forming", Pictures, "First layer during training", (0, 8, 1, 4)),
    Output("response", Overlay, "Feature map of the trained filter", (1, 0, 1, 4)),
    Output("untrained_response", Overlay, "Feature map of the untrained filter", (1, 4, 1, 4)),
    Output("reading", Note, "How to read the filters", (1, 8, 1, 4)),
)

METRICS = (
    Metric("filters", "Filters", "d"),
    Metric("smoothness", "Smoothness", ".0%"),
    Metric("untrained_smoothness", "Smoothness, untrained", ".0%"),
    Metric("colour", "Opposing colours", ".0%"),
)


def smoothness(weights: NDArray[np.float32]) -> float:
    """The share of the filters' energy below half of the highest spatial frequency, in [0, 1].

    weights: (N, H, W, C). The mean of each filter and channel is left out: it is no pattern.
    About 0.25 for independent weights, near 1 for smooth ones.
    """
    centred = weights - weights.mean((1, 2), keepdims=True)
    power = np.abs(np.fft.fft2(centred, axes=(1, 2))) ** 2
    high, wide = (np.abs(np.fft.fftfreq(n)) for n in weights.shape[1:3])
    # A cell on the border of the low half counts in part, so that small kernels are comparable.
    rows, columns = (np.clip((0.25 - f) * len(f) + 0.5, 0, 1) for f in (high, wide))
    low = rows[:, None] * columns[None, :]
    total = power.sum()
    return float((power * low[None, :, :, None]).sum() / total) if total else 0.0


def colour(weights: NDArray[np.float32]) -> float:
    """The share of filters with more energy between the channels than common to them."""
    if weights.shape[3] == 1:
        return 0.0
    common = weights.mean(3, keepdims=True)
    opposed = ((weights - common) ** 2).sum((1, 2, 3))
    return float((opposed > 3 * (common**2).sum((1, 2, 3))).mean())


def reading(weights: NDArray[np.float32], fresh: NDArray[np.float32]) -> Note:
    """The lecture's reading, with what was measured; weights and fresh: (N, H, W, C)."""
    edge = weights.shape[1]
    smooth, noise = smoothness(weights), smoothness(fresh)
    coloured = f"{colour(weights):.0%} of them have opposing colours (random: {colour(fresh):.0%})"
    if edge < LEGIBLE:
        return Note(
            f"{edge} × {edge} weights are too few to look smooth or noisy: such a filter shows one "
            f"edge or one colour. {coloured}. For filters that can be read, choose the AlexNet "
            "stem."
        )
    measured = f"{smooth:.0%} of the filters' energy in low frequencies (random: {noise:.0%})"
    if smooth < 1.25 * noise:
        return Note(
            f"Noisy: {measured}. Noisy features show that something is wrong, or that the model "
            "is not trained yet.",
            "bad",
        )
    return Note(
        f"Smooth: {measured}. {coloured}. Oriented edges, opposing colours, patterns: smooth, "
        "clean and diverse features are indicative of good training and convergence.",
        "good",
    )


def higher_reading(filters: NDArray[np.float32], maps: int) -> Note:
    """The lecture's reading of the filters of a layer that does not see the image."""
    edge = filters.shape[1]
    size = f"{edge} × {filters.shape[2]} × {maps}"
    single = "A 1 × 1 filter only mixes feature maps. " if edge == 1 else ""
    if edge > 1 and maps > 1:
        single = "Shown is the strongest slice of each. "
    acts = "one feature map" if maps == 1 else f"{maps} feature maps"
    return Note(
        f"A filter of this layer has {size} weights. It acts on {acts}, not on the image, so that "
        f"its weights do not tell us much. {single}See its feature map (left), the exhibit Feature "
        "maps, or Activation maximisation instead."
    )


def sheet(filters: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The first SHEET filters, (N, height, width, C), as one image: uint8 (H, W, 3)."""
    count = min(len(filters), SHEET)
    across = math.ceil(math.sqrt(count))
    down = math.ceil(count / across)
    tiles = Filters(filters[:count]).pixels()
    high, wide = tiles.shape[1] + 1, tiles.shape[2] + 1
    result = np.zeros((down * high - 1, across * wide - 1, 3), np.uint8)
    for i, tile in enumerate(tiles):
        row, column = divmod(i, across)
        result[row * high : row * high + high - 1, column * wide : column * wide + wide - 1] = tile
    return result


def forming(model: Classifier, fresh: Classifier) -> Pictures:
    """The first layer during training: at the steps that were kept, or before and after."""
    if model.history:
        stages = {
            f"step {step}": as_filters(weights, model.card)
            for step, weights in model.history.items()
        }
        title = f"First layer during training, {max(model.history)} steps"
        return Pictures([sheet(s) for s in stages.values()], list(stages), columns=2, title=title)
    ends = [sheet(first_layer_filters(m)) for m in (fresh, model)]
    return Pictures(ends, ["random initialisation", "trained"], columns=2)


class _Reached(Exception):
    """Raised by the layer's hook: the rest of the forward pass is not needed."""


def response(
    model: Classifier, pixels: Tensor, index: int, name: str = AUTO
) -> NDArray[np.float32]:
    """The feature map of filter `index` of a layer, float32 (rows, columns).

    pixels: float32 (1, C, H, W) in [0, 1]; a convolution takes any size. name: of a convolution
    in `model.network`, or "auto" for the first layer. Of a fully connected layer: the products of
    weight and pixel, whose sum is the unit's output without its bias.
    """
    layer = first_layer(model) if name == AUTO else model.network.get_submodule(name)
    kept: list[Tensor] = []

    def keep(_: nn.Module, given: tuple[Tensor], out: Tensor) -> None:
        kept.extend((given[0], out))
        raise _Reached

    handle = layer.register_forward_hook(keep)
    try:
        with torch.no_grad(), contextlib.suppress(_Reached):
            model(pixels)
    finally:
        handle.remove()
    given, out = kept
    if isinstance(layer, nn.Linear):
        product = given[0] * layer.weight[index].detach()
        out, index = product.view(1, -1, *pixels.shape[2:]).sum(1, keepdim=True), 0
    return out[0, index].float().cpu().numpy()


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The filters first, then the chosen one's feature maps."""
    now, picture = knobs.now, workspace.picture
    yield Frame(status=f"loading {now.model}")
    model = workspace.shelf.get(now.model, workspace.device)
    fresh = workspace.shelf.untrained(now.model, workspace.device)
    first = now.layer == AUTO
    if first:
        both = [first_layer_filters(m) for m in (model, fresh)]
        said, place = reading(*both), "first layer"
    else:
        both = [layer_filters(m, now.layer) for m in (model, fresh)]
        layer = model.network.get_submodule(now.layer)
        assert isinstance(layer, nn.Conv2d)
        said, place = higher_reading(both[0], layer.weight.shape[1]), now.layer
    count = len(both[0])
    index = min(now.filter, count - 1)
    height, width, channels = both[0].shape[1:]
    kind = "colour" if channels == 3 else "grey"
    yield Frame(
        {
            "trained": Filters(both[0][:SHOWN], index if index < SHOWN else None),
            "untrained": Filters(both[1][:SHOWN], index if index < SHOWN else None),
            "forming": forming(model, fresh),
            "reading": said,
        },
        {
            "filters": count,
            "smoothness": smoothness(both[0]),
            "untrained_smoothness": smoothness(both[1]),
            "colour": colour(both[0]),
        },
        f"{model.card.title}, {place}: {count} filters of {width} × {height} px, {kind}",
        0.5,
    )
    # A convolution takes any size: a small network's feature map is made of a larger image.
    convolution = not first or isinstance(first_layer(model), nn.Conv2d)
    pixels = model.prepare(picture.pixels, max(model.card.size, SEEN) if convolution else 0)
    shown = as_pixels(pixels)
    for name, network in (("response", model), ("untrained_response", fresh)):
        heat = response(network, pixels, index, now.layer)
        extreme = float(np.abs(heat).max()) or 1.0
        yield Frame(
            {name: Overlay(shown, heat, -extreme, extreme, f"activation of filter {index}", 0.75)}
        )
    yield Frame(progress=1.0)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Noisy features: the model is not trained yet, or something is wrong. Oriented edges, "
    "opposing colours and patterns, smooth and diverse: training has converged. Mid grey is a "
    "weight of 0, and each filter is scaled by its own largest weight.",
    source="Krizhevsky et al., 2012; Zeiler and Fergus, 2014",
    metrics=METRICS,
    pictures=1,
    follows=True,
    picture="chelsea",
    main="trained",
)
