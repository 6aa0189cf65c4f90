"""Plain and residual networks of several depths, raced, and what is measured inside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from lab.datasets import Dataset
from lab.networks import models
from lab.networks.deep_residual import branch_ratio, responses
from lab.networks.eval_mode import batch_statistics
from lab.networks.models import Classifier, card_for
from lab.networks.pixels import to_float
from lab.training.comparison import Comparison, test_figures
from lab.training.gradient_norms import GradientNorms, NormReader
from lab.training.race import from_seed
from lab.training.trainer import OptimiserSettings, Trainer

NETWORK, BATCH = "deep_resnet", 64
# Images on which the blocks are measured.
PROBE = 64
DEPTHS = {"20": "20 layers", "56": "56 layers", "110": "110 layers"}
KINDS = {"plain": "Plain", "residual": "ResNet"}


def titles(depths: Sequence[str]) -> dict[str, str]:
    """Ways by name ("plain_20"), and what the screen calls them ("Plain-20")."""
    return {f"{kind}_{depth}": f"{title}-{depth}"
            for depth in depths for kind, title in KINDS.items()}  # fmt: skip


class DepthRace:
    """A plain and a residual network of each depth, from each seed with the same weights.

    lr(): asked at every step. gradients, responses, ratios: of the first seed's race, way -> the
    latest figures: gradient norms by layer, the responses by convolution, and ||F(x)|| / ||x|| by
    block (residual networks alone).
    """

    def __init__(
        self,
        data: Dataset,
        depths: Sequence[str],
        batch_norm: bool,
        epochs: int,
        seeds: Sequence[int],
        lr: Callable[[], float],
    ) -> None:
        self._data, self._batch_norm, self._epochs, self._lr = data, batch_norm, epochs, lr
        self._norms: dict[str, GradientNorms] = {}
        # One for the screen, one for the figures at the checkpoints.
        self._readers: dict[str, tuple[NormReader, NormReader]] = {}
        self.titles = titles(depths)
        self.gradients: dict[str, list[float]] = {}
        self.responses: dict[str, list[float]] = {}
        self.ratios: dict[str, list[float]] = {}
        self.comparison = Comparison(
            {way: partial(self._trainer, way=way) for way in self.titles},
            seeds,
            with_start=True,
            measure=self._measure,
        )

    def _trainer(self, seed: int, way: str) -> Trainer:
        kind, depth = way.split("_")
        card = card_for(
            *(NETWORK, self._data, seed),
            depth=int(depth), residual=kind == "residual", batch_norm=self._batch_norm,
        )  # fmt: skip
        model = from_seed(seed, partial(models.build, card)).to(self._data.train_labels.device)
        norms = self._norms[way] = GradientNorms(model)
        self._readers[way] = NormReader(norms), NormReader(norms)
        return Trainer(
            model,
            self._data,
            optimiser_name="sgd",
            settings=lambda: OptimiserSettings(self._lr(), 1e-4),
            batch_size=BATCH,
            epochs=self._epochs,
            seed=seed,
        )

    def stepped(self, way: str) -> None:
        """After each step of a way."""
        self._norms[way].add()

    def look(self) -> None:
        """Bring the gradients of the race under way up to date."""
        for way, (reader, _) in self._readers.items():
            self.gradients[way] = reader.mean() or self.gradients.get(way, [])

    def _measure(self, way: str, trainer: Trainer) -> Iterator[Mapping[str, float] | None]:
        yield from test_figures(way, trainer)
        figures = {}
        if found := self._readers[way][1].mean():
            # The first convolution, and the last: the linear layer after it has no input from it
            # that batch normalisation keeps at one scale.
            figures = {"gradient_first": found[0], "gradient_last": found[-2]}
            figures["gradient_ratio"] = found[0] / found[-2] if found[-2] else float("nan")
        model = trainer.model
        assert isinstance(model, Classifier)
        images = model.normalise(to_float(trainer.data.train_images[:PROBE]))
        with batch_statistics(model):
            said, ratios = responses(model.network, images), branch_ratio(model.network, images)
        yield None
        if ratios:
            figures["branch_ratio"] = float(np.mean(ratios))
        if trainer.seed == self.comparison.scores.seeds[0]:
            self.responses[way], self.ratios[way] = said, ratios
        yield figures
