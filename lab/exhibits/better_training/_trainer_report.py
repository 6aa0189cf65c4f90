"""What the trainer shows: losses, filters, the confusion matrix and the worst errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lab.datasets import Dataset
from lab.exhibit import Frame
from lab.networks import filters
from lab.networks.models import Classifier
from lab.networks.pixels import pictures_of
from lab.payloads import Curve, Filters, Matrix, Pictures
from lab.training.evaluation import Evaluation
from lab.training.smoothing import Smooth
from lab.training.trainer import Trainer

MISTAKES = 12


def confusion(predicted: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Counts, int64 (classes, classes): row is the true class, column the predicted one."""
    return torch.bincount(labels * classes + predicted, minlength=classes**2).view(classes, -1)


def worst(probabilities: Tensor, labels: Tensor, count: int = MISTAKES) -> Tensor:
    """Indices of the errors with the least probability of the true class, worst first."""
    of_truth = probabilities.gather(1, labels[:, None])[:, 0]
    wrong = (probabilities.argmax(1) != labels).nonzero()[:, 0]
    return wrong[of_truth[wrong].argsort()][:count]


class TrainingReport:
    """Frames from the state of the training loop.

    Once the loss is NaN or infinite, status and curve say since when, and what the network predicts
    is shown no more.
    """

    def __init__(self, trainer: Trainer, model: Classifier, data: Dataset, epochs: int) -> None:
        self._trainer, self._model, self._data, self._epochs = trainer, model, data, epochs
        self._labels = data.test_labels.cpu()
        self._loss, self._accuracy = Smooth(), Smooth()
        self._epoch_losses: list[float] = []

    def training(self) -> Frame:
        """Loss and accuracy of the training batches since the last frame."""
        losses, hits = self._trainer.read_back()
        per_epoch = self._trainer.steps_per_epoch
        self._epoch_losses = (self._epoch_losses + losses)[-per_epoch:]
        done = self._trainer.step
        x = np.arange(done - len(losses) + 1, done + 1) / per_epoch
        pace = f"{self._trainer.images_per_second:,.0f} images/s"
        steps = self._trainer.images_per_second / self._trainer.batch_size
        epoch = min(int(self._trainer.epoch) + 1, self._epochs)
        return Frame(
            {
                "loss": self._loss_curve({"training": (x, self._loss(losses))}),
                "accuracy": Curve({"training": (x, self._accuracy(hits))}),
            },
            {"train_loss": float(np.mean(self._epoch_losses))} if self._epoch_losses else {},
            self.divergence or f"epoch {epoch} of {self._epochs}   {steps:.0f} steps/s",
            done / self._trainer.total_steps,
            f"{pace}   {steps:.0f} steps/s",
        )

    @property
    def divergence(self) -> str:
        """Since when the loss is NaN or infinite, and what to do; empty where it is a number."""
        at = self._trainer.diverged_at
        if at is None:
            return ""
        return f"diverged: the loss is NaN or infinite since step {at}; try a smaller learning rate"

    def _loss_curve(self, series: Mapping[str, tuple[Any, Any]]) -> Curve:
        at = self._trainer.diverged_at
        if at is None:
            return Curve(series)
        title = f"Loss (cross-entropy): diverged at step {at}"
        return Curve(series, at / self._trainer.steps_per_epoch, title=title)

    def filters(self) -> Frame:
        """The current weights of the first layer, if they are numbers."""
        weights = filters.first_layer_filters(self._model)
        return Frame({"filters": Filters(weights)}) if np.isfinite(weights).all() else Frame()

    def evaluated(self, now: Evaluation) -> Frame:
        """Loss, accuracy, confusion matrix and worst errors on the test images."""
        if not math.isfinite(now.loss):
            # Its predictions are none: all probabilities are NaN.
            self._trainer.diverged_at = self._trainer.diverged_at or self._trainer.step
            return Frame(metrics={"test_accuracy": math.nan, "test_loss": math.nan})
        classes = self._data.classes
        predicted = now.probabilities.argmax(1)
        counts = confusion(predicted, self._labels, len(classes))
        bad = worst(now.probabilities, self._labels)
        captions = [
            f"true {classes[self._labels[i]]}\npredicted {classes[predicted[i]]}"
            f" (p = {now.probabilities[i, predicted[i]]:.2f})"
            for i in bad
        ]
        epoch = self._trainer.epoch
        # Training comes first without a point, so that it keeps the first colour.
        none: tuple[list[float], list[float]] = ([], [])
        return Frame(
            {
                "loss": self._loss_curve({"training": none, "test": ([epoch], [now.loss])}),
                "accuracy": Curve({"training": none, "test": ([epoch], [now.accuracy])}),
                "confusion": Matrix(
                    counts.numpy(), classes, classes, annotate=".0f" if len(classes) <= 20 else ""
                ),
                "mistakes": Pictures(list(pictures_of(self._data.test_images[bad])), captions),
            },
            {"test_accuracy": now.accuracy, "test_loss": now.loss},
        )
