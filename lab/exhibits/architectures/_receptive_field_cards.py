"""The cards of the chosen unit: heat over the image, profile, and field by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.exhibit import Frame, Value
from lab.payloads import Curve, Overlay
from lab.structure.effective_fields import MASS, gaussian, overlap, pixels_holding, spread
from lab.structure.units import Heat, NetworkFields, Unit

# The scale ends at this quantile of the heat in the box: single pixels would leave the rest dark.
BRIGHT = 0.995
OPACITY = 0.75


@dataclass(frozen=True)
class Measured:
    """The effective field of a unit. heat: mean |gradient|, (H, W). images: of how many."""

    heat: Heat
    images: int
    weights: str

    @property
    def edge(self) -> float:
        """Edge in pixels of the square that has as many pixels as hold the gradient."""
        return math.sqrt(pixels_holding(self.heat))


def overlay(
    picture: NDArray[np.uint8], network: NetworkFields, unit: Unit, found: Measured, inputs: str
) -> Overlay:
    """The heat over the image, in the box of the theoretical field."""
    left, top, wide, high = network.box(unit)
    inside = found.heat[top : top + high, left : left + wide]
    peak = float(np.quantile(inside, BRIGHT)) if inside.size else 0.0
    scaled = inside / (peak or float(inside.max(initial=0)) or 1.0)
    seen = "the image" if (wide, high) == (network.size,) * 2 else f"{wide} × {high} px"
    edge = f"{found.edge:.0f}"
    title = f"{found.weights}: {edge} × {edge} px of {seen} hold {MASS:.0%}"
    box = (float(left), float(top), float(wide), float(high))
    label = f"|gradient|, {inputs}"
    return Overlay(picture, scaled, 0, 1, label, OPACITY, box, box, title=title)


def profile(network: NetworkFields, unit: Unit, found: Mapping[str, Measured]) -> Curve:
    """The share of the gradient in each column of pixels, beside a Gaussian of the same σ."""
    places = np.arange(network.size, dtype=np.float64)
    left, _, wide, _ = network.box(unit)
    series: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    fits = []
    for each in found.values():
        total = each.heat.sum(0, dtype=np.float64)
        if not total.sum() > 0:
            continue
        share = total / total.sum()
        series[each.weights] = places, share
        _, mean, _, sigma = spread(each.heat)
        like = gaussian(network.size, mean, sigma)
        if len(series) == 1:
            series["Gaussian"] = places, like
        fits.append(f"{overlap(share, like):.0%}")
    edges = [left - 0.5, left - 0.5, left + wide - 0.5, left + wide - 0.5]
    even = 1 / max(wide, 1)
    series["even, in the box"] = np.array(edges), np.array([0, even, even, 0])
    title = f"Profile: Gaussian to {' and '.join(fits)}"
    return Curve(series, replaces=True, title=title if fits else "")


def by_layer(
    network: NetworkFields,
    layer: str,
    effective: Mapping[str, Mapping[int, float]],
    other: tuple[str, tuple[tuple[int, int], ...]] | None,
) -> Curve:
    """Field against depth. effective: weights -> depth -> edge. other: a backbone's curve."""
    sizes = network.sizes()
    deepest = max(sizes)
    series = {"theoretical": (np.array(list(sizes)), np.array(list(sizes.values())))}
    for weights, edges in effective.items():
        if edges:
            known = sorted(edges)
            name = f"effective, {weights.lower()}"
            series[name] = np.array(known), np.array([edges[depth] for depth in known])
    if other:
        name, points = other
        series[f"theoretical, {name}"] = (
            np.array([depth for depth, _ in points]),
            np.array([size for _, size in points]),
        )
        deepest = max(deepest, points[-1][0])
    ends = np.array([0, deepest])
    series[f"image: {network.size} px"] = ends, np.full(2, network.size)
    marker = float(network.depths[network.at(layer)])
    return Curve(series, marker, replaces=True)


def numbers(network: NetworkFields, unit: Unit, found: Mapping[str, Measured]) -> dict[str, Value]:
    """The metrics of the unit."""
    _, _, wide, high = network.box(unit)
    first = next(iter(found.values()))
    _, _, down, across = spread(first.heat)
    share = first.heat.sum(0, dtype=np.float64)
    like = gaussian(network.size, spread(first.heat)[1], across)
    known = share.sum() > 0
    return {
        "receptive_field": max(network.field(unit.layer).size),
        "share_of_image": wide * high / network.size**2,
        "effective_field": first.edge,
        "effective_share": pixels_holding(first.heat) / max(wide * high, 1),
        "sigma": (down + across) / 2,
        "gaussian_overlap": overlap(share, like) if known else 0.0,
    }


def shown(
    picture: NDArray[np.uint8],
    network: NetworkFields,
    unit: Unit,
    found: Mapping[str, Measured],
    inputs: str,
) -> Frame:
    """All cards of the unit."""
    outputs = {
        name: overlay(picture, network, unit, each, inputs.format(each.images))
        for name, each in found.items()
    }
    metrics = numbers(network, unit, found)
    if "initial" in found:
        metrics["initial_effective_field"] = found["initial"].edge
    return Frame({**outputs, "profile": profile(network, unit, found)}, metrics)
