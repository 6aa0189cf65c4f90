"""What chosen layers of a network answer to a picture of any size, and how that depends on it."""

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
    """The last layer that is read has answered: what follows need not be computed."""


class Features:
    """A network, read at some of its layers, that goes no further than the last of them.

    The classifier is not changed and keeps no hook: its weights are shared, and batch normalisation
    is folded into the convolutions before it, save those that are read themselves.
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

        names: as in `named_modules()` of the network; each must answer with channels of rows and
        columns, (N, C, H, W). A layer that is called several times counts with its first call.
        pooling: "average" puts an average in the place of every maximum (Gatys et al., 2015,
        section 3). autocast: compute in bfloat16 where that is faster; the answers are float32
        either way. Raises UserError for a layer that the network lacks or that has no maps.
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
        network = _thrifty(folded(classifier.network, *names), classifier.device)
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
        self._network = network
        self._modules = {name: network.get_submodule(name) for name in self.names}
        self._overwritten: set[str] = set()
        self._probe()

    def __call__(self, pixels: Tensor) -> dict[str, Tensor]:
        """Layer -> its answer (N, C, H, W) to pixels, float32 (N, channels, height, width).

        pixels: in [0, 1]; the answers can be derived by them. Raises UserError where the network
        does not take pictures of that size.
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

        def hook(name: str, answer: object) -> None:
            if name not in kept and isinstance(answer, Tensor):
                kept[name] = answer.clone() if name in self._overwritten else answer
            if len(kept) == len(self.names):
                raise _EnoughError

        handles = [
            module.register_forward_hook(lambda _, __, answer, name=name: hook(name, answer))
            for name, module in self._modules.items()
        ]
        try:
            with self._autocast:
                self._network(self._normalise(pixels))
        except _EnoughError:
            pass
        finally:
            for handle in handles:
                handle.remove()
        return {name: answer.float() for name, answer in kept.items()}

    def _probe(self) -> None:
        """See that each layer answers with maps, and whether the next one writes over its answer.

        torchvision's VGG writes the result of a ReLU over that of its convolution, which was read.
        On "meta", where a pass takes neither time nor memory.
        """
        card, heard = self.classifier.card, {}
        outline = _copied(self._network, "meta")

        def note(name: str, answer: object) -> None:
            if isinstance(answer, Tensor) and name not in heard:
                heard[name] = answer, answer._version

        for name in self.names:
            outline.get_submodule(name).register_forward_hook(
                lambda _, __, answer, name=name: note(name, answer)
            )
        with torch.no_grad():
            outline(torch.empty((1, card.channels, card.size, card.size), device="meta"))
        for name in self.names:
            if name not in heard or heard[name][0].ndim != 4:
                raise UserError(
                    f"{name} of {card.title} has no maps of rows and columns: choose another layer"
                )
        self._overwritten = {name for name, (answer, was) in heard.items() if answer._version > was}


def _copied(network: nn.Module, device: torch.device | str) -> nn.Module:
    """A copy that shares the weights, or has none on "meta"."""
    kept: dict[int, Tensor] = {id(each): each.to(device) for each in network.buffers()}
    for weights in network.parameters():
        kept[id(weights)] = nn.Parameter(weights.to(device), requires_grad=False)
    return copy.deepcopy(network, kept)


def _thrifty(network: nn.Module, device: torch.device) -> nn.Module:
    """A copy that shares the weights, with activations that write over what nobody else reads.

    That is what a convolution answers to the activation behind it in a chain. It halves the memory
    that a gradient takes in VGG.
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
    """Put an average wherever the network takes a maximum."""
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            parent, _, last = name.rpartition(".")
            average = nn.AvgPool2d(
                module.kernel_size, module.stride, module.padding, module.ceil_mode
            )
            setattr(network.get_submodule(parent), last, average)


def _bfloat16_wins(network: nn.Module, device: torch.device) -> bool:
    """Whether this processor multiplies in bfloat16, and the network does little else.

    With AVX-512 BF16, VGG-19's evaluations take half the time and memory, and a painting comes as
    far: its loss after 50 of them is the same to half a percent. EfficientNet-Lite0, whose
    convolutions of one channel each wait for memory, gains nothing.
    """
    known = torch.cpu.get_capabilities()
    fast = any(known.get(name) for name in ("avx512_bf16", "amx_bf16"))
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    return device.type == "cpu" and fast and all(conv.groups == 1 for conv in convolutions)
