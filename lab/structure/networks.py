"""Every network of the lecture by its name: without weights, with fresh ones, as published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn
from torchvision import models

from lab.errors import NotYet
from lab.networks import lecture_networks as own
from lab.networks.efficientnet import EfficientNetLite0
from lab.networks.without_weights import WithoutWeights
from lab.structure.families import check
from lab.structure.trace import Trace, traced

_OWN: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "alexnet_slide": (own.alexnet_slide, own.SLIDE_SIZE),
    "senet": (own.senet, 224),
    "efficientnet_lite0": (EfficientNetLite0, 224),
}
# Without the auxiliary classifier, as its published count has it; Inception's count has it with.
_OPTIONS: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"init_weights": False},
}


@dataclass(frozen=True)
class Published:
    """What torchvision states of its weights of a network.

    size: edge of the image in pixels. smallest: the least edge that the network takes.
    parameters; multiply_adds, in thousands of millions, to three decimals. accuracy: top-1 on
    ImageNet's validation set, in [0, 1]. recipe: the name of the weights.
    """

    size: int
    smallest: int
    parameters: int
    multiply_adds: float
    accuracy: float
    recipe: str


def published(name: str) -> Published | None:
    """Of the first weights of its default size; None for a network that is not torchvision's.

    Those are of the architecture's own recipe where there is one: later recipes, and training on
    more data, gain up to 5 points by themselves. UserError for an unknown network.
    """
    if check(name) in _OWN:
        return None
    weights = [each for each in models.get_model_weights(name) if each.meta["_metrics"]]
    # The first is of the default size, but for two that were trained on more data alone.
    plain = [each for each in weights if "E2E" not in each.name]
    first = plain[0]
    return Published(
        size=first.transforms().crop_size[0],
        smallest=first.meta["min_size"][0],
        parameters=first.meta["num_params"],
        multiply_adds=first.meta["_ops"],
        accuracy=first.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100,
        recipe=first.name,
    )


def size(name: str) -> int:
    """Edge of the images that it was made for, in pixels. UserError for an unknown network."""
    stated = published(name)
    return _OWN[name][1] if stated is None else stated.size


def fresh(name: str) -> nn.Module:
    """The network with random initial weights, ready to be trained. UserError for an unknown one.

    In takes normalised RGB, (N, 3, H, W), and gives logits for ImageNet's 1000 classes.
    """
    if check(name) in _OWN:
        return _OWN[name][0]()
    network: nn.Module = models.get_model(name, weights=None, **_OPTIONS.get(name, {}))
    return network


def skeleton(name: str) -> nn.Module:
    """The same without weights: its parameters have shapes and no memory."""
    with WithoutWeights():
        network = fresh(name)
    # What was made from numbers (the offsets of a window's tokens) is small, and follows.
    return network.to("meta")


def trace(name: str, edge: int = 0) -> Trace:
    """The operations of the network of that name for an image of `edge` pixels, 0 for its own.

    Without weights; each is read once. Raises UserError for an unknown network, and what the
    network raises for a size that it does not take.
    """
    key = check(name), edge or size(name)
    if key not in _traces:
        _traces[key] = traced(skeleton(name), key[1])
    return _traces[key]


_traces: dict[tuple[str, int], Trace] = {}


def operations(name: str, *, known: bool = False) -> dict[str, str]:
    """Name -> name of the operations of a network, in order.

    known: raises NotYet where the network must be built for the answer. UserError for an unknown
    one.
    """
    if known and not any(name == each for each, _ in _traces):
        raise NotYet(f"the layers of {check(name)}")
    return {each.name: each.name for each in trace(name).operations}
