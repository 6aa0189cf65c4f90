"""The layers of a network, and their activations for an image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lab.errors import UserError
from lab.networks.models import Classifier
from lab.networks.stochastic import StochasticDepth
from lab.parameters import advice

# They pass their input on, or only chain other layers: their output is that of another layer.
_PASSING = (nn.Identity, nn.Dropout, nn.Dropout2d, StochasticDepth, nn.Flatten, nn.Sequential)


@dataclass(frozen=True)
class Layer:
    """A layer of a classifier's network.

    name: as in `named_modules()`. kind: its class. shape: of its output, without the batch:
    (channels, rows, columns), (tokens, channels) or (units,).
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
        """Whether its output is feature maps: channels of rows and columns."""
        return len(self.shape) == 3

    @property
    def tokens(self) -> bool:
        """Whether its output is tokens, as a transformer has them."""
        return len(self.shape) == 2

    @property
    def spatial(self) -> bool:
        """Whether its output is several feature maps of more than one position."""
        return self.maps and self.shape[0] > 1 and min(self.shape[1:]) > 1


def layers(classifier: Classifier, *, tokens: bool = False) -> tuple[Layer, ...]:
    """The layers in the order of the forward pass; one that is called twice is listed once.

    tokens: also those whose output is tokens.

    Found by one pass of a grey image. Containers that only chain other layers are left out; blocks
    that add or concatenate are included, since the next layer reads their output.
    """
    card = classifier.card
    found: dict[str, Layer] = {}
    ranks = (2, 3, 4) if tokens else (2, 4)

    def note(name: str, module: nn.Module, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim in ranks and name not in found:
            found[name] = Layer(name, type(module).__name__, tuple(output.shape[1:]))

    names = [
        name
        for name, module in classifier.network.named_modules()
        if name and not isinstance(module, _PASSING)
    ]
    pixels = torch.full((1, card.channels, card.size, card.size), 0.5, device=classifier.device)
    with torch.no_grad(), _hooked(classifier, names, note):
        classifier(pixels)
    return tuple(found.values())


def find(known: Sequence[Layer], name: str) -> Layer:
    """The layer of that name. UserError, with the nearest, where there is none."""
    for layer in known:
        if layer.name == name:
            return layer
    raise UserError(f"no layer {name}: {advice(name, [layer.name for layer in known])}")


def last_spatial(classifier: Classifier) -> Layer:
    """The layer that Grad-CAM uses: the last one with spatial feature maps.

    Poolings are skipped, because their input is finer: for VGG-16 it is the last ReLU, as in the
    paper. Raises UserError for a network without spatial feature maps.
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
    """Inside the `with`, the dictionary holds the output of these layers in the last pass.

    With its graph, so that gradients to it can be computed. UserError for a name that the network
    does not have.
    """
    kept: dict[str, Tensor] = {}

    def keep(name: str, _: nn.Module, output: Any) -> None:
        if isinstance(output, Tensor):
            kept[name] = output

    with _hooked(classifier, names, keep):
        yield kept


def activations(classifier: Classifier, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """The outputs of these layers for images, float32 (N, C, H, W) in [0, 1], in one pass."""
    with torch.inference_mode(), recording(classifier, names) as kept:
        classifier(pixels)
        # Copies: a later in-place activation may overwrite the output.
        return {name: kept[name].clone() for name in names}


class _Reached(Exception):
    """Raised by the hook of `reached`: the rest of the forward pass is not needed."""


def reached(classifier: Classifier, pixels: Tensor, name: str) -> Tensor:
    """The output of one layer for images, float32 (N, C, H, W) in [0, 1], with its graph.

    What comes after that layer is not computed; of a layer that is called more than once it is the
    first output. UserError for a name that the network does not have, and for a layer that was not
    reached.
    """
    kept: list[Tensor] = []

    def keep(_: str, __: nn.Module, output: Any) -> None:
        if isinstance(output, Tensor):
            kept.append(output)
            raise _Reached

    with _hooked(classifier, [name], keep), suppress(_Reached):
        classifier(pixels)
    if not kept:
        raise UserError(f"layer {name} has no output for an image: choose another")
    return kept[0]


@contextmanager
def _hooked(classifier: Classifier, names: Iterable[str], receive: Any) -> Iterator[None]:
    """Call receive(name, module, output) for each output of these layers."""
    modules = dict(classifier.network.named_modules())
    handles = []
    try:
        for name in names:
            if name not in modules:
                raise UserError(f"no layer {name}: {advice(name, [n for n in modules if n])}")

            def hook(module: nn.Module, _: Any, output: Any, name: str = name) -> None:
                receive(name, module, output)

            handles.append(modules[name].register_forward_hook(hook))
        yield
    finally:
        for handle in handles:
            handle.remove()
