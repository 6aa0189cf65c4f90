"""Networks without and with augmentation, trained in turn from several seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from torch import Tensor

from lab.datasets import Dataset
from lab.exhibit.comparing import mean_curve, together
from lab.networks import models
from lab.networks.models import card_for
from lab.payloads import Bars, Curve
from lab.training.comparison import Comparison
from lab.training.race import from_seed
from lab.training.scores import Scores, spread
from lab.training.trainer import OptimiserSettings, Trainer

WITHOUT, WITH = "without", "with"
BATCH = 50
# The trainer's defaults for SGD with one cycle: learning rate, weight decay.
SETTINGS = OptimiserSettings(0.05, 2e-3)
# The share of the training from which on the curves are drawn: the rise from chance level would
# take the height that the difference needs.
SHOWN_FROM = 0.2


def comparison_of(
    data: Dataset,
    network: str,
    epochs: int,
    seeds: Sequence[int],
    augment: Callable[[Tensor], Tensor],
    mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
) -> Comparison:
    """Two networks for each seed that differ only in augmentation.

    data: all of its training images are used. augment, mix: called at every step, so that they may
    change during training.
    """

    def trainer(seed: int, changed: bool) -> Trainer:
        network_of = partial(models.build, card_for(network, data, seed))
        return Trainer(
            from_seed(seed, network_of).to(data.train_labels.device),
            data,
            optimiser_name="sgd",
            settings=lambda: SETTINGS,
            batch_size=BATCH,
            epochs=epochs,
            augment=augment if changed else None,
            mix=mix if changed else None,
            seed=seed,
        )

    ways = {side: partial(trainer, changed=side == WITH) for side in (WITHOUT, WITH)}
    return Comparison(ways, seeds)


def accuracies(scores: Scores) -> Curve:
    """Test accuracy of both, and training accuracy without, which shows that it memorises.

    That with augmentation is left out: on augmented images it is not comparable.
    """
    since = SHOWN_FROM * scores.times[-1]
    labels = {side: f"test, {side}" for side in (WITHOUT, WITH)}
    training = {WITHOUT: f"training, {WITHOUT}"}
    return together(
        mean_curve(scores, "test_accuracy", labels, since),
        mean_curve(scores, "train_accuracy", training, since),
    )


def errors(scores: Scores) -> Bars:
    """Test error for each seed so far, and the means."""
    found = {side: 1 - scores.latest("test_accuracy", side) for side in (WITHOUT, WITH)}
    seeds = scores.seeds[: len(found[WITH])]
    series = {side: [*error, error.mean()] for side, error in found.items()}
    means = (f"{error.mean():.1%} ± {100 * spread(error):.1f}" for error in found.values())
    worst = np.nanmax([0, *found[WITHOUT], *found[WITH]])
    return Bars(
        [*(f"seed {seed}" for seed in seeds), "mean"],
        series,
        high=np.ceil(20 * worst) / 20 or 1.0,
        form=".1%",
        highlight=len(seeds),
        title="Test error: without {}, with {}".format(*means),
    )
