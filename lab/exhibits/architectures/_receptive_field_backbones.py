"""The backbones of the lecture: from which layer on they see the entire input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from lab.networks import imagenet, models
from lab.networks.models import Classifier
from lab.payloads import Table
from lab.structure import networks
from lab.structure.effective_fields import MASS, pixels_holding
from lab.structure.families import NETWORKS
from lab.structure.fields import depths, fields, sizes_by_depth
from lab.structure.trace import Operation, Trace
from lab.structure.units import NetworkFields, effective

NAMES = (
    *("alexnet", "vgg16", "googlenet", "resnet50", "squeezenet1_1", "wide_resnet50_2"),
    *("densenet121", "resnext50_32x4d", "mobilenet_v2", "senet", "shufflenet_v2_x1_0"),
    *("mnasnet1_0", "regnet_y_400mf", "vit_b_16", "swin_t", "convnext_tiny", "maxvit_t"),
)
"""One network of each family that the lecture names, in the order of their years."""

TITLES: Mapping[str, str] = {name: NETWORKS[name] for name in NAMES}

# Random images of which the gradient is averaged, for each backbone.
IMAGES = 2
COLUMNS = (
    "Backbone",
    "Field",
    "Middle",
    "Every",
    f"{MASS:.0%} in",
    "by",
)


@dataclass(frozen=True)
class Coverage:
    """From where on a network sees its whole input.

    size: edge of the input in pixels. last: edge of the field of the last feature maps, 0 where
    each of their units sees all by an operation that mixes all places. middle, every: index of the
    first operation of which the middle unit, and every unit, sees all. cause: what the first of
    them is. depth_middle, depth_every, depth: layers with weights up to there, and of all.
    sizes: depth -> edge of the field.
    """

    size: int
    last: int
    middle: str
    cause: str
    depth_middle: int
    depth_every: int
    depth: int
    sizes: tuple[tuple[int, int], ...]


@lru_cache(maxsize=32)
def coverage(name: str) -> Coverage:
    """Of the network of that name, for images of its own size; no weights are made."""
    trace = networks.trace(name)
    known, deep = fields(trace), depths(trace)
    size = trace.operations[0].shape[2]
    # A stride may leave the last pixels to nobody: SqueezeNet reads 223 of 224.
    read = known[-1].box()
    sees = [field.sees(read) for field in known]
    middle = next(i for i, (one, _) in enumerate(sees) if one)
    every = next(i for i, (_, all_) in enumerate(sees) if all_)
    maps = [field for field in known if math.prod(field.units) > 1]
    return Coverage(
        size,
        0 if maps[-1].whole else max(maps[-1].size),
        trace.operations[middle].name,
        cause(trace, middle),
        deep[middle],
        deep[every],
        max(deep),
        tuple(sizes_by_depth(trace, known).items()),
    )


def cause(trace: Trace, index: int) -> str:
    """What an operation is, in the field's words."""
    operation = trace.operations[index]
    kind = operation.kind
    if kind in ("AdaptiveAvgPool2d", "mean"):
        last = not any(_mixes_maps(each) for each in trace.operations[index + 1 :])
        return "global pooling" if last else "SE block"
    if kind == "Conv2d" and operation.kernel:
        return f"{operation.kernel[0]} × {operation.kernel[1]} convolution"
    words = {"Linear": "fully connected", "MultiheadAttention": "attention"}
    words |= {"window attention": "shifted windows", "concatenate": "concatenation"}
    words |= {"MaxPool2d": "max pooling", "AvgPool2d": "average pooling"}
    return words.get(kind, kind)


def _mixes_maps(operation: Operation) -> bool:
    return operation.kind in ("Conv2d", "MaxPool2d") and min(operation.shape[-2:]) > 1


def fresh(name: str, seed: int) -> Classifier:
    """The network with initial weights, which depend on the seed alone."""
    card = replace(imagenet.card(name), data="", trained=False, seed=seed)
    return models.build(card).frozen()


def table(names: Sequence[str], shares: Mapping[str, float], selected: int = -1) -> Table:
    """What is known of these backbones by now. shares: `effective_share` of some of them."""
    rows = []
    for name in names:
        found = coverage(name)
        share = shares.get(name)
        rows.append(
            (
                TITLES[name],
                f"{found.last:,}" if found.last else "all",
                f"{found.depth_middle}/{found.depth}",
                f"{found.depth_every}/{found.depth}",
                "–" if share is None else f"{share:.0%}" if share > 0.095 else f"{share:.1%}",
                found.cause,
            )
        )
    return Table(COLUMNS, rows, selected if 0 <= selected < len(rows) else None)


def seeing(name: str) -> bool:
    """Whether a unit of its feature maps sees the whole input, before they are pooled."""
    return coverage(name).cause not in ("global pooling", "fully connected")


# (name, seed) -> effective share.
_shares: dict[tuple[str, int], float] = {}


def measured(names: Sequence[str], seed: int) -> Iterator[tuple[dict[str, float], float]]:
    """(name -> effective share, part of the work that is done), for more and more of them.

    The share of the theoretical field of the middle unit of the last maps that holds the gradient,
    with initial weights and on random images, which depend on the seed alone. Kept for other runs.
    """
    shares: dict[str, float] = {}
    for number, name in enumerate(names):
        if (name, seed) not in _shares:
            classifier = fresh(name, seed)
            yield shares, number / len(names)
            network = NetworkFields(classifier)
            unit = network.unit_at(network.last(), -1, -1, -1)
            generator = torch.Generator().manual_seed(seed)
            images = torch.rand(IMAGES, 3, network.size, network.size, generator=generator)
            _, _, wide, high = network.box(unit)
            for heat, _ in effective(network, classifier, unit, images, generator, 1):
                _shares[name, seed] = pixels_holding(heat) / max(wide * high, 1)
                yield shares, number / len(names)
        shares = shares | {name: _shares[name, seed]}
        yield shares, (number + 1) / len(names)
