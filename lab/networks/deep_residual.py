"""Plain and residual networks of any depth for small images (He et al., 2015, section 4.2).

6n + 2 layers: a convolution, three stages of n blocks of two convolutions each, and a linear layer.
The shortcuts have no weights (option A), so that a plain and a residual network of one depth have
the same weights, and with one seed begin with the same values.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.networks.initialisation import kaiming

STAGES = 3


class Shortcut(nn.Module):
    """The identity; where a block halves its maps, every second row and column (option A).

    The channels that the block adds are zero.
    """

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.added, self.stride = out - channels, stride

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, channels, H, W) to (N, out, H / stride, W / stride)."""
        if self.stride > 1:
            x = x[:, :, :: self.stride, :: self.stride]
        return F.pad(x, (0, 0, 0, 0, 0, self.added)) if self.added else x


class Block(nn.Module):
    """Two 3 x 3 convolutions F; relu(F(x) + x) with a shortcut, relu(F(x)) without.

    shortcut: None in a plain network.
    """

    def __init__(
        self, channels: int, out: int, stride: int, *, residual: bool, batch_norm: bool
    ) -> None:
        super().__init__()
        bias = not batch_norm
        self.conv1 = nn.Conv2d(channels, out, 3, stride, padding=1, bias=bias)
        self.norm1 = nn.BatchNorm2d(out) if batch_norm else nn.Identity()
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=bias)
        self.norm2 = nn.BatchNorm2d(out) if batch_norm else nn.Identity()
        self.shortcut = Shortcut(channels, out, stride) if residual else None
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, channels, H, W) to (N, out, H / stride, W / stride)."""
        y = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        if self.shortcut is not None:
            y = y + self.shortcut(x)
        result: Tensor = self.relu2(y)
        return result


def deep_network(
    channels: int,
    size: int,
    classes: int,
    *,
    depth: int = 20,
    width: int = 8,
    residual: bool = True,
    batch_norm: bool = True,
    stride: int = 0,
) -> nn.Module:
    """The network of `depth` = 6n + 2 layers, with `width`, 2 and 4 x `width` channels.

    residual: with shortcuts; else plain. batch_norm: after each convolution, else biases. Other
    than in the paper, the first convolution has a stride of 2 (of 4 from 56 px on), and a quarter
    of the channels or half of them will do for digits. Raises ValueError for another depth.
    """
    blocks, rest = divmod(depth - 2, 2 * STAGES)
    if rest or blocks < 1:
        raise ValueError(f"depth {depth} is not 6n + 2: choose 8, 14, 20, ...")
    stride = stride or (2 if size < 56 else 4)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = nn.Conv2d(channels, width, 3, stride, padding=1, bias=not batch_norm)
    layers["norm1"] = nn.BatchNorm2d(width) if batch_norm else nn.Identity()
    layers["relu1"] = nn.ReLU()
    before = width
    for stage in range(STAGES):
        out = width * 2**stage
        inside = []
        for block in range(blocks):
            halves = 2 if stage and not block else 1
            inside.append(Block(before, out, halves, residual=residual, batch_norm=batch_norm))
            before = out
        layers[f"stage{stage + 1}"] = nn.Sequential(*inside)
    layers["pool"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["logits"] = nn.Linear(before, classes)
    return kaiming(nn.Sequential(layers))


def blocks_of(network: nn.Module) -> list[Block]:
    """The blocks of a deep network, first to last."""
    return [module for module in network.modules() if isinstance(module, Block)]


def branch_ratio(network: nn.Module, images: Tensor) -> list[float]:
    """Of each residual block ||F(x)|| / ||shortcut(x)||: what it adds, over what it passes on.

    images: what the network takes. The norms are over all images and positions, in the mode that
    the network is in. Empty for a plain network, whose blocks pass nothing on.
    """
    found: list[Tensor] = []
    passed: list[Tensor] = []

    def keep(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        passed.append(output)

    def compare(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        # The input of the last ReLU is the sum of both.
        found.append((given[0] - passed[-1]).norm() / passed[-1].norm())

    handles = []
    for block in blocks_of(network):
        if block.shortcut is not None:
            handles.append(block.shortcut.register_forward_hook(keep))
            handles.append(block.relu2.register_forward_hook(compare))
    try:
        if handles:
            with torch.no_grad():
                network(images)
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack(found).tolist() if found else []


def responses(network: nn.Module, images: Tensor) -> list[float]:
    """The standard deviation of what each 3 x 3 convolution gives, after its normalisation.

    Before the ReLU and before the addition: He et al., 2015, figure 7. The first convolution comes
    first. images: what the network takes; in the mode that the network is in.
    """
    found: list[Tensor] = []

    def keep(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        found.append(output.std())

    last = [getattr(network, "norm1", None)]
    last += [norm for block in blocks_of(network) for norm in (block.norm1, block.norm2)]
    handles = [norm.register_forward_hook(keep) for norm in last if norm is not None]
    try:
        with torch.no_grad():
            network(images)
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack(found).tolist()
