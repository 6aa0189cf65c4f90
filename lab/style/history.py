"""The history of an image under optimisation, thinned to a bounded number of snapshots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Snapshot:
    """The image, uint8 (height, width, 3), after so many evaluations."""

    evaluation: int
    picture: NDArray[np.uint8]


class History:
    """At most `most` snapshots, evenly spread over the evaluations.

    When there are too many, every second one is dropped, and later ones are kept half as often.
    """

    def __init__(self, most: int) -> None:
        self.moments: list[Snapshot] = []
        self._most, self._every = most, 1

    def due(self, evaluation: int) -> bool:
        """Whether the image after so many evaluations will be kept: ask before copying it."""
        return evaluation % self._every == 0

    def keep(self, evaluation: int, picture: NDArray[np.uint8]) -> None:
        """Add a snapshot: uint8 (height, width, 3)."""
        self.moments.append(Snapshot(evaluation, picture))
        while len(self.moments) > self._most:
            self._every *= 2
            self.moments = [m for m in self.moments if m.evaluation % self._every == 0]
