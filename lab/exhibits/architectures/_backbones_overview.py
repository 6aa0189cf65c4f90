"""All networks of the exhibit backbones: published accuracy against what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lab.payloads import Scatter
from lab.structure import networks
from lab.structure.families import NETWORKS as TITLES
from lab.structure.families import OWN, pairs

AXES = {
    "multiply_adds": "Multiply-adds",
    "parameters": "Parameters",
    "layers": "Layers (depth)",
}
_LABELS = {
    "multiply_adds": "multiply-adds (10⁹)",
    "parameters": "parameters (10⁶)",
    "layers": "layers with weights",
}


def plot(over: str, selected: str, layers: Mapping[str, int]) -> Scatter:
    """Published accuracy of every network against `over`, one of AXES, in the colour of its year.

    layers: depth of the networks that were read so far.
    """
    points, captions, years = [], [], []
    for each, name in pairs():
        stated = networks.published(name)
        x = y = np.nan
        if stated:
            y = 100 * stated.accuracy
            x = {
                "multiply_adds": stated.multiply_adds,
                "parameters": stated.parameters / 1e6,
                "layers": layers.get(name, np.nan),
            }[over]
        points.append((x, y))
        years.append(each.year)
        captions.append(f"{each.networks[name]}: {each.paper}\n{each.idea}")
    return Scatter(
        np.array(points),
        values=np.array(years),
        label="year",
        form=".0f",
        captions=captions,
        selected=list(TITLES).index(selected),
        x=_LABELS[over],
    )


def depths(known: dict[str, int]) -> Iterator[None]:
    """Reads the depth of one network after another into `known`, those with an accuracy."""
    for name in TITLES:
        if name not in known and name not in OWN:
            known[name] = networks.trace(name).layers
            yield
