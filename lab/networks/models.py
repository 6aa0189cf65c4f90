"""Networks in pixel space: normalisation is their first layer, preparation their own affair.

They take pictures in [0, 1], so that every perturbation and bound is in pixel units whatever the
network was trained on. Its card (lab/cards.py) says the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.overrides import TorchFunctionMode

from lab.datasets import Dataset, channel_statistics
from lab.errors import UserError
from lab.networks import architecture, imagenet, style_networks
from lab.networks.card import PAINTER
from lab.networks.card import Card as Card

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


class Normalise(nn.Module):
    """(pictures - mean) / std, for each channel."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """float32 (N, C, H, W) in [0, 1] to the same shape, in standard deviations."""
        return (images - self.mean) / self.std


class Network(nn.Module):
    """A network with its card, which takes pictures float32 (N, C, H, W) in [0, 1].

    history: the weights of its first layer as they were after so many steps of its training,
    float32 on the CPU; empty where nobody kept them.
    """

    def __init__(self, card: Card, network: nn.Module) -> None:
        super().__init__()
        self.card = card
        self.history: dict[int, torch.Tensor] = {}
        self.normalise = Normalise(card.mean, card.std)
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """What the network makes of them, float32. ValueError for another number of channels."""
        if images.ndim != 4 or images.shape[1] != self.card.channels:
            raise ValueError(
                f"{self.card.name} takes (N, {self.card.channels}, H, W), not {tuple(images.shape)}"
            )
        answer: torch.Tensor = self.network(self.normalise(images))
        return answer

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.normalise.mean.device

    def frozen(self) -> Self:
        """Make it ready to be used, not trained: eval mode, weights held fast; returns itself."""
        self.eval().requires_grad_(False)
        # Weights in channels_last, milliseconds for a picture of 224 px on two cores, before and
        # after: GoogLeNet 76, 45; ResNet-18 57, 46; MobileNetV2 36, 30; DenseNet-121 101, 86;
        # EfficientNet-Lite0 50, 45; AlexNet 30, 28. The results differ by rounding. Not on
        # Apple's GPU, where it was not measured.
        if self.device.type != "mps":
            self.to(memory_format=torch.channels_last)
        return self

    def copy(self, device: torch.device | str = "cpu") -> Self:
        """Return a frozen network of its own on `device`: no hooks, gradients or memory shared.

        Raises UserError where its card does not describe its network.
        """
        made = restore(self.card, self.network.state_dict()).to(device).frozen()
        assert isinstance(made, type(self))
        made.history = dict(self.history)
        return made


class Classifier(Network):
    """From pictures to logits, float32 (N, classes)."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The label of each logit."""
        return self.card.classes

    def crop_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """(left, top, width, height), in pixels of a picture of that size, of what it sees."""
        size = self.card.size
        edge = round(size / self.card.crop)
        # The shorter edge becomes `edge`, the longer is rounded down: torchvision's Resize and
        # CenterCrop, pixel for pixel, seen from the original.
        short = min(width, height)
        across, down = int(edge * width / short), int(edge * height / short)
        left, top = round((across - size) / 2), round((down - size) / 2)
        x, y = width / across, height / down
        return left * x, top * y, min(size * x, width - left * x), min(size * y, height - top * y)

    def prepare(self, pixels: NDArray[np.uint8], size: int = 0) -> torch.Tensor:
        """A picture, uint8 (H, W, 3) RGB, as the network sees it: float32 (1, C, size, size).

        size: its edge in pixels, 0 for the network's own; layers without a fixed size take any.
        Resized and cropped in one step by Pillow, which filters out what the smaller picture
        cannot hold; grey (ITU-R 601) where the network has one channel. On the network's device.
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"a picture is uint8 (H, W, 3), not {pixels.dtype} {pixels.shape}")
        picture = Image.fromarray(pixels)
        if self.card.channels == 1:
            picture = picture.convert("L")
        left, top, width, height = self.crop_box(picture.width, picture.height)
        size = size or self.card.size
        seen = picture.resize(
            (size, size),
            FILTERS[self.card.interpolation],
            box=(left, top, left + width, top + height),
        )
        array = np.asarray(seen, np.float32).reshape(*seen.size[::-1], self.card.channels) / 255
        return torch.from_numpy(array).permute(2, 0, 1)[None].contiguous().to(self.device)


class StyleNetwork(Network):
    """From pictures to pictures of the same size, float32 (N, 3, H, W) in [0, 1]."""


def build(card: Card) -> Classifier:
    """Return the architecture of a classifier's card with fresh weights, on the CPU, to be trained.

    The weights follow from the card's seed, and torch's global random numbers go on as if nothing
    had been drawn. Raises UserError for an unknown architecture, or what it cannot be.
    """
    classifier = _seeded(card)
    assert isinstance(classifier, Classifier)
    return classifier


def build_painter(card: Card) -> StyleNetwork:
    """The same for a painter's card."""
    painter = _seeded(card)
    assert isinstance(painter, StyleNetwork)
    return painter


def _seeded(card: Card) -> Network:
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(card.seed)
        return _with_card(card, _network(card))


def _with_card(card: Card, network: nn.Module) -> Network:
    return (StyleNetwork if card.kind == PAINTER else Classifier)(card, network)


def restore(card: Card, weights: Mapping[str, torch.Tensor]) -> Network:
    """Return the architecture of `card` with these weights, on the CPU, ready to train.

    No random number is drawn, so it may be called beside a run of the torch thread. Raises
    UserError, before it takes memory, where the weights are not that network's.
    """
    network = outline(card).network
    _check(network, weights)
    network.to_empty(device="cpu").load_state_dict(weights)
    return _with_card(card, network)


def outline(card: Card) -> Network:
    """The architecture of `card` in eval mode with neither weights nor memory, on "meta".

    No random number is drawn and no generator seeded, whichever thread asks.
    """
    try:
        with torch.device("meta"):
            network = _network(card)
    except NotImplementedError:
        # RegNet computes its widths with tensors, which have no values on "meta".
        with _WeightsOnMeta():
            network = _network(card)
    return _with_card(card, network).to("meta").eval()


class _WeightsOnMeta(TorchFunctionMode):
    """Tensors without values, as weights are made, have none on "meta"; all others are computed."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


def load(name: str, *, pretrained: bool = True, device: torch.device | str = "cpu") -> Classifier:
    """Return the embedded classifier, or one of torchvision's, frozen, on `device`.

    pretrained=False leaves it with fresh weights, the same every time, and needs no download.
    Raises UserError for an unknown name, Missing where the weights have not been downloaded.
    """
    card = imagenet.card(name)
    if pretrained:
        classifier = restore(card, imagenet.weights(name)).to(device).frozen()
        assert isinstance(classifier, Classifier)
        return classifier
    return build(replace(card, data="", trained=False)).to(device).frozen()


def _network(card: Card) -> nn.Module:
    name, classes = card.architecture, len(card.classes)
    if card.kind == PAINTER:
        if card.channels != 3:
            raise UserError(f"{name} paints RGB pictures: the card asks for another")
        return style_networks.build(name, **card.arguments)
    if name in architecture.NETWORKS:
        return architecture.build(name, card.channels, card.size, classes, **card.arguments)
    if not imagenet.known(name):
        raise UserError(f"no architecture {name}: {imagenet.nearest(name, architecture.NETWORKS)}")
    if card.channels != 3 or card.arguments:
        raise UserError(f"{name} takes RGB pictures and no arguments: the card asks for others")
    return imagenet.network(name, classes)


def _check(network: nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """Raise UserError for the first tensor that is missing, too many, or of another shape."""
    wanted = network.state_dict()
    for name, tensor in wanted.items():
        if name not in weights:
            raise UserError(f"the weights are not what the card says: {name} is missing")
        given = weights[name]
        if given.shape != tensor.shape:
            shapes = f"{tuple(given.shape)}, not {tuple(tensor.shape)}"
            raise UserError(f"the weights are not what the card says: {name} is {shapes}")
        if given.is_floating_point() != tensor.is_floating_point():
            raise UserError(f"the weights are not what the card says: {name} is {given.dtype}")
    if surplus := sorted(set(weights) - set(wanted)):
        raise UserError(f"the weights are not what the card says: {surplus[0]} is too many")


def first_convolution(network: nn.Module) -> nn.Conv2d | None:
    """The convolution that sees the picture itself: the first of 1 or 3 channels, or None."""
    found = (m for m in network.modules() if isinstance(m, nn.Conv2d) and m.in_channels in (1, 3))
    return next(found, None)


def first_layer(classifier: Network) -> nn.Conv2d | nn.Linear:
    """The layer that meets the picture: the first convolution, or a linear layer of all pixels.

    Raises UserError for a network that has neither.
    """
    card = classifier.card
    if layer := first_convolution(classifier.network):
        return layer
    for module in classifier.network.modules():
        if isinstance(module, nn.Linear) and module.in_features == card.channels * card.size**2:
            return module
    raise UserError(f"{card.title} has no layer that sees the picture itself: choose another")


def layer_filters(classifier: Classifier, name: str) -> NDArray[np.float32]:
    """The filters of any convolution as pictures: float32 (N, height, width, C).

    C is 1 or 3 where it meets the picture. Further on a filter has a slice for each feature map
    that it reads, far too many to show: its strongest one stands for it. Raises UserError where
    `name` is no convolution of `classifier.network`.
    """
    layer = dict(classifier.network.named_modules()).get(name)
    if not isinstance(layer, nn.Conv2d):
        raise UserError(f"{name} is no convolution of {classifier.card.title}: choose another")
    weights = layer.weight.detach()
    if weights.shape[1] not in (1, 3):
        strongest = weights.square().sum((2, 3)).argmax(1)
        weights = weights[torch.arange(len(weights)), strongest][:, None]
    return as_filters(weights, classifier.card)


def first_layer_filters(classifier: Classifier) -> NDArray[np.float32]:
    """The weights that meet the picture, as pictures: float32 (N, height, width, C).

    Those of the first convolution, or each unit of a first linear layer laid out as the picture
    that it is multiplied with. Raises UserError for a network that has neither.
    """
    return as_filters(first_layer(classifier).weight, classifier.card)


def as_filters(weights: torch.Tensor, card: Card) -> NDArray[np.float32]:
    """The weights of a first layer as pictures: float32 (N, height, width, C)."""
    if weights.ndim == 2:
        weights = weights.view(-1, card.channels, card.size, card.size)
    return weights.detach().permute(0, 2, 3, 1).float().cpu().numpy()


def card_for(network: str, data: Dataset, seed: int) -> Card:
    """The card of a network of lab.networks.architecture.NETWORKS that is about to learn `data`."""
    mean, std = channel_statistics(data)
    return Card(
        name=f"{network}-{data.name}",
        title=f"{architecture.NETWORKS[network].title} on {data.title}",
        architecture=network,
        arguments={},
        data=data.name,
        classes=data.classes,
        channels=data.channels,
        size=data.size[0],
        mean=mean,
        std=std,
        seed=seed,
    )
