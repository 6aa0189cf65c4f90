"""The logits of an image with a patch over part of it, for any position of the patch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.errors import UserError
from lab.occlusion.incremental import Extents, IncrementalNetwork
from lab.occlusion.patches import Patches
from lab.occlusion.scheduling import Passes

Size = int | tuple[int, int]
Shape = Literal["square", "disc"] | Tensor

# Bytes that the maps of one batch may take at a time; what goes on to the next stage stays beside
# it, at most as much again for each. Measured on two cores with AVX-512 and with AVX2 alone: for
# EfficientNet-Lite0 64 MB take as long as 32, or a tenth less, and a fifth less than 128.
MEMORY = 64 * 2**20
# Relative difference of logits that rounding may make.
TOLERANCE = 1e-4


class Occluder:
    """The logits of an image with a patch over it, at any position.

    `baseline`: the logits of the image itself, float32 (classes). Later changes of the model or the
    image are not seen. On the CPU only what the patch changes is computed; on other devices, and
    for a model that cannot be traced, every occluded image is computed whole.
    """

    def __init__(
        self,
        model: nn.Module,
        image: Tensor,
        *,
        patch: Size,
        fill: float | Tensor = 0.0,
        shape: Shape = "square",
    ) -> None:
        """See occlusion_map for the arguments. Raises UserError for bad input."""
        _check(model, image)
        self.image = image.detach().float()
        height, width = image.shape[1:]
        self.patch = pair("patch", patch)
        if self.patch[0] > height or self.patch[1] > width:
            raise UserError(
                f"a patch of {self.patch[1]} × {self.patch[0]} px does not fit an image of "
                f"{width} × {height} px: choose up to {min(height, width)}"
            )
        self._mask = _mask(shape, self.patch)
        self._fill = _fill(fill, image)
        self._pixels = self.image.cpu().permute(1, 2, 0).contiguous().numpy()
        with torch.inference_mode():
            try:
                self.network = IncrementalNetwork(model, self.image[None])
                self._verify(model)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:
                line = str(error).splitlines()[0]
                shown = tuple(image.shape)
                raise UserError(f"the model does not take an image {shown}: {line}") from error

    def _verify(self, model: nn.Module) -> None:
        """Set `baseline`; compute whole images where the traced steps and the model disagree."""
        place = [((self.image.shape[1] - self.patch[0]) // 2, 0)]
        given = model(self._whole(place))
        if not isinstance(given, Tensor) or given.ndim != 2:
            raise UserError("the model must return logits, (N, classes): choose a classifier")
        wanted = given.float().cpu()
        self.baseline = self.network.clean[-1][0].float().cpu()
        found = self.logits(place)
        limit = TOLERANCE * max(float(wanted.abs().max()), 1e-6)
        if not float((found - wanted).abs().max()) <= limit:
            self.network = IncrementalNetwork(model, self.image[None], trace=False)
            self.baseline = self.network.clean[-1][0].float().cpu()

    def logits(self, positions: Sequence[tuple[int, int]]) -> Tensor:
        """Logits, float32 (N, classes) on the CPU, of the patch with its corner at (top, left).

        The patch may extend beyond the border. Raises UserError where it misses the image.
        """
        result = torch.zeros(len(positions), len(self.baseline))
        for found, logits in self.chunks(positions):
            result[found] = logits
        return result

    def picture(self, top: int, left: int) -> Tensor:
        """The image with the patch's corner at (top, left): (1, C, H, W), on the image's device."""
        return self._whole([(top, left)])

    def chunks(
        self, positions: Sequence[tuple[int, int]], seconds: float = 0.03
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Yield (indices into positions, their logits (n, classes)) until all are done.

        The order is that of the computation: positions with similar costs share a batch. During a
        longer batch an empty pair is yielded about every `seconds`, so that the caller can respond.
        """
        for top, left in positions:
            inside = -self.patch[0] < top < self.image.shape[1]
            if not (inside and -self.patch[1] < left < self.image.shape[2]):
                raise UserError(f"the patch at ({top}, {left}) misses the image: move it inside")
        if not positions:
            return
        yield from self._chunks(np.array(positions, np.int64), seconds)

    def _chunks(
        self, corners: NDArray[np.int64], seconds: float
    ) -> Iterator[tuple[list[int], Tensor]]:
        extents, chosen = [], []
        for side in (0, 1):
            corner, index = np.unique(corners[:, side], return_inverse=True)
            size = self.image.shape[side + 1]
            low = np.maximum(corner, 0)
            high = np.minimum(corner + self.patch[side], size)
            extents.append(Extents(self.network, side, low, high))
            chosen.append(index)
        rows, columns = extents
        empty = torch.zeros(0, len(self.baseline))
        passes = Passes(self.network, rows, columns, (chosen[0], chosen[1]), MEMORY)
        steps = passes.run(lambda found: self._start(corners[found]), seconds)
        while True:
            # Entered for each step: a suspended generator would leave its caller in inference mode.
            with torch.inference_mode():
                result = next(steps, ())
            if result is None:
                yield [], empty
            elif result:
                # A copy that a caller may use for anything.
                yield result[0].tolist(), torch.tensor(result[1].float().cpu().numpy())
            else:
                return

    def _start(self, corners: NDArray[np.int64]) -> Patches:
        """The rectangles of the image under the patch, or whole images for a network run whole."""
        if not self.network.local:
            whole = self._whole([(int(y), int(x)) for y, x in corners])
            zeros = np.zeros(len(corners), np.int64)
            return Patches(whole, zeros, zeros)
        height, width = self.patch
        top = np.clip(corners[:, 0], 0, self.image.shape[1] - height)
        left = np.clip(corners[:, 1], 0, self.image.shape[2] - width)
        tensor = self._occluded(corners, top, left, height, width)
        return Patches(tensor, top, left)

    def _whole(self, positions: Sequence[tuple[int, int]]) -> Tensor:
        """The occluded images, (N, C, H, W), on the image's device."""
        zeros = np.zeros(len(positions), np.int64)
        height, width = self.image.shape[1:]
        return self._occluded(np.array(positions), zeros, zeros, height, width).to(
            self.image.device
        )

    def _occluded(
        self,
        corners: NDArray[np.int64],
        top: NDArray[np.int64],
        left: NDArray[np.int64],
        height: int,
        width: int,
    ) -> Tensor:
        """Windows of the image at (top, left), with the patch drawn at `corners` of the image."""
        result = np.empty((len(corners), height, width, self._pixels.shape[2]), np.float32)
        places = zip(corners.tolist(), top.tolist(), left.tolist(), strict=True)
        for i, ((y, x), y_, x_) in enumerate(places):
            result[i] = self._pixels[y_ : y_ + height, x_ : x_ + width]
            y0, y1 = max(y, 0), min(y + self.patch[0], self._pixels.shape[0])
            x0, x1 = max(x, 0), min(x + self.patch[1], self._pixels.shape[1])
            seen = self._mask[y0 - y : y1 - y, x0 - x : x1 - x]
            under = result[i, y0 - y_ : y1 - y_, x0 - x_ : x1 - x_]
            np.copyto(under, self._fill[y0:y1, x0:x1], where=seen[:, :, None])
        return torch.from_numpy(result).permute(0, 3, 1, 2)


def pair(name: str, given: Size) -> tuple[int, int]:
    """(vertical, horizontal) pixels of a patch or stride. UserError where it is not positive."""
    sides = (given, given) if isinstance(given, int) else tuple(given)
    if len(sides) != 2 or not all(isinstance(s, int) and s >= 1 for s in sides):
        raise UserError(f"{name} {given}: choose 1 px or more, or (vertical, horizontal) pixels")
    return sides[0], sides[1]


def _check(model: nn.Module, image: Tensor) -> None:
    if image.ndim != 3 or not image.is_floating_point() or 0 in image.shape:
        raise UserError(
            f"an image is float (channels, height, width), not {image.dtype} "
            f"{tuple(image.shape)}: take one of a batch, in [0, 1]"
        )
    # NaN fails both comparisons.
    if not (float(image.min()) >= 0 and float(image.max()) <= 1):
        raise UserError("the image has values outside of [0, 1] or not finite: scale it first")
    card = getattr(model, "card", None)
    if card is not None and image.shape[0] != card.channels:
        raise UserError(
            f"{card.title} takes {card.channels} channels, not {image.shape[0]}: prepare() does it"
        )
    if any(m.training for m in model.modules() if isinstance(m, (nn.BatchNorm2d, nn.Dropout))):
        raise UserError("the model is in training mode: call eval() first")


def _mask(shape: Shape, patch: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels of the patch occlude: bool (height, width)."""
    if isinstance(shape, Tensor):
        if tuple(shape.shape) != patch or shape.dtype != torch.bool:
            raise UserError(f"a mask must be bool {patch}, not {shape.dtype} {tuple(shape.shape)}")
        return shape.cpu().numpy()
    if shape not in ("square", "disc"):
        raise UserError(f"no shape {shape}: choose square, disc or a mask")
    if shape == "square":
        return np.ones(patch, np.bool_)
    y, x = ((np.arange(side) + 0.5) / side * 2 - 1 for side in patch)
    result: NDArray[np.bool_] = y[:, None] ** 2 + x**2 <= 1
    return result


def _fill(fill: float | Tensor, image: Tensor) -> NDArray[np.float32]:
    """The fill of the patch for every pixel of the image: float32 (H, W, C)."""
    given = torch.as_tensor(fill, dtype=torch.float32).detach().cpu()
    try:
        wide = given.expand(image.shape)
    except RuntimeError:
        shapes = f"{tuple(given.shape)} over a picture {tuple(image.shape)}"
        raise UserError(f"cannot lay a fill of {shapes}: choose a number or that shape") from None
    if not bool(wide.isfinite().all()):
        raise UserError("the fill has values that are not finite: choose numbers in [0, 1]")
    return wide.permute(1, 2, 0).numpy()
