"""Feature maps of chosen layers of a frozen network, for images of any size, with gradients."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from lab.errors import UserError
from lab.networks.folding import folded
from lab.networks.models import Classifier
from lab.parameters import advice

POOLINGS = ("max", "average")


class _EnoughError(Exception):
    """The last layer that is read is done: what follows need not be computed."""


class Features:
    """The feature maps of some layers of a network, computed no further than the last of them.

    The classifier is not changed and keeps no hook; its weights are shared. Batch normalisation is
    folded into the convolutions, except those that are read themselves.
    """

    def __init__(
        self,
        classifier: Classifier,
        names: Sequence[str],
        *,
        pooling: str = "max",
        autocast: bool = True,
    ) -> None:
        """Find the layers.

        names: as in `named_modules()` of the network; the output of each must be feature maps,
        (N, C, H, W). Of a layer that is called several times, the first output is read. pooling:
        "average" replaces max pooling by average pooling (Gatys et al., 2015, section 3). autocast:
        compute in bfloat16 where that is faster; the results are float32 either way. Raises
        UserError for a layer that the network does not have, or whose output is no feature maps.
        """
        card = classifier.card
        if not names:
            raise UserError("no layers: choose at least one")
        known = [name for name, _ in classifier.network.named_modules() if name]
        for name in names:
            if name not in known:
                raise UserError(f"{card.title} has no layer {name}: {advice(name, known)}")
        if pooling not in POOLINGS:
            raise ValueError(f"pooling={pooling}: choose from {', '.join(POOLINGS)}")
        network = _with_in_place_activations(folded(classifier.network, *names), classifier.device)
        if pooling == "average":
            _average(network)
        self.classifier = classifier
        self._autocast = torch.autocast(
            classifier.device.type,
            torch.bfloat16,
            enabled=autocast and _bfloat16_wins(network, classifier.device),
        )
        self.names = tuple(dict.fromkeys(names))
        self._normalise = classifier.normalise
        self.network = network
        self._modules = {name: network.get_submodule(name) for name in self.names}
        self._overwritten: set[str] = set()
        self._probe()

    def __call__(self, pixels: Tensor) -> dict[str, Tensor]:
        """Layer -> its feature maps, float32 (N, C, H, W), with the graph back to `pixels`.

        pixels: float32 (N, channels, height, width) in [0, 1]. Raises UserError where the network
        does not take images of that size.
        """
        try:
            return self._pass(pixels)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, AssertionError) as error:
            title, (height, width) = self.classifier.card.title, pixels.shape[-2:]
            line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(
                f"{title} takes no image of {width} × {height} px here: choose another size or "
                f"earlier layers ({line})"
            ) from error

    def _pass(self, pixels: Tensor) -> dict[str, Tensor]:
        kept: dict[str, Tensor] = {}

        def hook(name: str, output: object) -> None:
            if name not in kept and isinstance(output, Tensor):
                kept[name] = output.clone() if name in self._overwritten else output
            if len(kept) == len(self.names):
                raise _EnoughError

        handles = [
            module.register_forward_hook(lambda _, __, output, name=name: hook(name, output))
            for name, module in self._modules.items()
        ]
        try:
            with self._autocast:
                self.network(self._normalise(pixels))
        except _EnoughError:
            pass
        finally:
            for handle in handles:
                handle.remove()
        return {name: output.float() for name, output in kept.items()}

    def _probe(self) -> None:
        """Check that each layer outputs maps, and note which outputs the next layer overwrites.

        torchvision's VGG writes the output of a ReLU over that of the convolution before it. Run on
        the device "meta", where a pass takes neither time nor memory.
        """
        card, found = self.classifier.card, {}
        outline = _copied(self.network, "meta")

        def note(name: str, output: object) -> None:
            if isinstance(output, Tensor) and name not in found:
                found[name] = output, output._version

        for name in self.names:
            outline.get_submodule(name).register_forward_hook(
                lambda _, __, output, name=name: note(name, output)
            )
        with torch.no_grad():
            outline(torch.empty((1, card.channels, card.size, card.size), device="meta"))
        for name in self.names:
            if name not in found or found[name][0].ndim != 4:
                raise UserError(
                    f"{name} of {card.title} has no maps of rows and columns: choose another layer"
                )
        self._overwritten = {name for name, (output, was) in found.items() if output._version > was}


def _copied(network: nn.Module, device: torch.device | str) -> nn.Module:
    """A copy that shares the weights; on "meta" one without any."""
    kept: dict[int, Tensor] = {id(each): each.to(device) for each in network.buffers()}
    for weights in network.parameters():
        kept[id(weights)] = nn.Parameter(weights.to(device), requires_grad=False)
    return copy.deepcopy(network, kept)


def _with_in_place_activations(network: nn.Module, device: torch.device) -> nn.Module:
    """A copy that shares the weights, with in-place activations after convolutions.

    Inside nn.Sequential, where nothing else reads the output of the convolution. Halves the memory
    of a gradient in VGG.
    """
    network = _copied(network, device)
    for chain in network.modules():
        if isinstance(chain, nn.Sequential):
            links = [link for link in chain if not isinstance(link, nn.Identity)]
            for before, link in pairwise(links):
                if isinstance(before, nn.Conv2d) and isinstance(link, (nn.ReLU, nn.ReLU6)):
                    link.inplace = True
    return network


def _average(network: nn.Module) -> None:
    """Replace every max pooling by average pooling."""
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            parent, _, last = name.rpartition(".")
            average = nn.AvgPool2d(
                module.kernel_size, module.stride, module.padding, module.ceil_mode
            )
            setattr(network.get_submodule(parent), last, average)


def _bfloat16_wins(network: nn.Module, device: torch.device) -> bool:
    """Whether bfloat16 is faster: the processor multiplies in it, and no convolution is depthwise.

    With AVX-512 BF16 an evaluation of VGG-19 takes half the time and memory, and the loss after 50
    evaluations is the same to half a percent. EfficientNet-Lite0, whose depthwise convolutions are
    bound by memory, gains nothing.
    """
    known = torch.cpu.get_capabilities()
    fast = any(known.get(name) for name in ("avx512_bf16", "amx_bf16"))
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    return device.type == "cpu" and fast and all(conv.groups == 1 for conv in convolutions)
