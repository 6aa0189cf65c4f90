"""Convolutions and linear layers of a frozen network: activation folded in, weights packed.

For a network that is used and not trained. The results differ from the layers' own by rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# What oneDNN calls the activations that it computes while it writes the result.
ACTIVATIONS: dict[str, list[float]] = {"none": [], "relu": [], "hardtanh": [0.0, 6.0]}


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
            self.packed = torch._C._nn.mkldnn_reorder_conv2d_weight(
                self.weight.to_mkldnn(), [0, 0], list(self.stride), list(self.dilation), self.groups
            )
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
