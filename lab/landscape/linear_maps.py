"""Layers in forms that are quicker to evaluate at many points of a plane of weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LARGEST = 2**22
"""Values in a matrix, and in the three outputs of the first layer: what a cache may hold."""


@dataclass(frozen=True)
class Use:
    """How a layer is used in a pass. calls: how often. first: its input is the images themselves.

    shape, out: of its input and its output, with the batch.
    """

    calls: int
    first: bool
    shape: torch.Size
    out: torch.Size


def uses(network: nn.Module, pixels: Tensor) -> dict[str, Use]:
    """The convolutions and linear layers by name. pixels: one image or more, as it takes them."""
    found: dict[str, Use] = {}
    handles = []
    for name, module in network.named_modules():
        if not isinstance(module, (nn.Conv2d, nn.Linear)):
            continue

        def note(_: nn.Module, given: tuple[Tensor, ...], out: Tensor, name: str = name) -> None:
            calls = found[name].calls + 1 if name in found else 1
            whole = given[0].shape in (pixels.shape, pixels.flatten(1).shape)
            first = whole and given[0].data_ptr() == pixels.data_ptr()
            found[name] = Use(calls, first, given[0].shape, out.shape)

        handles.append(module.register_forward_hook(note))
    try:
        with torch.inference_mode():
            network(pixels)
    finally:
        for handle in handles:
            handle.remove()
    return found


def pays_as_matrix(module: nn.Module, use: Use) -> bool:
    """Whether a convolution, called once, is quicker as a matrix over all its inputs.

    Where the map has no more pixels than the kernel, the matrix has no more multiplications, since
    most of the kernel lies over padding. 32 channels of 2 x 2, 3 x 3 kernels: 0.3 of the time with
    AVX-512, 0.5 with AVX2. With twice the multiplications AVX2 would lose.
    """
    if not isinstance(module, nn.Conv2d) or use.calls > 1 or module.padding_mode != "zeros":
        return False
    taps = module.kernel_size[0] * module.kernel_size[1] / module.groups
    inputs, outputs = use.shape[1:].numel(), use.out[1:].numel()
    return use.shape[-2:].numel() <= taps and inputs * outputs <= LARGEST


class Matrix(nn.Module):
    """A convolution as a matrix: linear in the weights, so points of a plane can be mixed in it.

    weight: (outputs, inputs), of maps in the order channels, rows, columns. bias: (outputs,).
    """

    def __init__(self, convolution: nn.Conv2d, use: Use) -> None:
        super().__init__()
        self._convolution, self._shape, self._out = [convolution], use.shape[1:], use.out[1:]
        self.weight = nn.Parameter(self.of(convolution.weight), requires_grad=False)
        bias = convolution.bias
        self.bias = None
        if bias is not None:
            spread = bias.detach().repeat_interleave(self._out[1:].numel())
            self.bias = nn.Parameter(spread, requires_grad=False)

    def of(self, weight: Tensor) -> Tensor:
        """The matrix of the convolution with this weight: what it makes of each unit input."""
        (convolution,) = self._convolution
        units = torch.eye(self._shape.numel(), device=weight.device).view(-1, *self._shape)
        made = F.conv2d(
            units, weight.detach(), None, convolution.stride, convolution.padding,
            convolution.dilation, convolution.groups,
        )  # fmt: skip
        return made.flatten(1).T.contiguous()

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, channels, rows, columns) to what the convolution makes of them."""
        return F.linear(x.flatten(1), self.weight, self.bias).view(len(x), *self._out)


class FirstLayer(nn.Module):
    """The layer that sees the images, whose output is linear in its weights: no layer any more.

    Its output at three points gives that of every point of the plane. maps: for each batch the
    outputs with the centre's weights and bias, and with each direction's weights without one.
    `batch` and `at` say which output the next pass takes.
    """

    def __init__(self, maps: list[tuple[Tensor, Tensor, Tensor]]) -> None:
        super().__init__()
        self._maps = maps
        self.batch, self.at = 0, (0.0, 0.0)

    def forward(self, x: Tensor) -> Tensor:
        """Of the images of `batch`, whatever x is."""
        centre, first, second = self._maps[self.batch]
        made = torch.add(centre, first, alpha=self.at[0])
        return made.add_(second, alpha=self.at[1])


def outputs(
    module: nn.Conv2d | nn.Linear, weight: Tensor, bias: Tensor | None, x: Tensor
) -> Tensor:
    """What a convolution or a linear layer makes of images with another weight and bias."""
    if isinstance(module, nn.Linear):
        return F.linear(x.flatten(1), weight, bias)
    result: Tensor = module._conv_forward(x, weight, bias)
    return result


def replace(network: nn.Module, name: str, module: nn.Module) -> None:
    """Put `module` in the place of that name."""
    parent, _, last = name.rpartition(".")
    setattr(network.get_submodule(parent), last, module)
