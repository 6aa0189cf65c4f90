"""Nine networks that differ only in their normalisation, raced: on usual and on small batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lab.datasets import Dataset
from lab.exhibit import Value
from lab.exhibit.comparing import divergence, mean_curve
from lab.networks import models
from lab.networks.models import Classifier, card_for
from lab.networks.normalisation import KINDS, NONE
from lab.payloads import Bars, Curve
from lab.training.comparison import Comparison
from lab.training.scores import Scores
from lab.training.trainer import OptimiserSettings, Trainer

WAYS = {NONE: "None"} | {kind: row.title for kind, row in KINDS.items()}
# On the small batches: so many images at most, and of the learning rate so much.
SMALL_IMAGES, SMALL_LR = 600, 1 / 30
# Evaluations in a race, of so many test images.
CHECKS, TEST_IMAGES = 5, 500
# In the curve beside the chosen one.
COMPARED = (NONE, "batch", "group", "local_response")


def data_of(data: Dataset, images: int) -> Dataset:
    """So many training images, and few enough test images for nine networks to be evaluated."""
    few = data.shortened(images)
    return replace(
        few, test_images=few.test_images[:TEST_IMAGES], test_labels=few.test_labels[:TEST_IMAGES]
    )


def comparison(
    data: Dataset,
    seeds: Sequence[int],
    *,
    batch_size: int,
    epochs: int,
    lr: Callable[[], float],
    depth: int,
    groups: int,
    checks: int = CHECKS,
) -> Comparison:
    """Nine networks for each seed with the same filters at first, on the same batches.

    lr(): asked at every step.
    """

    def trainer(seed: int, way: str) -> Trainer:
        card = card_for("plain_cnn", data, seed, norm=way, depth=depth, groups=groups)
        return Trainer(
            models.build(card).to(data.train_labels.device),
            data,
            optimiser_name="sgd",
            settings=lambda: OptimiserSettings(lr(), 0.0),
            batch_size=batch_size,
            epochs=epochs,
            autocast=False,
            seed=seed,
        )

    return Comparison({way: partial(trainer, way=way) for way in WAYS}, seeds, checks=checks)


def small_comparison(
    data: Dataset,
    seeds: Sequence[int],
    *,
    batch_size: int,
    epochs: int,
    lr: Callable[[], float],
    depth: int,
    groups: int,
) -> Comparison:
    """The same on small batches: about as many steps whatever their size."""
    return comparison(
        data.shortened(SMALL_IMAGES),
        seeds,
        batch_size=batch_size,
        epochs=max(1, batch_size * epochs // 3),
        lr=lambda: SMALL_LR * lr(),
        depth=depth,
        groups=groups,
        checks=1,
    )


def networks(race: Comparison) -> dict[str, Classifier]:
    """The networks of the race under way, by way."""
    found = {}
    for way, trainer in race.trainers.items():
        assert isinstance(trainer.model, Classifier)
        found[way] = trainer.model
    return found


def curve(scores: Scores, chosen: str) -> Curve:
    """Test accuracy of the chosen one and of COMPARED: all nine would hide one another."""
    ways = dict.fromkeys((*COMPARED, chosen))
    return mean_curve(scores, "test_accuracy", {way: WAYS[way] for way in ways})


def known(scores: Scores | None, way: str) -> float:
    """The mean test accuracy so far; NaN for none."""
    return scores.mean("test_accuracy", way) if scores else float("nan")


def bars(usual: Scores, small: Scores | None, sizes: tuple[int, int], chosen: str) -> Bars:
    """Test accuracy of each, on batches of both sizes."""
    series = {f"batches of {sizes[0]}": [known(usual, way) for way in WAYS]}
    if small:
        series[f"batches of {sizes[1]}"] = [known(small, way) for way in WAYS]
    shown = {name: np.nan_to_num(np.array(values)) for name, values in series.items()}
    return Bars(list(WAYS.values()), shown, form=".0%", highlight=list(WAYS).index(chosen))


def gain(scores: Scores, way: str) -> float:
    """Points of test accuracy over none, in [-1, 1]."""
    return known(scores, way) - known(scores, NONE)


def metrics(usual: Scores, small: Scores | None) -> Mapping[str, Value]:
    """What each gains over none, and the test accuracy on small batches."""
    found: dict[str, Value] = {f"gain_{way}": gain(usual, way) for way in KINDS}
    if small:
        found |= {f"small_{way}": known(small, way) for way in WAYS}
        found["small_train_loss"] = [small.mean("train_loss", way) for way in WAYS]
    return found


def verdict(usual: Comparison, small: Comparison, sizes: tuple[int, int]) -> str:
    """What came of both races, in a line, from the figures alone."""
    if lost := divergence(usual, WAYS) or divergence(small, WAYS):
        lost = f" ({lost})"
    best = max(KINDS, key=lambda way: np.nan_to_num(known(usual.scores, way)))
    parts = [
        f"batches of {sizes[0]}: none {known(usual.scores, NONE):.0%}",
        f"best {KINDS[best].title.lower()} {known(usual.scores, best):.0%}",
        f"local response {known(usual.scores, 'local_response'):.0%}",
    ]
    few = [
        f"{WAYS[way].lower()} {known(small.scores, way):.0%} "
        f"(loss {small.scores.mean('train_loss', way):.2f})"
        for way in SHOWN
    ]
    return f"done; {', '.join(parts)}; batches of {sizes[1]}: {', '.join(few)}{lost}"


# Of the small batches: the one that needs a batch, and two that do not.
SHOWN = ("batch", "instance", "group")
