"""The architectures that can be trained here: small enough to train during a lecture.

Each takes normalised images, float32 (N, channels, size, size) with 1 or 3 channels and edges of 28
to 96 pixels, and returns logits, float32 (N, classes). Layers have names, for the screen. No
activation works in place, so that hooks see the output of their layer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import nn

from lab.errors import UserError
from lab.networks import normalisation
from lab.networks.deep_residual import deep_network
from lab.networks.initialisation import kaiming
from lab.networks.stochastic import (
    DropConnect,
    Dropout,
    FractionalMaxPool,
    StochasticDepth,
    fractional_size,
    linear_decay,
)
from lab.parameters import advice

SIZES = range(28, 97)


def cnn(
    channels: int,
    size: int,
    classes: int,
    *,
    width: int = 32,
    kernel: int = 5,
    kernel2: int = 3,
    hidden: int = 256,
    batch_norm: bool = True,
    dropout: float = 0.0,
) -> nn.Module:
    """Two convolutions of `width` and twice as many channels, and a hidden layer.

    kernel, kernel2: their edges in pixels. 3 in the second is as accurate on the digits as 5 (0.980
    and 0.979 after six epochs), and faster; 5 in the first gives filters worth looking at. dropout:
    the probability of dropping a hidden unit (Srivastava et al., 2014).

    Without `batch_norm` and with kernel2=5 it is the network of Madry et al. (2018) for digits with
    a quarter of the hidden units: for adversarial training.
    """
    # Large images are pooled more, or the hidden layer would have 9 million weights at 96 px.
    shrink = 2 if size < 56 else 4
    edge = size // 2 // shrink
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    # Pooled before the normalisation: a quarter of the work for all that follows, and 1.4 times the
    # images per second on two cores. (ReLU and maximum commute.)
    layers["conv1"] = nn.Conv2d(channels, width, kernel, padding="same", bias=not batch_norm)
    layers["pool1"] = nn.MaxPool2d(2)
    if batch_norm:
        layers["norm1"] = nn.BatchNorm2d(width)
    layers["relu1"] = nn.ReLU()
    layers["conv2"] = nn.Conv2d(width, 2 * width, kernel2, padding="same", bias=not batch_norm)
    layers["pool2"] = nn.MaxPool2d(shrink)
    if batch_norm:
        layers["norm2"] = nn.BatchNorm2d(2 * width)
    layers["relu2"] = nn.ReLU()
    layers["flatten"] = nn.Flatten()
    layers["linear1"] = nn.Linear(2 * width * edge * edge, hidden)
    layers["relu3"] = nn.ReLU()
    layers["dropout"] = Dropout(dropout)
    layers["logits"] = nn.Linear(hidden, classes)
    return kaiming(nn.Sequential(layers))


def mlp(
    channels: int,
    size: int,
    classes: int,
    *,
    hidden: int = 256,
    depth: int = 2,
    dropout: float = 0.0,
    sigmoid: bool = False,
    batch_norm: bool = False,
    noise: bool = False,
) -> nn.Module:
    """`depth` hidden layers of `hidden` units: without any notion of neighbouring pixels.

    dropout: the probability of dropping a hidden unit (Srivastava et al., 2014). sigmoid: in place
    of the ReLUs, with Xavier initialisation; with depth=3, hidden=100 it is the network of Ioffe
    and Szegedy (2015), section 4.1. batch_norm: before them. noise: after that, in training
    (Santurkar et al., 2018).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    units = channels * size * size
    for i in range(1, depth + 1):
        layers[f"linear{i}"] = nn.Linear(units, hidden, bias=not batch_norm)
        if batch_norm:
            norm = nn.BatchNorm1d(hidden)
            layers[f"norm{i}"] = normalisation.NoisyBatchNorm(norm) if noise else norm
        layers[f"sigmoid{i}" if sigmoid else f"relu{i}"] = nn.Sigmoid() if sigmoid else nn.ReLU()
        layers[f"dropout{i}"] = Dropout(dropout)
        units = hidden
    layers["logits"] = nn.Linear(units, classes)
    network = kaiming(nn.Sequential(layers))
    if sigmoid:
        # Kaiming's factor is made for ReLUs. (Xavier: Glorot and Bengio, 2010.)
        for i in range(1, depth + 1):
            nn.init.xavier_normal_(network.get_submodule(f"linear{i}").get_parameter("weight"))
    return network


def lenet5(channels: int, size: int, classes: int) -> nn.Module:
    """LeNet-5 (LeCun et al., 1998), with average pooling and tanh.

    Its 28 px digits were padded to 32 px: the first convolution pads by two. Other than in the
    paper, the output layer is linear, and the second convolution reads all maps.
    """
    edge = (size // 2 - 4) // 2
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(channels, 6, 5, padding=2),
            tanh1=nn.Tanh(),
            pool1=nn.AvgPool2d(2),
            conv2=nn.Conv2d(6, 16, 5),
            tanh2=nn.Tanh(),
            pool2=nn.AvgPool2d(2),
            flatten=nn.Flatten(),
            linear1=nn.Linear(16 * edge * edge, 120),
            tanh3=nn.Tanh(),
            linear2=nn.Linear(120, 84),
            tanh4=nn.Tanh(),
            logits=nn.Linear(84, classes),
        )
    )


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions, added to their input (He et al., 2015, option B).

    drop: drops the convolutions in training (stochastic depth); None for never.
    """

    def __init__(
        self, channels: int, out: int, stride: int, drop: StochasticDepth | None = None
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.drop = drop or StochasticDepth(0.0)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels != out:
            conv = nn.Conv2d(channels, out, 1, stride, bias=False)
            self.shortcut = nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(out)))
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Feature maps (N, channels, H, W) to (N, out, H / stride, W / stride)."""
        y = self.drop(self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x))))))
        result: torch.Tensor = self.relu2(y + self.shortcut(x))
        return result


def _blocks(
    channels: int, out: int, stride: int, drops: Sequence[StochasticDepth]
) -> nn.Sequential:
    """A residual block for each of `drops`, the first with that stride."""
    first = ResidualBlock(channels, out, stride, drops[0])
    return nn.Sequential(first, *(ResidualBlock(out, out, 1, drop) for drop in drops[1:]))


def resnet(
    channels: int,
    size: int,
    classes: int,
    *,
    width: int = 16,
    blocks: int = 1,
    dropout: float = 0.0,
    stochastic_depth: float = 0.0,
) -> nn.Module:
    """A residual network for small images (He et al., 2015, section 4.2): three stages.

    blocks: in each stage; 1 gives eight layers, 3 the paper's ResNet-20. Takes any size, since the
    last maps are averaged. dropout: the probability of dropping an average (Srivastava et al.,
    2014). stochastic_depth: that of dropping the last block; it rises linearly from the first
    (Huang et al., 2016).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(channels, width, 3, padding=1, bias=False),
        norm1=nn.BatchNorm2d(width),
        relu1=nn.ReLU(),
    )
    before = width
    for stage in range(1, 4):
        out = width * 2 ** (stage - 1)
        stride = 1 if stage == 1 else 2
        drops = linear_decay(stochastic_depth, 3 * blocks, (stage - 1) * blocks, blocks)
        layers[f"stage{stage}"] = _blocks(before, out, stride, drops)
        before = out
    layers["pool"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["dropout"] = Dropout(dropout)
    layers["logits"] = nn.Linear(before, classes)
    return kaiming(nn.Sequential(layers))


def residual_cnn(
    channels: int,
    size: int,
    classes: int,
    *,
    width: int = 16,
    blocks: int = 1,
    hidden: int = 256,
    dropout: float = 0.0,
    drop_connect: float = 0.0,
    stochastic_depth: float = 0.0,
    fractional: bool = False,
) -> nn.Module:
    """Residual blocks between poolings by the square root of two, and a hidden layer.

    Each way of dropping a part of a network has its place in it, so that they can be compared.
    blocks: after each pooling. dropout: the probability of dropping a hidden unit (Srivastava et
    al., 2014). drop_connect: that of dropping a weight of the hidden layer (Wan et al., 2013).
    stochastic_depth: that of dropping the last block; it rises linearly from the first (Huang et
    al., 2016). fractional: whether training draws the pooling regions at random (Graham, 2014).
    """
    stride = 2 if size < 56 else 4
    edge = -(-size // stride)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = nn.Conv2d(channels, width, 5, stride, padding=2, bias=False)
    layers["norm1"] = nn.BatchNorm2d(width)
    layers["relu1"] = nn.ReLU()
    edges = []
    while edge > 5:
        edge = fractional_size(edge, 2**0.5)
        edges.append(edge)
    before = width
    for stage in range(1, len(edges) + 1):
        layers[f"pool{stage}"] = FractionalMaxPool(random=fractional)
        out = width if stage == 1 else 2 * width
        drops = linear_decay(stochastic_depth, len(edges) * blocks, (stage - 1) * blocks, blocks)
        layers[f"stage{stage}"] = _blocks(before, out, 1, drops)
        before = out
    layers["flatten"] = nn.Flatten()
    layers["linear1"] = DropConnect(before * edge**2, hidden, drop_connect)
    layers["relu2"] = nn.ReLU()
    layers["dropout"] = Dropout(dropout)
    layers["logits"] = nn.Linear(hidden, classes)
    return kaiming(nn.Sequential(layers))


def plain_cnn(
    channels: int,
    size: int,
    classes: int,
    *,
    norm: str = "batch",
    noise: bool = False,
    depth: int = 6,
    width: int = 16,
    groups: int = 4,
) -> nn.Module:
    """`depth` 3 x 3 convolutions in a row, without shortcuts, each with the same normalisation.

    norm: a name of lab.networks.normalisation.KINDS, or "none". It stands before the ReLU; local
    response normalisation after it, as in AlexNet. noise: after batch normalisation (Santurkar et
    al., 2018). groups: of group normalisation. The first convolution halves the image, and so does
    the one in the middle, which doubles the channels; of
    the last maps the quarters are averaged.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    stem, before = 2 if size < 56 else 4, channels
    for i in range(1, depth + 1):
        out = width if i <= depth // 2 or depth == 1 else 2 * width
        stride = stem if i == 1 else 2 if i == depth // 2 + 1 else 1
        normal = normalisation.normalisation(norm, out, groups)
        if noise:
            normal = normalisation.NoisyBatchNorm(normal)
        kind = normalisation.WeightNormConv2d if norm == "weight" else nn.Conv2d
        layers[f"conv{i}"] = conv = kind(before, out, 3, stride, 1)
        if norm not in (normalisation.NONE, "weight", "local_response"):
            # Made with one, or the next layers would begin with other random numbers.
            conv.register_parameter("bias", None)
        rows = {f"norm{i}": normal, f"relu{i}": nn.ReLU()}
        if norm in (normalisation.NONE, "weight"):
            del rows[f"norm{i}"]
        layers.update(reversed(rows.items()) if norm == "local_response" else rows)
        before = out
    layers["pool"] = nn.AdaptiveAvgPool2d(2)
    layers["flatten"] = nn.Flatten()
    layers["logits"] = nn.Linear(4 * before, classes)
    network = kaiming(nn.Sequential(layers))
    for module in network.modules():
        if isinstance(module, normalisation.WeightNormConv2d):
            module.keep_length()
    return network


def alexnet_stem(channels: int, size: int, classes: int) -> nn.Module:
    """AlexNet's 11 x 11 filters (Krizhevsky et al., 2012) followed by a small network.

    Large filters with a stride become gratings and opponent colours after seconds of training on
    crops of a dozen photographs, with weight decay 2e-3.
    """
    edge = (size + 1) // 2 // 2 // 2
    network = kaiming(
        nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(channels, 48, 11, stride=2, padding=5, bias=False),
                pool1=nn.MaxPool2d(2),
                norm1=nn.BatchNorm2d(48),
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(48, 64, 3, padding=1, bias=False),
                pool2=nn.MaxPool2d(2),
                norm2=nn.BatchNorm2d(64),
                relu2=nn.ReLU(),
                flatten=nn.Flatten(),
                dropout=Dropout(0.3),
                logits=nn.Linear(64 * edge * edge, classes),
            )
        )
    )
    # Batch normalisation follows, so the scale does not matter to the network; but what is learned
    # soon exceeds small initial weights, where larger ones would remain visible as noise.
    with torch.no_grad():
        network.get_parameter("conv1.weight").mul_(0.1)
    return network


def lecture_cnn(channels: int, size: int, classes: int, *, batch_norm: bool = False) -> nn.Module:
    """The lecture's example for CIFAR-10: three convolutions with 4 x 4 kernels, with biases.

    For 3 channels and 10 classes 44,650 parameters, and with `batch_norm` 44,842. At 32 px the last
    convolution gives 5 x 5 scores for each class; their mean is the logit (global average pooling;
    Lin et al., 2013), so that any size will do. The initialisation is PyTorch's.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (before, after) in enumerate(((channels, 32), (32, 64)), 1):
        layers[f"conv{i}"] = nn.Conv2d(before, after, 4, stride=2, padding=1)
        if batch_norm:
            layers[f"norm{i}"] = nn.BatchNorm2d(after)
        layers[f"relu{i}"] = nn.ReLU()
    layers["conv3"] = nn.Conv2d(64, classes, 4)
    layers["mean"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    return nn.Sequential(layers)


class Architecture(NamedTuple):
    """A line of NETWORKS: title for the screen, constructor(channels, size, classes, ...)."""

    title: str
    constructor: Callable[..., nn.Module]


NETWORKS = {
    "cnn": Architecture("Small CNN", cnn),
    "mlp": Architecture("Multilayer perceptron", mlp),
    "lenet5": Architecture("LeNet-5", lenet5),
    "resnet": Architecture("Small ResNet", resnet),
    "residual_cnn": Architecture("Residual CNN with a hidden layer", residual_cnn),
    "deep_resnet": Architecture("ResNet of 6n + 2 layers", deep_network),
    "plain_cnn": Architecture("Plain CNN, any normalisation", plain_cnn),
    "alexnet_stem": Architecture("AlexNet stem", alexnet_stem),
    "lecture_cnn": Architecture("The lecture's CNN", lecture_cnn),
}


def build(
    name: str, channels: int, size: int, classes: int, **options: int | float | bool | str
) -> nn.Module:
    """The network called `name`, with random initial weights from torch's global generator.

    options: keyword arguments of its constructor. Raises UserError for unknown names, sizes and
    options.
    """
    if name not in NETWORKS:
        raise UserError(f"no network {name}: {advice(name, NETWORKS)}")
    if channels not in (1, 3):
        raise UserError(f"{name} on {channels} channels: choose 1 (grey) or 3 (colour)")
    if size not in SIZES:
        raise UserError(f"{name} on {size} px: choose from {SIZES[0]} to {SIZES[-1]} px")
    if classes < 2:
        raise UserError(f"{name} for {classes} classes: there must be 2 or more")
    try:
        return NETWORKS[name].constructor(channels, size, classes, **options)
    except (TypeError, ValueError, RuntimeError) as error:
        line = str(error).splitlines()[0]
        raise UserError(f"{name} cannot be built with {options}: {line}") from error
