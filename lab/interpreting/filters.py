"""First-layer filters: what a trained network looks for, beside what it began with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab import models
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.interpreting import as_pixels
from lab.models import Classifier
from lab.parameters import Choice, Number
from lab.payloads import Filters, Note, Overlay
from lab.shelf import STEM
from lab.workspace import Workspace

# Pixels an edge from which a filter can be told from noise by eye.
LEGIBLE = 5
# The edge, in pixels, of the picture that a small network's filters are tried on.
SEEN = 224


@dataclass(frozen=True)
class Parameters:
    """Whose filters, and which of them is asked for its response."""

    model: Annotated[str, Choice("Network", "models", help="Trained ones are on the shelf.")] = STEM
    filter: Annotated[int, Number("Filter", 0, 4095, help="Or click one.")] = 0


OUTPUTS = (
    Output("trained", Filters, "Trained: click a filter to see where it answers", (0, 0, 1, 6),
           picks="filter"),
    Output("untrained", Filters, "The same network, untrained: noise", (0, 6, 1, 6),
           picks="filter"),
    Output("response", Overlay, "Where the trained filter answers", (1, 0, 1, 4)),
    Output("untrained_response", Overlay, "Where the untrained one does", (1, 4, 1, 4)),
    Output("reading", Note, "How to read them", (1, 8, 1, 4)),
)  # fmt: skip

METRICS = (
    Metric("filters", "Filters", "d"),
    Metric("smoothness", "Smooth", ".0%"),
    Metric("untrained_smoothness", "Untrained", ".0%"),
    Metric("colour", "Coloured", ".0%"),
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
    coloured = (
        f"{colour(weights):.0%} of the filters oppose colours (untrained {colour(fresh):.0%})"
    )
    if edge < LEGIBLE:
        return Note(
            f"{edge} × {edge} pixels are too few to look smooth or noisy: such a filter is one "
            f"edge or one colour. {coloured}. For filters that can be read, train the AlexNet "
            "stem on photograph patches, and choose it here."
        )
    measured = f"{smooth:.0%} of their energy lies in slow changes (untrained {noise:.0%})"
    if smooth < 1.25 * noise:
        return Note(
            f"Noise: {measured}. Noisy filters show that something is wrong, or that the network "
            "is not trained yet.",
            "bad",
        )
    return Note(
        f"Smooth: {measured}. {coloured}. Oriented edges, opposing colours, patterns: smooth, "
        "clean and diverse filters are a sign of good training and convergence.",
        "good",
    )


class _Reached(Exception):
    """The layer has answered; the rest of the network is not needed."""


def response(model: Classifier, pixels: Tensor, index: int) -> NDArray[np.float32]:
    """What filter `index` of the first layer answers to a picture, float32 (rows, columns).

    pixels: float32 (1, C, H, W) in [0, 1]; a convolution takes any size. For a fully connected
    layer it is the product of weight and pixel, whose sum is the unit's answer.
    """
    layer = models.first_layer(model)
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
    """Filters first, then the chosen one's response."""
    now, picture = knobs.now, workspace.picture
    yield Frame(status=f"loading {now.model}")
    model = workspace.shelf.get(now.model, workspace.device)
    fresh = workspace.shelf.untrained(now.model, workspace.device)
    both = [models.first_layer_filters(m) for m in (model, fresh)]
    count = len(both[0])
    index = min(now.filter, count - 1)
    height, width, channels = both[0].shape[1:]
    kind = "colour" if channels == 3 else "grey"
    yield Frame(
        {
            "trained": Filters(both[0], index),
            "untrained": Filters(both[1], index),
            "reading": reading(*both),
        },
        {
            "filters": count,
            "smoothness": smoothness(both[0]),
            "untrained_smoothness": smoothness(both[1]),
            "colour": colour(both[0]),
        },
        f"{model.card.title}: {count} filters of {width} × {height} px, {kind}",
        0.5,
    )
    # A convolution's answer is shown on a picture as large as a photograph is looked at.
    convolution = isinstance(models.first_layer(model), nn.Conv2d)
    pixels = model.prepare(picture.pixels, max(model.card.size, SEEN) if convolution else 0)
    shown = as_pixels(pixels)
    for name, network in (("response", model), ("untrained_response", fresh)):
        heat = response(network, pixels, index)
        extreme = float(np.abs(heat).max()) or 1.0
        yield Frame(
            {name: Overlay(shown, heat, -extreme, extreme, f"response of filter {index}", 0.75)}
        )
    yield Frame(progress=1.0)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Noise means untrained, or that something is wrong. Oriented edges, opposing colours "
    "and patterns, smooth and diverse, mean that training has converged.",
    source="Krizhevsky et al., 2012; Zeiler and Fergus, 2014",
    metrics=METRICS,
    pictures=1,
    follows=True,
)
