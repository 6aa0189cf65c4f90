"""Layers that drop a random part of the network in each training pass.

Dropout drops units, DropConnect weights, stochastic depth whole residual blocks; fractional max
pooling moves its regions. What is kept is divided by the probability of keeping it, so the expected
output in training is that of the whole network, and in eval mode nothing is scaled. In the papers
it is the other way round: training does not divide, and at test time the output is multiplied by
the probability of keeping ("weight scaling"). The two give the same network.

Each layer remembers what its last random pass kept, for the screen. Random numbers come from
torch's global generators.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def random_mask(shape: tuple[int, ...] | torch.Size, p: float, like: Tensor) -> Tensor:
    """0 with probability p, else 1 / (1 - p); of the dtype and on the device of `like`."""
    mask = torch.empty(shape, dtype=like.dtype, device=like.device).bernoulli_(1 - p)
    return mask.div_(1 - p) if p < 1 else mask


def _checked(p: float) -> float:
    """`p` itself. ValueError where it is no probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"a probability of dropping is from 0 to 1, not {p}")
    return p


class Dropout(nn.Dropout):
    """Units are dropped (Srivastava et al., 2014): torch's layer, which remembers its mask.

    p: the probability of dropping a unit, in [0, 1]; may change between two passes. shared: one
    mask for all images of a pass, so that they see the same thinned network. mask: of the last
    pass in training mode, in the shape of its input or with one row if it was shared; None for
    none.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p)
        self.shared = False
        self.mask: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Values (N, ...) to the same shape."""
        if not self.training:
            return x
        self.mask = None
        if self.p == 0:
            return x
        self.mask = random_mask((1, *x.shape[1:]) if self.shared else x.shape, self.p, x)
        return x * self.mask


class DropConnect(nn.Linear):
    """A linear layer whose weights are dropped (Wan et al., 2013), the same for a whole batch.

    The paper draws a mask for each image, which takes N times as many random numbers. Biases are
    kept. p: the probability of dropping a weight, in [0, 1]; may change between two passes. mask:
    of the last pass in training mode, in the shape of the weights; None for none.
    """

    def __init__(self, inputs: int, outputs: int, p: float = 0.5) -> None:
        super().__init__(inputs, outputs)
        self.p = _checked(p)
        self.mask: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Values (N, inputs) to (N, outputs)."""
        weight: Tensor = self.weight
        if self.training:
            self.mask = None if self.p == 0 else random_mask(weight.shape, self.p, weight)
            weight = weight if self.mask is None else weight * self.mask
        return F.linear(x, weight, self.bias)

    def extra_repr(self) -> str:
        """What `print` shows."""
        return f"{super().extra_repr()}, p={self.p}"


class StochasticDepth(nn.Module):
    """Drops the residual branch that it is given, for the whole batch (Huang et al., 2016).

    As torchvision.ops.StochasticDepth in its mode "batch". p: the probability of dropping, in
    [0, 1], at the last block; at this one it is p x share, in (0, 1]: the paper's linear decay. p
    may change between two passes. dropped: whether the last pass in training mode dropped it.
    """

    def __init__(self, p: float = 0.5, share: float = 1.0) -> None:
        super().__init__()
        self.p, self.share = _checked(p), share
        self.dropped = False

    def forward(self, branch: Tensor) -> Tensor:
        """Values (N, ...) to the same shape, all zero where it is dropped."""
        if not self.training:
            return branch
        self.dropped = False
        if self.p == 0:
            return branch
        p = self.p * self.share
        # Drawn on the CPU: no accelerator has to be waited for to know it.
        mask = random_mask((), p, torch.empty(()))
        self.dropped = not mask.item()
        return branch * mask.item()

    def extra_repr(self) -> str:
        """What `print` shows."""
        return f"p={self.p}, share={self.share:.2f}"


def linear_decay(p: float, total: int, before: int, count: int) -> list[StochasticDepth]:
    """Stochastic depth for `count` blocks of `total`, after `before` of them.

    p: of the last of all blocks; it rises linearly to it from p / total (Huang et al., 2016).
    """
    return [StochasticDepth(p, (before + i + 1) / total) for i in range(count)]


def region_starts(size: int, count: int, kernel: int, u: float | None) -> list[int]:
    """Where `count` pooling regions of `kernel` pixels begin along an edge of `size` pixels.

    The pseudorandom sequence of Graham (2014), section 2.1, in the form of
    torch.nn.FractionalMaxPool2d: the first region begins at the first pixel, the last one ends at
    the last pixel, and the steps between are the two whole numbers next to their mean. u: in
    [0, 1), decides which of them are the larger; None: each region begins as near as possible to
    where even spacing would have it.
    """
    if count < 2:
        return [size - kernel]
    step = (size - kernel) / (count - 1)
    u = 0.5 / step if u is None else u
    return [*(int((i + u) * step) - int(u * step) for i in range(count - 1)), size - kernel]


class FractionalMaxPool(nn.Module):
    """Max pooling by a factor that is no whole number, over random regions (Graham, 2014).

    As torch.nn.FractionalMaxPool2d with kernel size 2, but the regions are the same for all images
    and channels of a pass. ratio: of input to output edge, over 1 and up to 2. random: whether
    training draws other regions in each pass; otherwise, and in eval mode, they are always the
    same, evenly spread. starts: of the last pass in training mode, the rows and the columns where
    regions begin; edges: (height, width) of its input. Both None before the first.
    """

    KERNEL = 2

    def __init__(self, ratio: float = 2**0.5, random: bool = True) -> None:
        super().__init__()
        if not 1 < ratio <= self.KERNEL:
            raise ValueError(f"a pooling ratio is over 1 and up to {self.KERNEL}, not {ratio}")
        self.ratio, self.random = ratio, random
        self.starts: tuple[list[int], list[int]] | None = None
        self.edges: tuple[int, int] | None = None

    def forward(self, maps: Tensor) -> Tensor:
        """Feature maps (N, C, H, W) to (N, C, H / ratio, W / ratio), rounded down."""
        drawn = torch.rand(2).tolist() if self.training and self.random else (None, None)
        rows, columns = (
            region_starts(edge, fractional_size(edge, self.ratio), self.KERNEL, u)
            for edge, u in zip(maps.shape[2:], drawn, strict=True)
        )
        if self.training:
            self.starts, self.edges = (rows, columns), (maps.shape[2], maps.shape[3])
        # Of all regions of 2 x 2 pixels those are taken that begin at these places. In one step and
        # with channels last: three times as fast, forward and backward, as rows before columns.
        every = F.max_pool2d(maps, self.KERNEL, stride=1).permute(0, 2, 3, 1)
        images, _, width, channels = every.shape
        places = torch.tensor([row * width + column for row in rows for column in columns])
        taken = every.flatten(1, 2).index_select(1, places.to(maps.device))
        return taken.view(images, len(rows), len(columns), channels).permute(0, 3, 1, 2)

    def extra_repr(self) -> str:
        """What `print` shows."""
        return f"ratio={self.ratio:.3f}, random={self.random}"


def fractional_size(edge: int, ratio: float) -> int:
    """The edge, in pixels, of a map of `edge` pixels after fractional max pooling."""
    return int(edge / ratio)


# What a random layer knows of its last pass, and how it is asked to draw.
_REMEMBERED = ("mask", "shared", "dropped", "starts", "edges")
RANDOM_LAYERS = (Dropout, DropConnect, StochasticDepth, FractionalMaxPool)


Dropping = nn.Dropout | DropConnect | StochasticDepth


def set_rate(network: nn.Module, p: float, kind: type[Dropping] = nn.Dropout) -> int:
    """Set the probability of dropping of all layers of a kind; returns how many there are.

    p: in [0, 1]. By default of all dropout layers, torch's own included.
    """
    layers = [module for module in network.modules() if isinstance(module, kind)]
    for layer in layers:
        layer.p = _checked(p)
    return len(layers)


@contextmanager
def sampling(network: nn.Module) -> Iterator[None]:
    """Inside the `with`, each pass is that of one random thinned network, for all images alike.

    The random layers are in training mode, with shared masks; all others (batch normalisation) in
    eval mode. Afterwards every module is back in the mode that it had, and the random layers
    remember what they did before.
    """
    modes = [(module, module.training) for module in network.modules()]
    random = [module for module, _ in modes if isinstance(module, RANDOM_LAYERS)]
    kept = [{name: getattr(m, name) for name in _REMEMBERED if hasattr(m, name)} for m in random]
    network.eval()
    for layer in random:
        layer.training = True
        if isinstance(layer, Dropout):
            layer.shared = True
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for layer, memory in zip(random, kept, strict=True):
            for name, value in memory.items():
                setattr(layer, name, value)
