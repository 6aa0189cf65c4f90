"""Style networks: feed-forward networks that return an image in another style in one pass.

Johnson, Alahi and Fei-Fei (2016), "Perceptual Losses for Real-Time Style Transfer", with the
instance normalisation of Ulyanov, Vedaldi and Lempitsky (2016), and smaller: two cores process an
image of 256 px many times a second.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from lab.errors import UserError
from lab.parameters import advice

GRAIN = 4
"""Images are halved twice inside: edges are padded to a multiple of this many pixels."""


def _convolution(
    channels: int, out: int, kernel: int, stride: int = 1, *, grow: bool = False, last: bool = False
) -> nn.Sequential:
    """Convolution with reflection padding, instance normalisation and ReLU.

    grow: upsample by 2 first, by nearest neighbours: a transposed convolution leaves checkerboard
    artefacts (Odena et al., 2016). last: the convolution alone.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if grow:
        layers["grow"] = nn.Upsample(scale_factor=2)
    layers["conv"] = nn.Conv2d(
        channels, out, kernel, stride, kernel // 2, bias=last, padding_mode="reflect"
    )
    if not last:
        layers["norm"] = nn.InstanceNorm2d(out, affine=True)
        layers["relu"] = nn.ReLU()
    return nn.Sequential(layers)


class Residual(nn.Module):
    """Two 3 x 3 convolutions, added to their input, without an activation after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _convolution(channels, channels, 3)
        self.second = _convolution(channels, channels, 3)
        self.second.relu = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to the same."""
        y: Tensor = x + self.second(self.first(x))
        return y


class FeedForward(nn.Module):
    """Halve twice, `blocks` residual blocks of 2 `width` channels, double twice.

    Johnson's network has full-size convolutions at both ends, which cost more than all the others;
    here the first convolution halves and the last one upsamples. The output is added to the logits
    of the pixel values, so the result stays within [0, 1], and is the input before training.
    """

    def __init__(self, width: int = 24, blocks: int = 5) -> None:
        super().__init__()
        self.down1 = _convolution(3, width, 5, 2)
        self.down2 = _convolution(width, 2 * width, 3, 2)
        self.blocks = nn.Sequential(*(Residual(2 * width) for _ in range(blocks)))
        self.up1 = _convolution(2 * width, width, 3, grow=True)
        self.up2 = _convolution(width, 3, 5, grow=True, last=True)
        nn.init.normal_(self.up2.get_parameter("conv.weight"), std=1e-3)
        nn.init.zeros_(self.up2.get_parameter("conv.bias"))

    def forward(self, pixels: Tensor) -> Tensor:
        """float32 (N, 3, H, W) in [0, 1] to the same; both edges 8 or more."""
        height, width = pixels.shape[-2:]
        below, right = -height % GRAIN, -width % GRAIN
        x = functional.pad(pixels, (0, right, 0, below), mode="replicate")
        change = self.up2(self.up1(self.blocks(self.down2(self.down1(x - 0.5)))))
        # Within [0.02, 0.98]: at 0 and 1 the logit is infinite.
        stylised: Tensor = (
            pixels.clamp(0.02, 0.98).logit() + change[..., :height, :width]
        ).sigmoid()
        return stylised


STYLE_NETWORKS: dict[str, Callable[..., nn.Module]] = {"feed_forward": FeedForward}
"""architecture -> constructor: what a card of kind "painter" can name."""


def build(architecture: str, **arguments: int | float | bool | str) -> nn.Module:
    """The network with random initial weights, from torch's global random numbers.

    arguments: keywords of its constructor. Raises UserError for what it cannot be.
    """
    if architecture not in STYLE_NETWORKS:
        raise UserError(f"no style network {architecture}: {advice(architecture, STYLE_NETWORKS)}")
    try:
        return STYLE_NETWORKS[architecture](**arguments)
    except (TypeError, ValueError, RuntimeError) as error:
        line = str(error).splitlines()[0]
        raise UserError(f"{architecture} cannot be built with {arguments}: {line}") from error
