"""What an occluder has measured so far, and how it is shown before it is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

# How far apart the positions of the passes before the last are, the finer first.
COARSER = (2, 4)


def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(rows, columns, ...): what is not measured yet (NaN) takes the coarser pass's value."""
    result = values.copy()
    for step in COARSER:
        rows, columns = (np.arange(n) // step * step for n in values.shape[:2])
        result = np.where(np.isnan(result), values[rows][:, columns], result)
    return result


@dataclass
class Map:
    """What has been measured: logits of the five classes at every place, and their softmax."""

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
        """Write down what came out at these cells; logits: (cells, classes)."""
        probabilities = logits.softmax(1)
        kept = (probabilities if self.output == "probability" else logits)[:, self.chosen]
        i, j = np.array(cells).T
        self.values[i, j] = kept.float().cpu().numpy()
        least, where = probabilities[:, self.chosen[0]].min(0)
        if least.item() < self.lowest:
            self.lowest, self.lowest_cell = least.item(), cells[int(where)]

    def spread(self) -> NDArray[np.float32]:
        """The values, with what is not measured yet taken from the coarser pass."""
        return spread(self.values)

    def extent(self, patch: int) -> tuple[float, float, float, float]:
        """Where the map lies on the picture: (left, top, width, height) in pixels.

        patch: its edge. A cell lies around the middle of the patch that it is about.
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
