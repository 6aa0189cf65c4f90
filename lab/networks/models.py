"""Networks in pixel space, and how they are built from their cards.

Normalisation is their first layer: they take images in [0, 1], so that every perturbation and bound
is in pixel units, whatever a network was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from lab.datasets import Dataset, channel_statistics
from lab.errors import UserError
from lab.networks import architecture, imagenet, style_networks
from lab.networks.card import LONGEST, STYLE_NETWORK, Option
from lab.networks.card import Card as Card
from lab.networks.without_weights import WithoutWeights
from lab.text import line

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


class Normalise(nn.Module):
    """(images - mean) / std, for each channel."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """float32 (N, C, H, W) in [0, 1] to the same shape, in units of std."""
        return (images - self.mean) / self.std


class Network(nn.Module):
    """A network with its card; takes images float32 (N, C, H, W) in [0, 1].

    history: training step -> the weights of its first layer after it, float32 on the CPU; may be
    empty.
    """

    def __init__(self, card: Card, network: nn.Module) -> None:
        super().__init__()
        self.card = card
        self.history: dict[int, torch.Tensor] = {}
        self.normalise = Normalise(card.mean, card.std)
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The network's output, float32. ValueError for another number of channels."""
        if images.ndim != 4 or images.shape[1] != self.card.channels:
            raise ValueError(
                f"{self.card.name} takes (N, {self.card.channels}, H, W), not {tuple(images.shape)}"
            )
        output: torch.Tensor = self.network(self.normalise(images))
        return output

    @property
    def device(self) -> torch.device:
        """The device of its weights."""
        return self.normalise.mean.device

    def frozen(self) -> Self:
        """Set eval mode and freeze the weights; returns itself."""
        self.eval().requires_grad_(False)
        # Weights in channels_last: milliseconds per image of 224 px on two cores, before and after:
        # GoogLeNet 76, 45; ResNet-18 57, 46; MobileNetV2 36, 30; DenseNet-121 101, 86;
        # EfficientNet-Lite0 50, 45; AlexNet 30, 28. The results differ by rounding. Not measured on
        # Apple's GPU, so not done there.
        if self.device.type != "mps":
            self.to(memory_format=torch.channels_last)
        return self

    def copy(self, device: torch.device | str = "cpu") -> Self:
        """A frozen copy on `device`, which shares no hooks, gradients or memory.

        Raises UserError where the card does not describe the network.
        """
        made = restore(self.card, self.network.state_dict()).to(device).frozen()
        assert isinstance(made, type(self))
        made.history = dict(self.history)
        return made


class Classifier(Network):
    """From images to logits, float32 (N, classes)."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The label of each logit."""
        return self.card.classes

    def crop_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of an image that the network sees: (left, top, width, height) in pixels.

        width, height: of the image, in pixels.
        """
        size = self.card.size
        edge = round(size / self.card.crop)
        # As torchvision's Resize and CenterCrop, in coordinates of the original: the shorter edge
        # becomes `edge`, the longer one is rounded down.
        short = min(width, height)
        across, down = int(edge * width / short), int(edge * height / short)
        left, top = round((across - size) / 2), round((down - size) / 2)
        x, y = width / across, height / down
        return left * x, top * y, min(size * x, width - left * x), min(size * y, height - top * y)

    def prepare(self, pixels: NDArray[np.uint8], size: int = 0) -> torch.Tensor:
        """An image, uint8 (H, W, 3) RGB, as the network takes it: float32 (1, C, size, size).

        size: the edge in pixels; 0 for the network's own. Resized and cropped in one step by
        Pillow, with antialiasing; grey (ITU-R 601) for a network of one channel. On the network's
        device. Raises ValueError for another shape or dtype.
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"an image is uint8 (H, W, 3), not {pixels.dtype} {pixels.shape}")
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
    """From images to images of the same size, float32 (N, 3, H, W) in [0, 1]."""


def build(card: Card) -> Classifier:
    """The classifier of a card with random initial weights, on the CPU, ready to be trained.

    The weights depend only on the card's seed; torch's global random numbers are left as they are.
    Raises UserError for an unknown architecture, and for arguments that it does not take.
    """
    classifier = _seeded(card)
    assert isinstance(classifier, Classifier)
    return classifier


def build_style_network(card: Card) -> StyleNetwork:
    """The same for the card of a style network."""
    network = _seeded(card)
    assert isinstance(network, StyleNetwork)
    return network


def _seeded(card: Card) -> Network:
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(card.seed)
        return _with_card(card, _network(card))


def _with_card(card: Card, network: nn.Module) -> Network:
    return (StyleNetwork if card.kind == STYLE_NETWORK else Classifier)(card, network)


def restore(card: Card, weights: Mapping[str, torch.Tensor]) -> Network:
    """The network of `card` with these weights, on the CPU, ready to be trained.

    Draws no random numbers, so it can run beside the torch thread. Raises UserError, before it
    allocates memory, where the weights do not fit the network.
    """
    network = outline(card).network
    _check(network, weights)
    network.to_empty(device="cpu").load_state_dict(weights)
    return _with_card(card, network)


def outline(card: Card) -> Network:
    """The network of `card` in eval mode on the device "meta": without weights or memory.

    No random number is drawn and no generator seeded, whichever thread asks.
    """
    with WithoutWeights():
        network = _network(card)
    return _with_card(card, network).to("meta").eval()


def load(name: str, *, pretrained: bool = True, device: torch.device | str = "cpu") -> Classifier:
    """The embedded classifier, or one of torchvision's, frozen, on `device`.

    pretrained=False: random initial weights, always the same, without a download. Raises UserError
    for an unknown name, Missing where the weights have not been downloaded.
    """
    card = imagenet.card(name)
    if pretrained:
        classifier = restore(card, imagenet.weights(name)).to(device).frozen()
        assert isinstance(classifier, Classifier)
        return classifier
    return build(replace(card, data="", trained=False)).to(device).frozen()


def _network(card: Card) -> nn.Module:
    name, classes = card.architecture, len(card.classes)
    if card.kind == STYLE_NETWORK:
        if card.channels != 3:
            raise UserError(f"{name} takes RGB images: the card asks for {card.channels} channel")
        return style_networks.build(name, **card.arguments)
    if name in architecture.NETWORKS:
        return architecture.build(name, card.channels, card.size, classes, **card.arguments)
    if not imagenet.known(name):
        raise UserError(f"no architecture {name}: {imagenet.nearest(name, architecture.NETWORKS)}")
    if card.channels != 3 or card.arguments:
        raise UserError(f"{name} takes RGB images and no arguments: the card asks for others")
    return imagenet.network(name, classes)


def _check(network: nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """UserError for the first tensor that is missing, surplus, or of another shape."""
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


def card_for(network: str, data: Dataset, seed: int, **arguments: Option) -> Card:
    """The card of an untrained network for `data`.

    network: a name of lab.networks.architecture; arguments: keywords of its constructor.
    """
    mean, std = channel_statistics(data)
    return Card(
        name=line(f"{network}-{data.name}", LONGEST),
        title=f"{architecture.NETWORKS[network].title} on {data.title}",
        architecture=network,
        arguments=arguments,
        data=line(data.name, LONGEST),
        classes=data.classes,
        channels=data.channels,
        size=data.size[0],
        mean=mean,
        std=std,
        seed=seed,
    )
