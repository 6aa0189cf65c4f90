"""Convolutions and linear layers of a frozen network: activation folded in, weights packed.

For a network that is used and not trained. The results differ from the layers' own by rounding.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

# What oneDNN calls the activations that it computes while it writes the result.
ACTIVATIONS: dict[str, list[float]] = {"none": [], "relu": [], "hardtanh": [0.0, 6.0]}


Kind = Literal["pointwise", "depthwise", "dense"]
# How often the two ways are timed, and how many times as long the slower one takes where it
# reorders its weight: 15 with AVX2, 0.7 with AVX-512.
PROBES, REORDERED = 6, 4.0


class Convolution:
    """y = activation(convolution(x)), of weights as they were when it was made.

    activation: "none", "relu" or "hardtanh" (between 0 and 6, which is ReLU6).
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        groups: int = 1,
        *,
        activation: str = "none",
    ) -> None:
        self.weight = weight.detach().contiguous(memory_format=torch.channels_last)
        self.bias = bias.detach() if bias is not None else None
        self.stride, self.dilation, self.groups = stride, dilation, groups
        self.activation = activation
        self.packed: Tensor | None = None
        if packs() and weight.dtype == torch.float32 and weight.device.type == "cpu":
            self.packed = self.weight
            if packing_pays(_kind(weight, groups)):
                self.packed = _packed(self.weight, self.stride, self.dilation, self.groups)
                self.weight = self.weight[:0]

    def __call__(self, x: Tensor, padding: tuple[int, int] = (0, 0)) -> Tensor:
        """(N, C, H, W) to (N, out, H', W'), with zeros around: so many (rows, columns)."""
        if self.packed is not None:
            result: Tensor = torch.ops.mkldnn._convolution_pointwise(
                x,
                self.packed,
                self.bias,
                padding,
                self.stride,
                self.dilation,
                self.groups,
                self.activation,
                ACTIVATIONS[self.activation],
                "",
            )
            return result
        y = functional.conv2d(
            x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )
        if self.activation == "relu":
            return y.relu_()
        return y.clamp_(0, 6) if self.activation == "hardtanh" else y


class Linear:
    """y = x W^T + b, (N, in) to (N, out), of weights as they were when it was made.

    With a batch of 16 twice to three times as fast as the layer, whose weights are packed anew
    each time. Packed is a copy: a weight of more than MOST bytes is used as it is.
    """

    MOST = 64 * 2**20

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self.weight = weight.detach()
        self.bias = bias.detach() if bias is not None else None
        self.packed: Tensor | None = None
        plain = weight.dtype == torch.float32 and weight.device.type == "cpu"
        if plain and weight.nbytes <= self.MOST and packs():
            self.packed = torch.ops.mkldnn._reorder_linear_weight(self.weight.contiguous(), None)

    def __call__(self, x: Tensor) -> Tensor:
        """(N, in) to (N, out)."""
        if self.packed is None:
            return functional.linear(x, self.weight, self.bias)
        result: Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self.packed, self.bias, "none", [], ""
        )
        return result


def _kind(weight: Tensor, groups: int) -> Kind:
    if weight.shape[2:] == (1, 1):
        return "pointwise"
    return "depthwise" if groups == len(weight) > 1 else "dense"


def _packed(
    weight: Tensor, stride: tuple[int, int], dilation: tuple[int, int], groups: int
) -> Tensor:
    """The weight in oneDNN's own layout, for maps of any size."""
    packed: Tensor = torch._C._nn.mkldnn_reorder_conv2d_weight(
        weight.to_mkldnn(), [0, 0], list(stride), list(dilation), groups
    )
    return packed


@cache
def packing_pays(kind: Kind) -> bool:
    """Whether oneDNN takes a weight that was packed for maps of any size as it is.

    With AVX-512 it does. With AVX2 alone it wants another layout for most dense kernels, and
    reorders the packed weight at each call: 3 ms instead of 0.2 for 64 channels, 48 instead of 0.5
    for 256. So both ways are timed on a small map, once in a process: some milliseconds.
    """
    if not packs():
        return False
    random = torch.Generator().manual_seed(0)
    side, groups = {"pointwise": (1, 1), "depthwise": (3, 64), "dense": (3, 1)}[kind]
    x = torch.rand(1, 64, 9, 9, generator=random).contiguous(memory_format=torch.channels_last)
    plain = torch.rand(64, 64 // groups, side, side, generator=random)
    plain = plain.contiguous(memory_format=torch.channels_last)
    packed = _packed(plain, (1, 1), (1, 1), groups)

    def seconds(weight: Tensor) -> float:
        begun = time.perf_counter()
        torch.ops.mkldnn._convolution_pointwise(
            x, weight, None, (0, 0), (1, 1), (1, 1), groups, "none", [], ""
        )
        return time.perf_counter() - begun

    threads = torch.get_num_threads()
    try:
        # On a busy processor, threads wait for one another longer than a small map takes.
        torch.set_num_threads(1)
        with torch.inference_mode():
            times = [(seconds(plain), seconds(packed)) for _ in range(PROBES)]
    finally:
        torch.set_num_threads(threads)
    best_plain, best_packed = (min(each) for each in zip(*times, strict=True))
    return bool(best_packed < REORDERED * best_plain)


_packs: list[bool] = []


def packs() -> bool:
    """Whether this build of PyTorch has oneDNN's operations with packed weights, and they work.

    They are what its compiler emits, and not a promised interface: so they are tried, once.
    """
    if not _packs:
        _packs.append(False)
        try:
            # Of its own: a run must not draw others because it came first.
            random = torch.Generator().manual_seed(0)
            x = torch.rand(2, 16, 5, 5, generator=random)
            weight = torch.rand(16, 16, 3, 3, generator=random) - 0.5
            packed = torch._C._nn.mkldnn_reorder_conv2d_weight(
                weight.to_mkldnn(), [0, 0], [1, 1], [1, 1], 1
            )
            y = torch.ops.mkldnn._convolution_pointwise(
                x, packed, None, (1, 1), (1, 1), (1, 1), 1, "hardtanh", [0.0, 6.0], ""
            )
            wanted = functional.conv2d(x, weight, padding=1).clamp(0, 6)
            flat = x.flatten(1)
            weight = torch.rand(8, x[0].numel(), generator=random) - 0.5
            packed = torch.ops.mkldnn._reorder_linear_weight(weight, None)
            z = torch.ops.mkldnn._linear_pointwise(flat, packed, None, "none", [], "")
            _packs[0] = torch.allclose(y, wanted, atol=1e-4) and torch.allclose(
                z, functional.linear(flat, weight), atol=1e-3
            )
        except (AttributeError, RuntimeError, TypeError):
            pass
    return _packs[0]
