"""An occlusion map that is still being measured, and what is shown where it has gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

# Grid spacing of the passes before the last, the finer first.
COARSER = (2, 4)


def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """`values` (rows, columns, ...), with NaN replaced by the value of the coarser pass."""
    result = values.copy()
    for step in COARSER:
        rows, columns = (np.arange(n) // step * step for n in values.shape[:2])
        result = np.where(np.isnan(result), values[rows][:, columns], result)
    return result


@dataclass
class Map:
    """The scores of some classes for every position measured so far.

    rows, columns: the patch positions in pixels. chosen: the indices of the classes, the target
    first. output: "logit" or "probability". values: float32 (rows, columns, classes), NaN where
    nothing is measured yet. lowest: the target's lowest probability, at `lowest_cell`.
    """

    rows: Sequence[int]
    columns: Sequence[int]
    chosen: Tensor
    output: str
    values: NDArray[np.float32] = field(init=False)
    lowest: float = float("inf")
    lowest_cell: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        shape = len(self.rows), len(self.columns), len(self.chosen)
        self.values = np.full(shape, np.nan, np.float32)

    def note(self, cells: Sequence[tuple[int, int]], logits: Tensor) -> None:
        """Enter the results for these (row, column) cells; logits: (cells, classes)."""
        probabilities = logits.softmax(1)
        kept = (probabilities if self.output == "probability" else logits)[:, self.chosen]
        i, j = np.array(cells).T
        self.values[i, j] = kept.float().cpu().numpy()
        least, where = probabilities[:, self.chosen[0]].min(0)
        if least.item() < self.lowest:
            self.lowest, self.lowest_cell = least.item(), cells[int(where)]

    def spread(self) -> NDArray[np.float32]:
        """The values, with gaps filled from the coarser pass."""
        return spread(self.values)

    def extent(self, patch: int) -> tuple[float, float, float, float]:
        """The map's rectangle on the image: (left, top, width, height) in pixels.

        patch: the side of the patch, in pixels. Each cell is centred on the patch it stands for.
        """
        pitch_y, pitch_x = _pitch(self.rows), _pitch(self.columns)
        return (
            self.columns[0] + (patch - pitch_x) / 2,
            self.rows[0] + (patch - pitch_y) / 2,
            pitch_x * len(self.columns),
            pitch_y * len(self.rows),
        )


def _pitch(places: Sequence[int]) -> float:
    return float(places[1] - places[0]) if len(places) > 1 else 1.0
