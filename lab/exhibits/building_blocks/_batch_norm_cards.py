"""What is shown of batch normalisation: shift, smoothness, the identity, and test time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lab.datasets import Dataset
from lab.exhibit import Metric
from lab.exhibit.comparing import comparison_metrics
from lab.exhibits.building_blocks._batch_norm_networks import (
    BATCH,
    NONE,
    TITLES,
    Record,
)
from lab.networks.models import Classifier
from lab.networks.pixels import to_float
from lab.payloads import Curve, Histogram
from lab.training.batch_statistics import (
    BatchStatistics,
    batch_norms,
    identity_parameters,
    logits_by_batch,
    normalise_by_batch,
    with_running,
)
from lab.training.evaluation import evaluate

BINS = 48
# Batches that the test images are evaluated in.
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

METRICS = (
    Metric("shift_none", "Shift, last layer: none", ".3g", "σ"),
    Metric("shift_batch", "Batch norm", ".2g", "σ"),
    Metric("identity_difference", "Off the identity", ".1g"),
    Metric("batch_of_one", "Test in batches of 1", ".0%"),
    Metric("running_accuracy", "Test with running averages", ".1%", shown=False),
    Metric("by_batch_size", "Test accuracy in batches of 1, 2, 4, ...", ".1%", shown=False),
    Metric("refusal", "PyTorch, of a batch of one in training", "", shown=False),
    Metric("shift_*", "Shift of the last layer's inputs since the start", ".3g", "σ", shown=False),
    Metric("jump_*", "The same between two recordings, mean", ".3g", "σ", shown=False),
    Metric("loss_range_*", "Range of the loss along the gradient", shown=False),
    Metric("gradient_change_*", "Largest change of the gradient along itself, mean", shown=False),
    Metric("steps_*", "Steps to a test accuracy of 80 %", ",.0f", shown=False),
    *comparison_metrics("test_accuracy", "Test accuracy"),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)


def place(record: Record, layer: int, unit: int) -> tuple[int, int]:
    """The indices of a layer and a unit, both given from 1; the last for larger numbers."""
    layers = record.layers[0]
    at = min(layer, len(layers)) - 1
    return at, min(unit, len(layers[at].mean)) - 1


def bands(records: Mapping[str, Record], layer: int, unit: int, chosen: str) -> Curve:
    """The median of a unit's inputs over the steps, between their 15th and 85th percentiles.

    chosen: a way; with noise only the median is drawn unless it is that, or two bands would cover
    each other.
    """
    series, ends = {}, {}
    for way in TITLES:
        record = records[way]
        at, which = place(record, layer, unit)
        found = np.array([layers[at].percentiles[:, which].numpy() for layers in record.layers])
        series[TITLES[way]] = record.steps, found[:, 1]
        if way in (NONE, BATCH, chosen):
            ends[TITLES[way]] = found[:, 0], found[:, 2]
    at, which = place(records[NONE], layer, unit)
    title = f"Internal covariate shift: inputs of layer {at + 1}, unit {which + 1}"
    return Curve(series, bands=ends, replaces=True, title=title)


def shifts(records: Mapping[str, Record], of: str) -> Curve:
    """The shift of each layer's inputs, as lines over the layers."""
    series = {}
    for way in TITLES:
        found = records[way].shifts(of)
        series[TITLES[way]] = np.arange(len(found)) + 1, found
    words = "since the start" if of == "start" else "from one recording to the next"
    return Curve(series, replaces=True, title=f"Shift of each layer's inputs {words}")


def histogram(record: Record, way: str, layer: int, unit: int) -> Histogram:
    """A unit's inputs at the start and now, as shares of the images (and places)."""
    at, which = place(record, layer, unit)
    both = {"at the start": record.first[at][:, which], "now": record.latest[at][:, which]}
    title = f"{TITLES[way]}: inputs of the unit, start and now"
    return _shares(both, title)


def _shares(values: Mapping[str, Tensor], title: str) -> Histogram:
    everything = torch.cat(list(values.values()))
    low, high = float(everything.min()), float(everything.max())
    margin = 0.02 * (high - low) + 1e-3
    low, high = low - margin, high + margin
    series = {
        name: (torch.histc(x, BINS, low, high) / len(x)).numpy() for name, x in values.items()
    }
    return Histogram(np.linspace(low, high, BINS + 1), series, title=title)


def smoothness(records: Mapping[str, Record], of: str) -> Curve:
    """The range along the gradient, over the steps: of the loss, or of the gradient's change."""
    series, ends = {}, {}
    for way in TITLES:
        looks = records[way].looks
        pairs = [
            look.loss_range if of == "loss" else look.change_range
            for _, look in looks
        ]  # fmt: skip
        low, high = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
        if len(pairs):
            series[TITLES[way]] = [step for step, _ in looks], (low + high) / 2
            ends[TITLES[way]] = low, high
    words = "Loss along the gradient" if of == "loss" else "Gradient predictiveness: its change"
    return Curve(series, bands=ends, replaces=True, title=words)


def roughness(record: Record) -> tuple[float, float]:
    """(range of the loss in nats, largest change of the gradient): means over the looks, or NaN."""
    if not record.looks:
        return float("nan"), float("nan")
    ranges = [look.loss_range[1] - look.loss_range[0] for _, look in record.looks]
    changes = [look.change_range[1] for _, look in record.looks]
    return float(np.mean(ranges)), float(np.mean(changes))


@dataclass(frozen=True)
class Identity:
    """A unit before, normalised, and rescaled; difference: the largest of all units, absolute."""

    shown: Histogram
    difference: float


def identity(model: Classifier, record: Record, images: Tensor, layer: int, unit: int,
             share: float) -> Identity:  # fmt: skip
    """gamma and beta on their way from 1 and 0 (share 0) to sigma and mu (share 1).

    images: uint8 (N, C, H, W), whose activations before the normalisation of that layer are used.
    """
    at, which = place(record, layer, unit)
    norm, seen = batch_norms(model)[at], list[Tensor]()
    handle = norm.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    try:
        logits_by_batch(model, to_float(images), len(images))
    finally:
        handle.remove()
    x = seen[0].movedim(1, -1).reshape(-1, seen[0].shape[1]).float().clone()
    gamma, beta = identity_parameters(x, norm.eps)
    plain = torch.nn.BatchNorm1d(x.shape[1], norm.eps).to(x.device)
    with torch.no_grad():
        normal = normalise_by_batch(plain, x, len(x))
        out = normal * (1 + share * (gamma - 1)) + share * beta
    difference = float((out - x).abs().max())
    values = {"before": x, "normalised": normal, "after γ, β": out}
    columns = {name: value[:, which].cpu() for name, value in values.items()}
    title = f"γ, β at {share:.0%} of σ, μ: off the identity by {difference:.1g}"
    return Identity(_shares(columns, title), difference)


class TestTime:
    """Accuracy of the network with batch normalisation, by how its test images are normalised.

    by_batch: batch size -> accuracy with the statistics of the batch.
    """

    __test__ = False  # it is no test, whatever its name begins with

    def __init__(self, model: Classifier, data: Dataset, statistics: BatchStatistics) -> None:
        self._model, self._data, self._statistics = model, data, statistics
        self.by_batch: dict[int, float] = {}
        self.running = float("nan")

    def measure(self) -> Iterator[None]:
        """With batches of each size; yields after each."""
        images, labels = to_float(self._data.test_images), self._data.test_labels
        for size in SIZES:
            if size <= len(images):
                predicted = logits_by_batch(self._model, images, size).argmax(1)
                self.by_batch[size] = (predicted == labels).float().mean().item()
                yield

    def average(self, momentum: float) -> None:
        """With the running averages that this momentum gives."""
        data = self._data
        with with_running(self._model, self._statistics.running(momentum)):
            for result in evaluate(self._model, data.test_images, data.test_labels, 1000):
                if result:
                    self.running = result.accuracy

    def curve(self, momentum: float) -> Curve:
        """Accuracy against the batch size, beside that with running averages."""
        sizes = list(self.by_batch)
        title = f"Batch norm at test time: one image {self.by_batch.get(1, float('nan')):.0%}"
        return Curve(
            {
                "batch statistics": (sizes, list(self.by_batch.values())),
                f"running, momentum {momentum:.3g}": (sizes, [self.running] * len(sizes)),
            },
            replaces=True,
            title=title,
        )


def metrics(records: Mapping[str, Record]) -> dict[str, float]:
    """Shift of the last layer and smoothness of each way, by name."""
    found = {}
    for way in TITLES:
        found[f"shift_{way}"] = records[way].shifts("start")[-1]
        found[f"jump_{way}"] = records[way].shifts("step")[-1]
        found[f"loss_range_{way}"], found[f"gradient_change_{way}"] = roughness(records[way])
    return found
