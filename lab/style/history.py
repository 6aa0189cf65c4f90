"""A picture's past, thinned so that it never takes more than so much memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moment:
    """The picture, uint8 (height, width, 3), as it was after so many evaluations."""

    evaluation: int
    picture: NDArray[np.uint8]


class History:
    """At most `most` moments, evenly spread over all that went by.

    When there are too many, every second one goes and the next are taken half as often.
    """

    def __init__(self, most: int) -> None:
        self.moments: list[Moment] = []
        self._most, self._every = most, 1

    def due(self, evaluation: int) -> bool:
        """Whether the picture after so many evaluations is to be kept."""
        return evaluation % self._every == 0

    def keep(self, evaluation: int, picture: NDArray[np.uint8]) -> None:
        """Keep it; whoever asked `due` before did not copy it in vain."""
        self.moments.append(Moment(evaluation, picture))
        while len(self.moments) > self._most:
            self._every *= 2
            self.moments = [m for m in self.moments if m.evaluation % self._every == 0]
