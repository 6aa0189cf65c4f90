"""Optical flow of a video, its occlusions, warping along it, and flicker.

A flow is float32 (H, W, 2): for each pixel of one frame, its displacement in pixels, right and
down, in another. Computed by dense inverse search (Kroeger et al., 2016); occlusions by Sundaram et
al. (2010), as Ruder et al. (2016, section 4.2) use them for style transfer in videos.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lab.media.opencv import opencv

Flow = NDArray[np.float32]
# Pixels: smaller frames are enlarged, since dense inverse search uses pyramids of 8 px patches.
SMALLEST = 48


def optical_flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Flow:
    """The displacement of each pixel of `first` in `second`: float32 (H, W, 2), in pixels.

    first, second: uint8 (H, W, 3) RGB, of one size.
    """
    cv2 = opencv()
    if first.shape != second.shape:
        raise ValueError(f"flow between frames of {first.shape} and {second.shape}")
    height, width = first.shape[:2]
    grow = max(1.0, SMALLEST / min(height, width))
    size = round(width * grow), round(height * grow)
    one, two = (
        cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), size) for frame in (first, second)
    )
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = cv2.resize(search.calc(one, two, None), (width, height))
    return np.asarray(flow * (width / size[0], height / size[1]), np.float32)


def warped(pictures: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """Images, float32 (N, C, H, W), sampled where `flow`, float32 (H, W, 2), points.

    mode: interpolation, "bilinear" or "bicubic", which blurs less but may leave the range of the
    image. Beyond the edge the edge is repeated. With the flow from this frame back to the last one,
    the last frame is warped onto this one.
    """
    height, width = pictures.shape[-2:]
    rows = torch.arange(height, device=flow.device, dtype=flow.dtype)
    columns = torch.arange(width, device=flow.device, dtype=flow.dtype)
    x = (columns + flow[..., 0]) * (2 / max(width - 1, 1)) - 1
    y = (rows[:, None] + flow[..., 1]) * (2 / max(height - 1, 1)) - 1
    grid = torch.stack([x, y], -1).expand(len(pictures), -1, -1, -1)
    return functional.grid_sample(pictures, grid, mode, padding_mode="border", align_corners=True)


def consistent(back: Flow, forth: Flow) -> NDArray[np.bool_]:
    """Which pixels of this frame were visible in the last one: bool (H, W), False if occluded.

    back: flow from this frame to the last. forth: from the last to this. A pixel was occluded if it
    does not return to its place, |w~ + w'|^2 > 0.01 (|w~|^2 + |w'|^2) + 0.5, or lies on a motion
    boundary, |grad u|^2 + |grad v|^2 > 0.01 |w|^2 + 0.002, or comes from beyond the edge.
    """
    height, width = back.shape[:2]
    home = (
        warped(torch.from_numpy(forth).permute(2, 0, 1)[None], torch.from_numpy(back))[0]
        .permute(1, 2, 0)
        .numpy()
    )
    length = np.square(back).sum(2)
    astray = np.square(home + back).sum(2) > 0.01 * (np.square(home).sum(2) + length) + 0.5
    changes = sum(np.square(step).sum(2) for step in np.gradient(back, axis=(0, 1)))
    boundary = changes > 0.01 * length + 0.002
    x = np.arange(width) + back[..., 0]
    y = np.arange(height)[:, None] + back[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return np.asarray(inside & ~astray & ~boundary)


@dataclass(frozen=True)
class Motion:
    """The motion from the last frame to this one.

    back: the flow from this frame to the last, float32 (H, W, 2). seen: bool (H, W), whether a
    pixel was visible in the last frame. Both on the device.
    """

    back: Tensor
    seen: Tensor

    @classmethod
    def between(
        cls, last: NDArray[np.uint8], now: NDArray[np.uint8], device: torch.device
    ) -> Motion:
        """The motion from one frame to the next, uint8 (H, W, 3) RGB both."""
        back, forth = optical_flow(now, last), optical_flow(last, now)
        seen = torch.from_numpy(consistent(back, forth))
        return cls(torch.from_numpy(back).to(device), seen.to(device))

    def moved(self, last: Tensor) -> Tensor:
        """The last frame, (N, C, H, W), warped onto this one; meaningless where not `seen`.

        Bicubic: warped again at every frame, an image would be blurred by bilinear interpolation.
        """
        return warped(last, self.back, "bicubic")

    def flicker(self, last: Tensor, now: Tensor) -> Tensor:
        """The mean |now - moved(last)| over the pixels that were visible before, a scalar.

        last, now: float32 (N, C, H, W) in [0, 1]. The result, in [0, 1], is the average change of
        colour of what is visible in both frames; 0 where nothing is.
        """
        difference = (now - self.moved(last)).abs() * self.seen
        return difference.sum() / (self.seen.sum().clamp(min=1) * now.shape[0] * now.shape[1])
