"""Convolutions and linear layers of a frozen network, with their activation.

For a network that is used and not trained. The results differ from the layers' own by rounding.

oneDNN chooses a weight's layout by the size of its input. With AVX-512 one layout does for all
sizes, and weights packed in advance save up to a tenth of a call. With AVX2 the layouts differ, and
it takes 3 ms (64 channels) to 40 ms (512) to change one into another, at every call; from the plain
layout it takes 0.03 to 0.4 ms. So whether to pack is measured on the processor at hand.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from lab.system import clock

# What oneDNN calls the activations that it computes while it writes the result.
ACTIVATIONS: dict[str, list[float]] = {"none": [], "relu": [], "hardtanh": [0.0, 6.0]}

# A 1 x 1 convolution of up to so many results is a matrix product: twice as fast as oneDNN's for
# 400 pixels of 64 channels. Above, oneDNN gains: it applies bias and activation while it writes.
PRODUCT = 2**18
# Packed weights that oneDNN has to reorder take 10 times as long as plain ones, and more; those
# that it takes as they are at most as long. Timed so often on a small map.
REORDERED, PROBES = 3.0, 5


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
        cpu = weight.device.type == "cpu"
        self._fused = cpu and weight.dtype == torch.float32 and fuses()
        self._pointwise = cpu and weight.shape[2:] == (1, 1) and stride == (1, 1) and groups == 1
        # Beside the packed weight the plain one stays, for products of matrices.
        self._taken = self.weight
        if self._fused and packing_pays():
            self._taken = _packed(weight.detach(), stride, dilation, groups)

    def __call__(self, x: Tensor, padding: tuple[int, int] = (0, 0)) -> Tensor:
        """(N, C, H, W) to (N, out, H', W'), with zeros around: so many (rows, columns)."""
        small = x.numel() // x.shape[1] * len(self.weight) <= PRODUCT
        if self._pointwise and small and padding == (0, 0):
            return self._activated(self._product(x))
        if not self._fused:
            return self._activated(
                functional.conv2d(
                    x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
                )
            )
        result: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x,
            self._taken,
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

    def _product(self, x: Tensor) -> Tensor:
        """The convolution as a product of matrices, (pixels, in) by (in, out)."""
        pixels = x.permute(0, 2, 3, 1)
        y = pixels.reshape(-1, x.shape[1]) @ self.weight.flatten(1).t()
        if self.bias is not None:
            y += self.bias
        return y.view(*pixels.shape[:3], -1).permute(0, 3, 1, 2)

    def _activated(self, y: Tensor) -> Tensor:
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
        if plain and weight.nbytes <= self.MOST and fuses():
            self.packed = torch.ops.mkldnn._reorder_linear_weight(self.weight.contiguous(), None)

    def __call__(self, x: Tensor) -> Tensor:
        """(N, in) to (N, out)."""
        if self.packed is None:
            return functional.linear(x, self.weight, self.bias)
        result: Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self.packed, self.bias, "none", [], ""
        )
        return result


def _packed(
    weight: Tensor, stride: tuple[int, int], dilation: tuple[int, int], groups: int
) -> Tensor:
    """The weight in oneDNN's own layout, chosen without the size of the input."""
    # From channels_last oneDNN takes ten times as long.
    plain = weight.contiguous().to_mkldnn()
    packed: Tensor = torch._C._nn.mkldnn_reorder_conv2d_weight(
        plain, [0, 0], list(stride), list(dilation), groups
    )
    return packed


@cache
def packing_pays() -> bool:
    """Whether oneDNN takes a weight that was packed for no size in particular as it is.

    Timed on a small map with one thread, once in a process: some milliseconds. On a busy processor
    threads would wait for one another longer than that.
    """
    if not fuses():
        return False
    random = torch.Generator().manual_seed(0)
    x = torch.rand(1, 64, 9, 9, generator=random).contiguous(memory_format=torch.channels_last)
    plain = torch.rand(64, 64, 3, 1, generator=random).contiguous(memory_format=torch.channels_last)
    threads = torch.get_num_threads()

    def seconds(weight: Tensor) -> float:
        begun = clock.now()
        torch.ops.mkldnn._convolution_pointwise(
            x, weight, None, (0, 0), (1, 1), (1, 1), 1, "none", [], ""
        )
        return clock.now() - begun

    try:
        torch.set_num_threads(1)
        with torch.inference_mode():
            packed = _packed(plain, (1, 1), (1, 1), 1)
            times = [(seconds(plain), seconds(packed)) for _ in range(PROBES)]
    finally:
        torch.set_num_threads(threads)
    best_plain, best_packed = (min(each) for each in zip(*times, strict=True))
    return bool(best_packed < REORDERED * best_plain)


_fuses: list[bool] = []


def fuses() -> bool:
    """Whether this build of PyTorch has oneDNN's operations with activations, and they work.

    They are what its compiler emits, and not a promised interface: so they are tried, once.
    """
    if not _fuses:
        _fuses.append(False)
        try:
            # A generator of its own: the caller's random numbers stay as they were.
            random = torch.Generator().manual_seed(0)
            x = torch.rand(2, 16, 5, 5, generator=random)
            weight = torch.rand(16, 16, 3, 3, generator=random) - 0.5
            y = torch.ops.mkldnn._convolution_pointwise(
                x, weight, None, (1, 1), (1, 1), (1, 1), 1, "hardtanh", [0.0, 6.0], ""
            )
            wanted = functional.conv2d(x, weight, padding=1).clamp(0, 6)
            flat = x.flatten(1)
            weight = torch.rand(8, x[0].numel(), generator=random) - 0.5
            packed = torch.ops.mkldnn._reorder_linear_weight(weight, None)
            z = torch.ops.mkldnn._linear_pointwise(flat, packed, None, "none", [], "")
            _fuses[0] = torch.allclose(y, wanted, atol=1e-4) and torch.allclose(
                z, functional.linear(flat, weight), atol=1e-3
            )
        except (AttributeError, RuntimeError, TypeError):
            pass
    return _fuses[0]
