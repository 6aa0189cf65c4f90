"""Networks of rising width on true and on random labels, and what they memorise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import torch

from lab.datasets import Dataset
from lab.datasets.random_labels import with_random_labels
from lab.exhibit import Frame, Value
from lab.exhibit.comparing import final_metrics
from lab.networks import models
from lab.networks.eval_mode import eval_mode
from lab.networks.models import card_for
from lab.networks.pixels import pictures_of, to_float
from lab.payloads import Curve, Floats, Pictures
from lab.training.comparison import Comparison
from lab.training.evaluation import evaluate
from lab.training.race import from_seed
from lab.training.trainer import OptimiserSettings, Trainer

TRUE, RANDOM = "true", "random"
SIDES = {"train_accuracy": "training", "test_accuracy": "test"}
# Hidden units of the narrowest network, and how many widths there are.
NARROWEST, WIDTHS = 2, 6
# Images of a step, and the most checkpoints.
BATCH, CHECKS = 50, 10
# With these, 60 epochs and 512 units memorise 500 random labels from each of three seeds.
SETTINGS = OptimiserSettings(3e-3, 0.0)
IMAGES = 10


def widths(widest: int) -> list[int]:
    """Hidden units of the networks, rising by a constant factor."""
    found = np.geomspace(NARROWEST, widest, WIDTHS)
    return sorted({round(float(width)) for width in found})


def way(labels: str, width: int) -> str:
    """The name of a network in the comparison."""
    return f"{labels}_{width}"


def both_sets(name: str, trainer: Trainer) -> Iterator[Mapping[str, float] | None]:
    """Accuracy on all training images, with the labels that it was trained on, and on the test."""
    data, figures = trainer.data, {}
    for side, images, labels in (
        ("train_accuracy", data.train_images, data.train_labels),
        ("test_accuracy", data.test_images, data.test_labels),
    ):
        for result in evaluate(trainer.model, images, labels, 500):
            if result is None:
                yield None
            else:
                figures[side] = result.accuracy
    yield figures


class Memorisers:
    """Networks with one hidden layer, from NARROWEST to `widest` units, on both kinds of labels.

    share: of the training labels that are random, in (0, 1].
    """

    def __init__(self, data: Dataset, widest: int, epochs: int, share: float, seeds: range) -> None:
        self.data, self.share, self.widths = data, share, widths(widest)
        ways: dict[str, Callable[[int], Trainer]] = {
            way(labels, width): partial(self._trainer, labels, width, epochs)
            for width in self.widths
            for labels in (TRUE, RANDOM)
        }
        self.comparison = Comparison(
            ways, seeds, checks=min(CHECKS, epochs), with_start=True, measure=both_sets
        )

    @property
    def titles(self) -> dict[str, str]:
        """What the screen calls each kind of labels."""
        share = "" if self.share == 1 else f"{self.share:.0%} "
        return {TRUE: "true", RANDOM: f"{share}random"}

    def _trainer(self, labels: str, width: int, epochs: int, seed: int) -> Trainer:
        data = self.data
        if labels == RANDOM:
            data = with_random_labels(data, self.share, seed)
        card = card_for("mlp", data, seed, hidden=width, depth=1)
        return Trainer(
            from_seed(seed, partial(models.build, card)).to(data.train_labels.device),
            data,
            optimiser_name="adam",
            settings=lambda: SETTINGS,
            batch_size=BATCH,
            epochs=epochs,
            seed=seed,
        )

    # ---- what is shown

    def checked(self) -> Frame:
        """Accuracy against width; in the first race the images as well."""
        frame = Frame({"capacity": self._capacity()}, self._metrics())
        return frame.then(self._images()) if self.comparison.race_number == 0 else frame

    def _capacity(self) -> Curve:
        scores = self.comparison.scores
        series: dict[str, tuple[Floats, Floats]] = {}
        bands: dict[str, tuple[Floats, Floats]] = {}
        across = np.array(self.widths, np.float64)
        for labels, title in self.titles.items():
            for measure, side in SIDES.items():
                ways = [way(labels, width) for width in self.widths]
                mean = np.array([scores.mean(measure, each) for each in ways])
                series[f"{title} labels: {side}"] = across, mean
                if all(len(scores.latest(measure, each)) > 1 for each in ways):
                    around = np.array([scores.spread(measure, each) for each in ways])
                    bands[f"{title} labels: {side}"] = mean - around, mean + around
        chance = 1 / len(self.data.classes)
        series["chance"] = across[[0, -1]], np.array([chance, chance])
        return Curve(series, bands=bands, replaces=True)

    def _images(self) -> Frame:
        trainer = self.comparison.trainers[way(RANDOM, self.widths[-1])]
        images, labels = trainer.data.train_images[:IMAGES], trainer.data.train_labels[:IMAGES]
        with eval_mode(trainer.model), torch.inference_mode():
            predicted = trainer.model(to_float(images)).argmax(1)
        given, said, names = labels.tolist(), predicted.tolist(), self.data.classes
        right = sum(g == s for g, s in zip(given, said, strict=True))
        pairs = list(zip(given, said, strict=True))
        return Frame(
            {
                "images": Pictures(
                    list(pictures_of(images)),
                    [f"label {names[g]}\npredicted {names[s]}" for g, s in pairs],
                    tones=["good" if g == s else "bad" for g, s in pairs],
                    title=f"Random labels: {right} of {len(pairs)} memorised",
                )
            }
        )

    def _metrics(self) -> dict[str, Value]:
        scores, widest = self.comparison.scores, self.widths[-1]
        found: dict[str, Value] = {
            f"{labels}_{side}_accuracy": scores.mean(f"{side}_accuracy", way(labels, widest))
            for labels in (TRUE, RANDOM)
            for side in ("train", "test")
        }
        return found | final_metrics(scores, "test_accuracy")

    def outcome(self) -> str:
        """What came of it, from the measured figures."""
        if self.comparison.diverged:
            (name, seed), step = next(iter(self.comparison.diverged.items()))
            return f"{name.replace('_', ' labels, width ')}, seed {seed}: diverged at step {step}"
        scores, widest = self.comparison.scores, self.widths[-1]
        trained, tested = (scores.mean(measure, way(RANDOM, widest)) for measure in SIDES)
        done = f"done: {widest} units memorise {trained:.1%} of the {self.titles[RANDOM]} labels"
        if trained < MEMORISED:
            return f"{done}, not all: widen, or more epochs"
        return f"{done}; test accuracy {tested:.1%}, chance {1 / len(self.data.classes):.1%}"


# Training accuracy from which on a network has memorised its labels.
MEMORISED = 0.995
