"""The two architectures of the lecture that torchvision does not have."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from torch import Tensor, nn
from torchvision.models import resnet
from torchvision.ops import SqueezeExcitation

SLIDE_SIZE = 227
"""The input of AlexNet as on the slide: (227 - 11) / 4 + 1 = 55; of 224 it is no whole number."""


class _Excited(resnet.Bottleneck):  # type: ignore[misc]
    """A residual bottleneck whose result is weighted by channel before it is added.

    Hu et al., 2017, "Squeeze-and-Excitation Networks"; reduction 16.
    """

    def __init__(self, inplanes: int, planes: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(inplanes, planes, *args, **kwargs)
        channels = planes * self.expansion
        self.excitation = SqueezeExcitation(channels, channels // 16)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 4 planes, H / stride, W / stride)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.excitation(self.bn3(self.conv3(out)))
        skip = x if self.downsample is None else self.downsample(x)
        result: Tensor = self.relu(out + skip)
        return result


def senet(classes: int = 1000) -> nn.Module:
    """SE-ResNet-50 with random initial weights: 28,088,024 of them for 1000 classes."""
    result: nn.Module = resnet.ResNet(_Excited, [3, 4, 6, 3], num_classes=classes)
    return result


def alexnet_slide(classes: int = 1000) -> nn.Module:
    """AlexNet as on the slide, its 13 rows in their order, for images of 227 pixels.

    Krizhevsky, Sutskever and Hinton, 2012. As the slide, without the split over two GPUs. Local
    response normalisation has the paper's n = 5, alpha = 1e-4, beta = 0.75, k = 2; PyTorch divides
    its alpha by n.
    """

    def norm() -> nn.Module:
        return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)

    features = OrderedDict(
        conv1=nn.Conv2d(3, 96, 11, stride=4),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(3, stride=2),
        norm1=norm(),
        conv2=nn.Conv2d(96, 256, 5, padding=2),
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(3, stride=2),
        norm2=norm(),
        conv3=nn.Conv2d(256, 384, 3, padding=1),
        relu3=nn.ReLU(),
        conv4=nn.Conv2d(384, 384, 3, padding=1),
        relu4=nn.ReLU(),
        conv5=nn.Conv2d(384, 256, 3, padding=1),
        relu5=nn.ReLU(),
        pool3=nn.MaxPool2d(3, stride=2),
    )
    classifier = OrderedDict(
        fc1=nn.Linear(256 * 6 * 6, 4096),
        relu6=nn.ReLU(),
        fc2=nn.Linear(4096, 4096),
        relu7=nn.ReLU(),
        fc3=nn.Linear(4096, classes),
    )
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(features),
            flatten=nn.Flatten(),
            classifier=nn.Sequential(classifier),
        )
    )


def build(name: str, classes: int = 1000) -> nn.Module:
    """`senet` or `alexnet_slide`, by its name."""
    return {"senet": senet, "alexnet_slide": alexnet_slide}[name](classes)
