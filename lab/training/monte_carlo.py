"""Test time with random networks: one at a time, and averaged (Monte Carlo)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lab.networks.pixels import to_float
from lab.networks.stochastic import sampling
from lab.system.devices import RandomState


class MonteCarlo:
    """Class probabilities averaged over random thinned networks (Srivastava et al., 2014, 7.5).

    Each pass draws one network (lab.networks.stochastic.sampling), the same for all images, and
    the average over the passes approximates the expectation over all masks. Number i always draws
    the same network, whatever else is drawn meanwhile.

    model: with random layers. images: uint8 (N, C, H, W). labels: int64 (N,). seed: 0 or more.

    singles: the accuracy of each network drawn so far. averages: that of the average over the
    first 1, 2, ... of them; both in [0, 1].
    """

    def __init__(
        self, model: nn.Module, images: Tensor, labels: Tensor, seed: int, batch_size: int = 250
    ) -> None:
        self._model, self._seed = model, seed
        self._images, self._labels = torch.split(images, batch_size), labels
        self._sum = torch.zeros(())
        self.singles: list[float] = []
        self.averages: list[float] = []

    def passes(self, count: int) -> Iterator[None]:
        """Go on until `count` networks were drawn; yields after each batch."""
        while len(self.singles) < count:
            # Numbers of one model after another: no two models share their masks.
            seed = self._seed * 100_003 + len(self.singles)
            batches = []
            for images in self._images:
                random = RandomState(images.device, seed)
                with random, sampling(self._model), torch.inference_mode():
                    batches.append(self._model(to_float(images)).softmax(1))
                yield
            with torch.inference_mode():
                probabilities = torch.cat(batches)
                self._sum = self._sum.to(probabilities.device) + probabilities
                self.singles.append(self._accuracy(probabilities))
                self.averages.append(self._accuracy(self._sum))

    def _accuracy(self, probabilities: Tensor) -> float:
        return (probabilities.argmax(1) == self._labels).float().mean().item()
