"""What layers a network has, and what they answer to a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lab.errors import UserError
from lab.networks.models import Classifier
from lab.parameters import advice

# They hand on what they are given, or only chain others: what they answer is another layer's.
_PASSING = (nn.Identity, nn.Dropout, nn.Dropout2d, nn.Flatten, nn.Sequential)


@dataclass(frozen=True)
class Layer:
    """A layer of a classifier's network.

    name: as in `named_modules()`. kind: its class. shape: of what it answers, without the batch:
    (channels, rows, columns) or (units,).
    """

    name: str
    kind: str
    shape: tuple[int, ...]

    @property
    def size(self) -> str:
        """The shape in words: "32 × 112 × 112"."""
        return " × ".join(map(str, self.shape))

    @property
    def title(self) -> str:
        """Name and shape in a line."""
        return f"{self.name}  {self.size}"

    @property
    def maps(self) -> bool:
        """Whether it answers with feature maps: channels of rows and columns."""
        return len(self.shape) == 3

    @property
    def spatial(self) -> bool:
        """Whether it has several channels that each say where."""
        return self.maps and self.shape[0] > 1 and min(self.shape[1:]) > 1


def layers(classifier: Classifier) -> tuple[Layer, ...]:
    """The layers in the order in which they answer; one that is used twice stands there once.

    Found by one pass of a grey picture. Containers that only chain others are left out, blocks
    that add or concatenate are not: what they answer is what the next layer sees.
    """
    card = classifier.card
    found: dict[str, Layer] = {}

    def note(name: str, module: nn.Module, answer: Any) -> None:
        if isinstance(answer, Tensor) and answer.ndim in (2, 4) and name not in found:
            found[name] = Layer(name, type(module).__name__, tuple(answer.shape[1:]))

    names = [
        name
        for name, module in classifier.network.named_modules()
        if name and not isinstance(module, _PASSING)
    ]
    pixels = torch.full((1, card.channels, card.size, card.size), 0.5, device=classifier.device)
    with torch.no_grad(), _listening(classifier, names, note):
        classifier(pixels)
    return tuple(found.values())


def find(known: Sequence[Layer], name: str) -> Layer:
    """The layer of that name. UserError, with the nearest, where there is none."""
    for layer in known:
        if layer.name == name:
            return layer
    raise UserError(f"no layer {name}: {advice(name, [layer.name for layer in known])}")


def last_spatial(classifier: Classifier) -> Layer:
    """The layer that Grad-CAM looks at: the last that says where, before it is pooled away.

    A pooling that still leaves rows and columns (VGG's last one) is passed over for what it pools,
    which has the finer map: for VGG-16 that is its last ReLU, as in the paper. Raises UserError
    where no layer has channels of rows and columns.
    """
    known = layers(classifier)
    spatial = [layer for layer in known if layer.spatial and "Pool" not in layer.kind]
    if not spatial:
        raise UserError(
            f"{classifier.card.title} has no spatial layers: choose a convolutional network"
        )
    return spatial[-1]


@contextmanager
def recording(classifier: Classifier, names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """While it lasts, the dictionary holds what these layers answered in the last pass.

    The answers are part of the graph, so one can ask for gradients of them. UserError for a name
    that the network does not have.
    """
    kept: dict[str, Tensor] = {}

    def keep(name: str, _: nn.Module, answer: Any) -> None:
        if isinstance(answer, Tensor):
            kept[name] = answer

    with _listening(classifier, names, keep):
        yield kept


def activations(classifier: Classifier, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """What these layers answer to pixels, float32 (N, C, H, W) in [0, 1], in one pass."""
    with torch.inference_mode(), recording(classifier, names) as kept:
        classifier(pixels)
        # Some activations write over what they are given: then the copy is what was answered.
        return {name: kept[name].clone() for name in names}


@contextmanager
def _listening(classifier: Classifier, names: Iterable[str], hear: Any) -> Iterator[None]:
    modules = dict(classifier.network.named_modules())
    handles = []
    try:
        for name in names:
            if name not in modules:
                raise UserError(f"no layer {name}: {advice(name, [n for n in modules if n])}")

            def hook(module: nn.Module, _: Any, answer: Any, name: str = name) -> None:
                hear(name, module, answer)

            handles.append(modules[name].register_forward_hook(hook))
        yield
    finally:
        for handle in handles:
            handle.remove()
