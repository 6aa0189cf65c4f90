"""Convolutions of 3 x 3 pixels with fewer multiplications (Lavin and Gray, 2016).

"Fast Algorithms for Convolutional Neural Networks": four neighbouring outputs of a row are computed
from six products in place of twelve. F(4, 3) is applied along rows only; the three taps along
columns remain a convolution. Algebraically the same; rounding errors are about three times those of
the direct sum.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from lab.occlusion.convolutions import Convolution, fuses

TILE, TAPS = 4, 6

# With fewer channels the transforms cost nearly what the products save.
FEWEST = 128


def pays(weight: Tensor, stride: tuple[int, int], dilation: tuple[int, int], groups: int) -> bool:
    """Whether Winograd applies to a convolution of this weight, (out, in, h, w), and is faster."""
    return (
        weight.shape[2:] == (3, 3)
        and stride == dilation == (1, 1)
        and groups == 1
        and min(weight.shape[:2]) >= FEWEST
        and weight.dtype == torch.float32
        and weight.device.type == "cpu"
        and fuses()
    )


class Winograd:
    """y = activation(convolution(x)) of a dense 3 x 3 kernel, stride 1, without padding.

    weight: float32 (out, in, 3, 3); bias: (out) or None; activation: "none", "relu" or "hardtanh".
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, activation: str = "none") -> None:
        # The product at the point 1 enters all four outputs once: the bias is added there.
        kernels = enumerate(_kernel_transform(weight))
        self.at = [Convolution(kernel, bias if p == 1 else None) for p, kernel in kernels]
        self.activation = activation

    def __call__(self, x: Tensor, around: tuple[int, int, int, int] = (0, 0, 0, 0)) -> Tensor:
        """(N, in, H, W) to (N, out, H' - 2, W' - 2), channels_last.

        around: zero padding, (left, right, up, down), of H x W to H' x W'.
        """
        left, right, up, down = around
        columns = x.shape[3] + left + right - 2
        tiles = -(-columns // TILE)
        # The last tile may extend beyond the border.
        right = TILE * tiles + 2 - left - x.shape[3]
        if left or right or up or down:
            x = functional.pad(x, (left, right, up, down))
        n, channels, height, _ = x.shape
        # Rows outermost: the images of the batch are adjacent, and oneDNN gets one wide map.
        rows = x.permute(2, 0, 3, 1)
        d = [rows[:, :, k : k + TILE * tiles - 3 : TILE] for k in range(TAPS)]
        points = _input_transform(d, x.new_empty(TAPS, height, n, tiles, channels))
        products = [
            convolve(at.view(1, height, n * tiles, channels).permute(0, 3, 1, 2))
            .permute(0, 2, 3, 1)
            .view(height - 2, n, tiles, -1)
            for convolve, at in zip(self.at, points, strict=True)
        ]
        y = x.new_empty(n, height - 2, columns, products[0].shape[-1])
        _output_transform(products, y.permute(1, 0, 2, 3))
        if self.activation == "relu":
            y.relu_()
        elif self.activation == "hardtanh":
            y.clamp_(0, 6)
        return y.permute(0, 3, 1, 2)


def _kernel_transform(weight: Tensor) -> list[Tensor]:
    """The three taps of a row at the points 0, 1, -1, 2, -2 and infinity: the paper's G g.

    weight: (out, in, 3, 3) to six of (out, in, 3, 1), channels_last.
    """
    # In double: their rounding would be the largest of all.
    first, middle, last = (tap.double() for tap in weight.permute(0, 2, 3, 1).unbind(2))
    even = first + last
    far, far_odd = first / 24 + last / 6, middle / 12
    points = (
        *(first / 4, (even + middle) / -6, (middle - even) / 6),
        *(far + far_odd, far - far_odd, last),
    )
    return [at.to(weight.dtype).permute(0, 2, 1)[..., None] for at in points]


def _input_transform(d: list[Tensor], out: Tensor) -> Tensor:
    """The six pixels d of each tile as values at the six points: the paper's B^T d."""
    even, odd = torch.sub(d[4], d[2], alpha=4), torch.sub(d[3], d[1], alpha=4)
    torch.add(even, odd, out=out[1])
    torch.sub(even, odd, out=out[2])
    torch.sub(d[4], d[2], out=even)
    torch.sub(d[3], d[1], out=odd)
    torch.add(even, odd, alpha=2, out=out[3])
    torch.sub(even, odd, alpha=2, out=out[4])
    torch.sub(d[0], d[2], out=out[0])
    torch.add(even, out[0], alpha=4, out=out[0])
    torch.sub(d[5], d[3], out=out[5])
    torch.sub(out[5], odd, alpha=4, out=out[5])
    return out


def _output_transform(m: list[Tensor], out: Tensor) -> None:
    """Products m at the points, (H, N, tiles, C), to pixels, out (H, N, W, C): A^T m.

    Overwrites m. The last tile may extend beyond the border: the pixels outside are dropped.
    """
    one, one_odd = m[1] + m[2], m[1].sub_(m[2])
    two, two_odd = torch.add(m[3], m[4], out=m[2]), m[3].sub_(m[4])
    for j, (a, b, alpha) in enumerate(
        [(one, two, 1), (one_odd, two_odd, 2), (one, two, 4), (one_odd, two_odd, 8)]
    ):
        pixels = out[:, :, j::TILE]
        count = pixels.shape[2]
        torch.add(a[:, :, :count], b[:, :, :count], alpha=alpha, out=pixels)
        if j in (0, 3):
            pixels += m[0 if j == 0 else 5][:, :, :count]
