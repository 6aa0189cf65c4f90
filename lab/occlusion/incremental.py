"""Run a network's steps where a patch of the picture changes, on rectangles of its maps alone.

The rectangles of several positions are computed in one go, as a batch of the same size: a
rectangle may be larger than what changes, and is then as exact.
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

from lab.occlusion.patches import Ints, Patches, gathered, pixels_of
from lab.occlusion.receptive_fields import Step, Window
from lab.occlusion.tracing import steps


class Extents:
    """What changes in each value along one side: [low, high) for each of some intervals."""

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
            # Pixel i sees [i * stride, i * stride + extent) of the padded map.
            first = np.clip(-((extent - 1 - first) // stride), 0, size - 1)
            lows.append(first)
            highs.append(np.clip(last // stride + 1, first + 1, size))
        self.low, self.high = np.stack(lows), np.stack(highs)
        self.limits = np.array(sizes)

    def sizes(self) -> Ints:
        """How many pixels change: (values, intervals)."""
        return self.high - self.low

    def places(self, chosen: Ints) -> tuple[Ints, Ints]:
        """(corners (values, N), lengths (values)) of intervals that hold what changes.

        chosen: the N intervals. Those of a value have one length, and lie inside of its map.
        """
        low, high = self.low[:, chosen], self.high[:, chosen]
        lengths = (high - low).max(1)
        return np.minimum(low, (self.limits - lengths)[:, None]), lengths


class IncrementalNetwork:
    """A network with all its values for one clean picture, ready for pictures that differ little.

    Weights and picture are as they were when it was made. Memory: the folded weights, and the
    maps of one pass.
    """

    def __init__(self, model: nn.Module, image: Tensor, *, follow: bool = True) -> None:
        """image: float32 (1, C, H, W) in [0, 1]. follow=False: the model is run as it is."""
        self.image = image.contiguous(memory_format=torch.channels_last)
        if follow:
            self.steps, self.clean = steps(model, self.image)
        else:
            self.steps, self.clean = [Step("opaque", (0,), model)], [self.image, model(self.image)]
        # Elsewhere than on the CPU small rectangles cost more than they save.
        self.local = image.device.type == "cpu" and self.steps[0].kind != "opaque"
        maps = {0} | {i + 1 for i, step in enumerate(self.steps) if step.kind != "opaque"}
        # The sides of each map along (vertical, horizontal), 0 for what is none.
        self.sizes = tuple(
            [value.shape[side - 2] if i in maps else 0 for i, value in enumerate(self.clean)]
            for side in (0, 1)
        )
        # 0 for what is no map: it costs the same wherever the patch lies.
        self.channels = np.array(
            [
                value.shape[1] if i in maps and value.ndim == 4 else 0
                for i, value in enumerate(self.clean)
            ]
        )
        last = {}
        for i, step in enumerate(self.steps):
            last.update(dict.fromkeys(step.inputs, i))
        self.dies = [[j for j, i in last.items() if i == k] for k in range(len(self.steps))]
        self.padded: dict[int, tuple[NDArray[np.float32], int, int]] = {}

    def needs(self, rows: Extents, columns: Extents) -> list[float]:
        """Bytes that each step takes for a position, with all that is kept meanwhile."""
        areas = rows.sizes().max(1) * columns.sizes().max(1)
        sizes = []
        for i, value in enumerate(self.clean):
            shape = value.shape if isinstance(value, Tensor) else ()
            area = int(areas[i]) or math.prod(shape[2:])
            sizes.append(4.0 * math.prod(shape[1:2]) * area)
        live, needs = sizes[0], []
        for i, step in enumerate(self.steps):
            live += sizes[i + 1]
            # A window with its surroundings is a copy of what goes in, and a little more.
            needs.append(live + 1.5 * sum(sizes[j] for j in step.inputs))
            live -= sum(sizes[j] for j in self.dies[i])
        return needs

    def computed(
        self,
        i: int,
        values: Mapping[int, Any],
        corners: tuple[Ints, Ints],
        shape: tuple[int, int],
    ) -> Any:
        """The result of step i, of the values before.

        corners, shape: the rectangles of it that hold what changes, their (top, left) and size.
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
            tensor = gathered(pixels, top * sv, left * sh, shape, [(given[0], 0)], (down, right))
            return Patches(step.inside(tensor), top, left)
        if step.kind == "every":
            if (height, width) == (self.sizes[0][i + 1], self.sizes[1][i + 1]):
                return Patches(step.whole(self._whole(given[0], step.inputs[0])), top, left)
            (sv, sh), pixels = step.window.stride, pixels_of(self.clean[step.inputs[0]])[0]
            corners, shape = (top * sv, left * sh), (height, width)
            tensor = gathered(pixels, *corners, shape, [(given[0], 0)], every=(sv, sh))
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
            return Patches(gathered(pixels, top, left, (height, width), parts), top, left)
        widened = []
        for p, j in zip(given, step.inputs, strict=True):
            if p.tensor.shape[-2:] == (height, width) and (
                (p.top == top).all() and (p.left == left).all()
            ):
                widened.append(p.tensor)
            else:
                pixels = pixels_of(self.clean[j])[0]
                widened.append(gathered(pixels, top, left, (height, width), [(p, 0)]))
        return Patches(step.whole(*widened), top, left)

    def _is_whole(self, patches: Patches, value: int) -> bool:
        shape = patches.tensor.shape[-2:]
        return shape == (self.sizes[0][value], self.sizes[1][value])

    def _whole(self, given: Any, value: int) -> Any:
        """Whole values (N, ...): the clean ones with the patches laid over."""
        if not isinstance(given, Patches):
            return given
        if self._is_whole(given, value):
            return given.tensor
        shape = (self.sizes[0][value], self.sizes[1][value])
        zeros = np.zeros_like(given.top)
        return gathered(pixels_of(self.clean[value])[0], zeros, zeros, shape, [(given, 0)])

    def _padded(self, i: int) -> tuple[NDArray[np.float32], int, int]:
        """The clean input of step i with its padding around, (H', W', C), and where it begins."""
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
