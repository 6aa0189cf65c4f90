"""Incremental inference: a network is computed only where a patch changes its feature maps.

The rectangles of several positions are computed together, as a batch of one size. A rectangle may
be larger than what changes; the result is the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lab.occlusion.patches import Ints, Patches, pasted, pixels_of
from lab.occlusion.receptive_fields import Step, Window
from lab.occlusion.tracing import steps


class Extents:
    """What changes in each value along one axis: [low, high) for each changed part of the image."""

    def __init__(self, network: IncrementalNetwork, side: int, low: Ints, high: Ints) -> None:
        sizes = network.sizes[side]
        lows, highs = [low], [high]
        for i, step in enumerate(network.steps):
            size, window = sizes[i + 1], step.window
            if not network.local or step.kind == "opaque":
                lows.append(np.zeros_like(low))
                highs.append(np.full_like(high, size))
                continue
            first = np.min([lows[j] for j in step.inputs], 0) + window.before[side]
            last = np.max([highs[j] for j in step.inputs], 0) - 1 + window.before[side]
            extent, stride = window.extent[side], window.stride[side]
            # Pixel i depends on [i * stride, i * stride + extent) of the padded input.
            first = np.clip(-((extent - 1 - first) // stride), 0, size - 1)
            lows.append(first)
            highs.append(np.clip(last // stride + 1, first + 1, size))
        self.low, self.high = np.stack(lows), np.stack(highs)
        self.limits = np.array(sizes)

    def sizes(self) -> Ints:
        """How many pixels change: (values, intervals)."""
        return self.high - self.low

    def places(self, chosen: Ints) -> tuple[Ints, Ints]:
        """(corners (values, N), lengths (values)) of intervals that contain what changes.

        chosen: the indices of N intervals. All of a value have one length and lie in its map.
        """
        low, high = self.low[:, chosen], self.high[:, chosen]
        lengths = (high - low).max(1)
        return np.minimum(low, (self.limits - lengths)[:, None]), lengths


class IncrementalNetwork:
    """A network with its values for one clean image, for images that differ in a rectangle.

    Later changes of the model or the image are not seen. Memory: the folded weights, and the
    feature maps of one forward pass.
    """

    def __init__(self, model: nn.Module, image: Tensor, *, trace: bool = True) -> None:
        """image: float32 (1, C, H, W) in [0, 1]. trace=False: the model is run whole."""
        self.image = image.contiguous(memory_format=torch.channels_last)
        if trace:
            self.steps, self.clean = steps(model, self.image)
        else:
            self.steps, self.clean = [Step("opaque", (0,), model)], [self.image, model(self.image)]
        # On devices other than the CPU small rectangles cost more than they save.
        self.local = image.device.type == "cpu" and self.steps[0].kind != "opaque"
        maps = {0} | {i + 1 for i, step in enumerate(self.steps) if step.kind != "opaque"}
        # The size of each map along (vertical, horizontal); 0 for a value that is no map.
        self.sizes = tuple(
            [value.shape[side - 2] if i in maps else 0 for i, value in enumerate(self.clean)]
            for side in (0, 1)
        )
        # 0 for a value that is no map: its cost does not depend on the patch.
        self.channels = np.array(
            [
                value.shape[1] if i in maps and value.ndim == 4 else 0
                for i, value in enumerate(self.clean)
            ]
        )
        last = {}
        for i, step in enumerate(self.steps):
            last.update(dict.fromkeys(step.inputs, i))
        # The values that no step after this one takes.
        self.last_used = [[j for j, i in last.items() if i == k] for k in range(len(self.steps))]
        self.padded: dict[int, tuple[NDArray[np.float32], int, int]] = {}

    def needs(self, rows: Extents, columns: Extents) -> list[float]:
        """Bytes for one position during each step, with the values that later steps take."""
        areas = rows.sizes().max(1) * columns.sizes().max(1)
        sizes = []
        for i, value in enumerate(self.clean):
            shape = value.shape if isinstance(value, Tensor) else ()
            area = int(areas[i]) or math.prod(shape[2:])
            sizes.append(4.0 * math.prod(shape[1:2]) * area)
        live, needs = sizes[0], []
        for i, step in enumerate(self.steps):
            live += sizes[i + 1]
            # The inputs of a window are copied, with the pixels around them.
            needs.append(live + 1.5 * sum(sizes[j] for j in step.inputs))
            live -= sum(sizes[j] for j in self.last_used[i])
        return needs

    def computed(
        self,
        i: int,
        values: Mapping[int, Any],
        corners: tuple[Ints, Ints],
        shape: tuple[int, int],
    ) -> Any:
        """The result of step i, from the values before.

        corners, shape: (top, left) and size of the rectangles that contain what changes in it.
        """
        step = self.steps[i]
        if step.kind == "opaque":
            return step.whole(*(self._whole(values[j], j) for j in step.inputs))
        return self._local(i, values, *corners, *shape)

    def _local(
        self, i: int, values: Mapping[int, Any], top: Ints, left: Ints, height: int, width: int
    ) -> Patches:
        step = self.steps[i]
        given: list[Patches] = [values[j] for j in step.inputs]
        if not self.local:
            return Patches(step.whole(*(p.tensor for p in given)), top, left)
        if step.kind == "window":
            if (height, width) == (self.sizes[0][i + 1], self.sizes[1][i + 1]):
                return Patches(step.whole(self._whole(given[0], step.inputs[0])), top, left)
            assert step.inside is not None
            if step.window == Window():
                return Patches(step.inside(given[0].tensor), given[0].top, given[0].left)
            (sv, sh), (kv, kh) = step.window.stride, step.window.extent
            pixels, down, right = self._padded(i)
            shape = ((height - 1) * sv + kv, (width - 1) * sh + kh)
            tensor = pasted(pixels, top * sv, left * sh, shape, [(given[0], 0)], (down, right))
            return Patches(step.inside(tensor), top, left)
        if step.kind == "subsample":
            if (height, width) == (self.sizes[0][i + 1], self.sizes[1][i + 1]):
                return Patches(step.whole(self._whole(given[0], step.inputs[0])), top, left)
            (sv, sh), pixels = step.window.stride, pixels_of(self.clean[step.inputs[0]])[0]
            corners, shape = (top * sv, left * sh), (height, width)
            tensor = pasted(pixels, *corners, shape, [(given[0], 0)], every=(sv, sh))
            return Patches(tensor, top, left)
        first = given[0]
        same = all(
            p.tensor.shape[2:] == first.tensor.shape[2:]
            and (p is first or ((p.top == first.top).all() and (p.left == first.left).all()))
            for p in given
        )
        if same:
            return Patches(step.whole(*(p.tensor for p in given)), first.top, first.left)
        if step.kind == "join":
            channels = np.cumsum([0] + [p.tensor.shape[1] for p in given])
            parts = list(zip(given, channels.tolist(), strict=False))
            pixels = pixels_of(self.clean[i + 1])[0]
            return Patches(pasted(pixels, top, left, (height, width), parts), top, left)
        widened = []
        for p, j in zip(given, step.inputs, strict=True):
            if p.tensor.shape[-2:] == (height, width) and (
                (p.top == top).all() and (p.left == left).all()
            ):
                widened.append(p.tensor)
            else:
                pixels = pixels_of(self.clean[j])[0]
                widened.append(pasted(pixels, top, left, (height, width), [(p, 0)]))
        return Patches(step.whole(*widened), top, left)

    def _is_whole(self, patches: Patches, value: int) -> bool:
        shape = patches.tensor.shape[-2:]
        return shape == (self.sizes[0][value], self.sizes[1][value])

    def _whole(self, given: Any, value: int) -> Any:
        """Whole values (N, ...): the clean one with the changed rectangles pasted in."""
        if not isinstance(given, Patches):
            return given
        if self._is_whole(given, value):
            return given.tensor
        shape = (self.sizes[0][value], self.sizes[1][value])
        zeros = np.zeros_like(given.top)
        return pasted(pixels_of(self.clean[value])[0], zeros, zeros, shape, [(given, 0)])

    def _padded(self, i: int) -> tuple[NDArray[np.float32], int, int]:
        """The padded clean input of step i, (H', W', C), and the (top, left) padding."""
        if i not in self.padded:
            step = self.steps[i]
            j, window = step.inputs[0], step.window
            sides = []
            for side in (0, 1):
                seen = (self.sizes[side][i + 1] - 1) * window.stride[side] + window.extent[side]
                before = window.before[side]
                sides.append((before, max(seen - before - self.sizes[side][j], 0)))
            clean = self.clean[j]
            (up, down), (left, right) = sides
            if up or down or left or right:
                clean = functional.pad(clean, (left, right, up, down), value=window.value)
                clean = clean.contiguous(memory_format=torch.channels_last)
            self.padded[i] = (pixels_of(clean)[0], up, left)
        return self.padded[i]
