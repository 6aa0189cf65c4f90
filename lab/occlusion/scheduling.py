"""Positions of the patch computed step by step, in batches that fit into memory.

In early layers a patch changes few pixels and a step is short: large batches make up for its fixed
cost. In late layers the patch changes nearly whole maps, and only small batches fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.occlusion.batches import Ints, batches, ordered
from lab.occlusion.incremental import Extents, IncrementalNetwork
from lab.occlusion.patches import Patches
from lab.system.clock import Pace

# Rectangles that cover more than this fraction of a map are computed as whole maps: no margin has
# to be copied, and oneDNN is faster with padding than without.
WHOLE = 0.85
# The largest batch, and the factor by which it shrinks from stage to stage.
MOST, FEWER = 64, 4


@dataclass(frozen=True)
class Stage:
    """Steps [first, last) of a network, computed for at most `most` positions at a time."""

    first: int
    last: int
    most: int


def stages(
    network: IncrementalNetwork, rows: Extents, columns: Extents, memory: int
) -> list[Stage]:
    """All steps, in stages of at most `memory` bytes, unless a single position takes more."""
    if network.steps[0].kind == "opaque":
        # Its memory use is unknown; on two cores larger batches were no faster.
        return [Stage(0, len(network.steps), 8)]
    # After an opaque step a value may be anything, a size or a pair of maps: it cannot be split.
    maps = next((i for i, s in enumerate(network.steps) if s.kind == "opaque"), len(network.steps))
    needs = np.maximum.accumulate(network.needs(rows, columns))
    last = int(np.clip(memory // needs[-1], 1, MOST))
    allowed = [most for most in (last * FEWER**2, last * FEWER, last) if most <= MOST * FEWER]
    result, first = [], 0
    for most in allowed:
        end = min(int(np.searchsorted(needs, memory / most, "right")), maps)
        end = end if most > last else len(needs)
        if end > first:
            result.append(Stage(first, end, most))
            first = end
    return result


class Passes:
    """The forward passes of some positions through a network."""

    def __init__(
        self,
        network: IncrementalNetwork,
        rows: Extents,
        columns: Extents,
        chosen: tuple[Ints, Ints],
        memory: int,
    ) -> None:
        """chosen: which intervals of rows and columns the positions are. memory: bytes."""
        self.network, self.rows, self.columns = network, rows, columns
        self.sizes = (rows.sizes(), columns.sizes())
        self.order = ordered(self.sizes, chosen)
        self.chosen = (chosen[0][self.order], chosen[1][self.order])
        self.stages = stages(network, rows, columns, memory)

    def run(
        self, start: Callable[[Ints], Patches], seconds: float
    ) -> Iterator[tuple[Ints, Any] | None]:
        """Yield (positions (n), their logits (n, classes)); meanwhile None about every `seconds`.

        start: makes the changed rectangles of the image at some positions.
        """
        pace = Pace(seconds)
        for part in self._batches(0, slice(0, len(self.order))):
            yield from self._stage(0, part, {0: start(self.order[part])}, pace)

    def _batches(self, stage: int, part: slice) -> Iterator[slice]:
        """Split some positions, in order, into batches for that stage."""
        at = self.stages[stage]
        # The values that its steps compute; value 0 is the image.
        made = slice(at.first + 1, at.last + 1)
        heights, widths = (s[made, c[part]] for s, c in zip(self.sizes, self.chosen, strict=True))
        for found in batches(heights, widths, self.network.channels[made], at.most):
            yield slice(part.start + found.start, part.start + found.stop)

    def _stage(
        self, stage: int, part: slice, values: dict[int, Any], pace: Pace
    ) -> Iterator[tuple[Ints, Any] | None]:
        """Compute a part of the positions, from the values before a stage to the logits."""
        network, at = self.network, self.stages[stage]
        tops, heights = self.rows.places(self.chosen[0][part])
        lefts, widths = self.columns.places(self.chosen[1][part])
        whole = heights * widths > WHOLE * self.rows.limits * self.columns.limits
        tops[whole], lefts[whole] = 0, 0
        heights = np.where(whole, self.rows.limits, heights)
        widths = np.where(whole, self.columns.limits, widths)
        for i in range(at.first, at.last):
            k = i + 1
            shape = (int(heights[k]), int(widths[k]))
            values[k] = network.computed(i, values, (tops[k], lefts[k]), shape)
            for j in network.last_used[i]:
                del values[j]
            if pace.due():
                yield None
                pace.restart()
        if at.last == len(network.steps):
            yield self.order[part], values[at.last]
            return
        for inner in self._batches(stage + 1, part):
            own = slice(inner.start - part.start, inner.stop - part.start)
            kept = {j: value[own] for j, value in values.items()}
            yield from self._stage(stage + 1, inner, kept, pace)
