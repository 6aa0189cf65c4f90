"""Moving averages, for curves that would be too noisy to read."""

from __future__ import annotations


class Smooth:
    """Exponential moving average with bias correction (as in Kingma and Ba, 2014)."""

    def __init__(self, memory: float = 0.9) -> None:
        self._memory, self._sum, self._weight = memory, 0.0, 0.0

    def __call__(self, values: list[float]) -> list[float]:
        """The average after each of `values`."""
        result = []
        for value in values:
            self._sum = self._memory * self._sum + (1 - self._memory) * value
            self._weight = self._memory * self._weight + (1 - self._memory)
            result.append(self._sum / self._weight)
        return result
