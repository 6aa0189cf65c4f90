"""Networks under each penalty, raced: on images, and on points in a plane."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from lab.datasets import Dataset
from lab.exhibit import Frame
from lab.exhibit.comparing import final_metrics, final_table, mean_curve
from lab.exhibits.better_training._regularisation_cards import boundaries, histogram
from lab.networks import models
from lab.networks.models import card_for
from lab.payloads import Curve, Pictures
from lab.training import points
from lab.training.comparison import Checkpoint, Comparison, test_figures
from lab.training.points import PointTrainer
from lab.training.race import from_seed, race, share
from lab.training.regularisers import (
    REGULARISERS,
    PenalisedLoss,
    Strength,
    proximal_step,
    sparsity,
)
from lab.training.smoothing import Smooth
from lab.training.trainer import OptimiserSettings, Trainer

# Ways by name, and what the screen calls them.
TITLES = {way: regulariser.title for way, regulariser in REGULARISERS.items()}
BATCH = 50
# Points in the plane: few and noisy, so that a network without a penalty memorises them; steps
# there for each epoch of the images.
TRAIN_POINTS, TEST_POINTS, NOISE = 60, 1000, 0.3
POINT_STEPS, POINT_LR = 60, 0.05
# The columns of the table.
COLUMNS = {
    "test_accuracy": ("Test", ".1%"),
    "zeros": ("w = 0", ".0%"),
    "small": ("|w| < 0.001", ".0%"),
}


def figures(way: str, trainer: Trainer) -> Iterator[Mapping[str, float] | None]:
    """Test loss and accuracy, and the share of small weights and of zeros."""
    yield from test_figures(way, trainer)
    small, zeros = sparsity(trainer.model)
    yield {"small": small, "zeros": zeros}


class Races:
    """Five networks for each seed that differ only in the penalty on their weights.

    Beside the first seed's race the same five are trained in the plane of points. strength(),
    lr(): asked at every step.
    """

    def __init__(
        self,
        data: Dataset,
        network: str,
        epochs: int,
        seeds: Sequence[int],
        strength: Callable[[], Strength],
        lr: Callable[[], float],
    ) -> None:
        self._data, self._network, self._epochs = data, network, epochs
        self._strength, self._lr = strength, lr
        self._losses: dict[str, PenalisedLoss] = {}
        self._smooth = {way: Smooth() for way in REGULARISERS}
        self._steps = dict.fromkeys(REGULARISERS, 0)
        ways = {way: partial(self._trainer, way=way) for way in REGULARISERS}
        self.comparison = Comparison(ways, seeds, measure=figures)
        self._plane = PlaneRace(seeds[0], POINT_STEPS * epochs, strength)

    def _trainer(self, seed: int, way: str) -> Trainer:
        built = partial(models.build, card_for(self._network, self._data, seed))
        self._losses[way] = PenalisedLoss(REGULARISERS[way], self._strength, keep=True)
        return Trainer(
            from_seed(seed, built).to(self._data.train_labels.device),
            self._data,
            optimiser_name="sgd",
            settings=lambda: OptimiserSettings(self._lr(), 0.0),
            batch_size=BATCH,
            epochs=self._epochs,
            loss_function=self._losses[way],
            after_step=proximal_step(REGULARISERS[way], self._strength),
            seed=seed,
        )

    def look(self) -> Frame:
        """The first race between two checkpoints: loss and penalty, apart."""
        losses, penalties = {}, {}
        for way, loss_function in self._losses.items():
            loss, penalty = loss_function.read_back()
            steps = self._steps[way] + 1 + np.arange(len(loss))
            self._steps[way] += len(loss)
            epochs = steps / self.comparison.trainers[way].steps_per_epoch
            losses[TITLES[way]] = epochs, self._smooth[way](loss)
            penalties[TITLES[way]] = epochs, penalty
        return Frame({"loss": Curve(losses), "penalty": Curve(penalties)})

    def pictures(self) -> Frame:
        """The weights and the boundaries, of the first race as far as it has come."""
        found = {way: trainer.model for way, trainer in self.comparison.trainers.items()}
        shown = histogram(found, ("none", "l2", "l1_proximal"))
        return Frame({"weights": shown, "boundary": self._plane.shown()})

    def advance(self) -> None:
        """Train in the plane as far as the first race has come."""
        self._plane.until(self.comparison.race_share)

    def checked(self, checkpoint: Checkpoint) -> Frame:
        """Curve, table and metrics over the seeds so far."""
        scores = self.comparison.scores
        shares = {
            f"{measure}_{way}": scores.mean(measure, way)
            for measure in ("small", "zeros")
            for way in scores.ways
        }
        frame = Frame(
            {
                "accuracy": mean_curve(scores, "test_accuracy", TITLES),
                "table": final_table(scores, COLUMNS, TITLES, "Penalty"),
            },
            {**final_metrics(scores, "test_accuracy"), **shares},
        )
        if self.comparison.race_number:
            return frame
        frame = frame.then(self.look())
        if checkpoint.last:
            self.advance()
            frame = frame.then(self.pictures())
        return frame


class PlaneRace:
    """The same five in the plane of points."""

    def __init__(self, seed: int, steps: int, strength: Callable[[], Strength]) -> None:
        self.train = points.moons(TRAIN_POINTS, NOISE, seed)
        self.test = points.moons(TEST_POINTS, NOISE, seed + 1_000_003)
        self._trainers = {
            way: PointTrainer(
                from_seed(seed, points.network),
                self.train,
                lr=lambda: POINT_LR,
                steps=steps,
                seed=seed,
                loss_function=PenalisedLoss(regulariser, strength),
                after_step=proximal_step(regulariser, strength),
            )
            for way, regulariser in REGULARISERS.items()
        }
        self._steps = race(self._trainers)

    def until(self, wanted: float) -> None:
        """Train until all have made that share of their steps."""
        while min(map(share, self._trainers.values())) < wanted:
            next(self._steps)

    def shown(self) -> Pictures:
        """The boundaries as they are now."""
        found = {way: trainer.model for way, trainer in self._trainers.items()}
        return boundaries(found, self.train, self.test)
