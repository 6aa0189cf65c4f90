"""Three networks that differ in batch normalisation alone, and what is recorded along the race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor

from lab.datasets import Dataset
from lab.errors import UserError
from lab.exhibit.comparing import divergence
from lab.networks import models
from lab.networks.card import Option
from lab.networks.models import Classifier, card_for
from lab.networks.pixels import to_float
from lab.training.batch_statistics import BatchStatistics, refusal
from lab.training.comparison import Comparison
from lab.training.input_distributions import Distribution, inputs, shift
from lab.training.smoothness import AlongGradient, along_gradient, undisturbed
from lab.training.trainer import OptimiserSettings, Trainer

NONE, BATCH, NOISY = WAYS = ("none", "batch", "noisy")
TITLES = {NONE: "None", BATCH: "Batch norm", NOISY: "Batch norm + noise"}
# Title; and the arguments that the three ways have in common, and apart.
NETWORKS = {"mlp": "MLP with sigmoids", "plain_cnn": "Plain CNN with ReLUs"}
COMMON: dict[str, dict[str, Option]] = {"mlp": {"hidden": 100, "sigmoid": True}, "plain_cnn": {}}
APART: dict[str, dict[str, dict[str, Option]]] = {
    "mlp": {NONE: {}, BATCH: {"batch_norm": True}, NOISY: {"batch_norm": True, "noise": True}},
    "plain_cnn": {NONE: {"norm": "none"}, BATCH: {}, NOISY: {"noise": True}},
}
# Images whose activations are recorded; recordings of a race, and looks along the gradient.
PROBE, RECORDINGS, LOOKS = 100, 120, 30
# Steps along the gradient, in learning rates.
LENGTHS = (0.5, 1.0, 2.0, 4.0)
# The accuracy that each way is timed to.
LEARNED = 0.8


def comparison(
    data: Dataset,
    seeds: Sequence[int],
    *,
    network: str,
    depth: int,
    batch_size: int,
    epochs: int,
    lr: Callable[[], float],
    checks: int,
) -> Comparison:
    """The three for each seed, with the same weights at first, on the same batches.

    lr(): asked at every step. UserError for batches of one where batch normalisation then has one
    value for each unit.
    """
    if batch_size == 1 and network == "mlp":
        raise UserError(
            "batch_size=1: the variance of one value is 0, so every input would become beta "
            f"(PyTorch: {refusal()}); choose 2 or more"
        )

    def trainer(seed: int, way: str) -> Trainer:
        arguments = {**COMMON[network], **APART[network][way], "depth": depth}
        return Trainer(
            models.build(card_for(network, data, seed, **arguments)).to(data.train_labels.device),
            data,
            optimiser_name="sgd",
            settings=lambda: OptimiserSettings(lr(), 0.0),
            batch_size=batch_size,
            epochs=epochs,
            schedule="constant",
            autocast=False,
            seed=seed,
        )

    ways = {way: partial(trainer, way=way) for way in WAYS}
    return Comparison(ways, seeds, checks=checks, with_start=True)


@dataclass
class Record:
    """What was recorded of one network. steps: of each recording, from 0.

    layers: [recording][layer]. jumps: [recording][layer], the shift of each but the first recording
    against the one before. first, latest: the values themselves, (values, units) of each layer.
    looks: (step, what was found along the gradient).
    """

    steps: list[int] = field(default_factory=list)
    layers: list[list[Distribution]] = field(default_factory=list)
    first: list[Tensor] = field(default_factory=list)
    latest: list[Tensor] = field(default_factory=list)
    looks: list[tuple[int, AlongGradient]] = field(default_factory=list)
    jumps: list[list[float]] = field(default_factory=list)

    def add(self, step: int, values: list[Tensor]) -> None:
        """A recording: the inputs of each layer, (values, units)."""
        now = [Distribution.of(value) for value in values]
        if self.layers:
            self.jumps.append([shift(a, b) for a, b in zip(now, self.layers[-1], strict=True)])
        self.steps.append(step)
        self.layers.append(now)
        self.latest = values
        self.first = self.first or values

    def shifts(self, of: str) -> list[float]:
        """The shift of each layer's inputs, in standard deviations.

        of: "start", of the latest recording against the first; "step", from one recording to the
        next, as their mean.
        """
        if of == "start":
            pairs = zip(self.layers[-1], self.layers[0], strict=True)
            return [shift(now, before) for now, before in pairs]
        found = self.jumps or [[0.0] * len(self.layers[0])]
        return torch.tensor(found, dtype=torch.float64).mean(0).tolist()


class Recorder:
    """Records the first race as it goes on: inputs of the layers, smoothness, batch statistics."""

    def __init__(self, race: Comparison, data: Dataset, lr: Callable[[], float]) -> None:
        self._race, self._lr = race, lr
        self._images = to_float(data.train_images[:PROBE])
        self._labels = data.train_labels[:PROBE]
        self.records = {way: Record() for way in WAYS}
        self.models = {way: trainer.model for way, trainer in race.trainers.items()}
        self.statistics = BatchStatistics(self.models[BATCH])
        total = race.trainers[NONE].total_steps
        self._every, self._look = max(1, total // RECORDINGS), max(1, total // LOOKS)
        for way in WAYS:
            self._record(way, 0)

    def classifier(self, way: str) -> Classifier:
        """The network of the first seed."""
        model = self.models[way]
        assert isinstance(model, Classifier)
        return model

    def stepped(self, way: str) -> None:
        """After a step of `way`."""
        if self._race.race_number > 0:
            return
        step = self._race.trainers[way].step
        if way == BATCH:
            self.statistics.read()
        if step % self._every == 0:
            self._record(way, step)
        if step % self._look == 0:
            lengths = [length * self._lr() for length in LENGTHS]
            seed = self._race.seed * 100_003 + step
            found = along_gradient(self.models[way], self._images, self._labels, lengths, seed)
            self.records[way].looks.append((step, found))

    def _record(self, way: str, step: int) -> None:
        model, record = self.models[way], self.records[way]
        with undisturbed(model):
            model.train()
            values = inputs(model, self._images)
        if all(bool(value.isfinite().all()) for value in values):
            record.add(step, values)


def learned(race: Comparison, way: str) -> float:
    """The first checkpoint, in steps, at which the mean accuracy was LEARNED; NaN for never."""
    epochs, mean, _ = race.scores.line("test_accuracy", way)
    there = np.flatnonzero(mean >= LEARNED)
    return float(epochs[there[0]] * race.trainers[way].steps_per_epoch) if len(there) else np.nan


def verdict(race: Comparison, recorder: Recorder) -> str:
    """What came of it, in a line, from the figures alone."""
    if lost := divergence(race, TITLES):
        return f"done; {lost}"
    parts = []
    for way in TITLES:
        steps = learned(race, way)
        reached = "never" if np.isnan(steps) else f"by step {steps:,.0f}"
        parts.append(f"{TITLES[way].lower()} {reached}")
    noisy, steady = (recorder.records[way].shifts("step")[-1] for way in (NOISY, BATCH))
    further = f", though its inputs jump {noisy / steady:,.0f} times as far" if steady else ""
    return f"done; {LEARNED:.0%} correct: {', '.join(parts)}{further}"
