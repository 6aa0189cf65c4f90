"""What the race of the lecture's two networks shows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch

from lab.datasets import Dataset
from lab.exhibit import Frame
from lab.exhibit.comparing import final_metrics, final_table, mean_curve
from lab.exhibits.better_training._notebook_race import (
    BATCH,
    PRINTED,
    NotebookRace,
    augmentation,
)
from lab.networks.pixels import pictures_of, to_float
from lab.payloads import Curve, Pictures, Table
from lab.system.devices import RandomState
from lab.training.comparison import Checkpoint
from lab.training.smoothing import Smooth

# Training images side by side, and rows of their augmented versions; test images shown.
ACROSS, ROWS, TESTED = 4, 3, 6
COLUMNS = {"test_accuracy": ("Test accuracy", ".3f")}
# Losses are drawn up to so many times the loss of guessing.
CUT = 1.5


def augmented(data: Dataset, times: float, seed: int) -> Pictures:
    """Training images, and below them augmented versions, always with the same random numbers.

    Of the first batch those with the most contrast: a transform of an even colour shows little.
    """
    batch = to_float(data.train_images[:BATCH])
    plain = batch[batch.mean(1).std((1, 2)).argsort(descending=True, stable=True)[:ACROSS]]
    with RandomState(plain.device, seed):
        changed = augmentation(times)(plain.repeat(ROWS, 1, 1, 1), seed=seed)
    both = (torch.cat([plain, changed]) * 255).round().to(torch.uint8)
    return Pictures(list(pictures_of(both)), columns=len(plain))


class Cards:
    """Frames of the race. lrs: as of NotebookRace."""

    def __init__(self, race: NotebookRace, data: Dataset, lrs: Mapping[str, float]) -> None:
        self._race, self._data, self._lrs = race, data, lrs
        self._labels = {
            f"{which}_{rate}": f"{which}, lr {lr:.2g}"
            for rate, lr in lrs.items()
            for which in PRINTED
        }
        self._smooth = {way: Smooth(0.95) for way in self._labels}

    def look(self) -> Frame:
        """The training losses of the first race since the last look."""
        cut = CUT * math.log(len(self._data.classes))
        lines = {
            self._labels[way]: (found.epochs, np.minimum(self._smooth[way](found.loss), cut))
            for way, found in self._race.comparison.read().items()
        }
        lost = self.divergence()
        return Frame({"loss": Curve(lines, title=f"Training loss: {lost}" if lost else "")})

    def divergence(self) -> str:
        """Which trainings diverged, and when; empty for none."""
        lost = self._race.comparison.diverged
        steps = {way: step for (way, _), step in reversed(lost.items())}
        return "; ".join(f"{self._labels[way]} diverged at step {step:,}"
                         for way, step in steps.items())  # fmt: skip

    def checked(self, checkpoint: Checkpoint) -> Frame:
        """Accuracies and table over the seeds so far, and in the first race the predictions."""
        scores = self._race.comparison.scores
        outputs = {
            "accuracy": mean_curve(scores, "test_accuracy", self._labels),
            "table": self.table(),
        }
        frame = Frame(outputs, final_metrics(scores, "test_accuracy"))
        if self._race.comparison.race_number:
            return frame
        return self.look().then(frame).then(Frame({"predictions": self.predictions()}))

    def table(self) -> Table:
        """What was measured, beside what the notebook printed."""
        scores = self._race.comparison.scores
        found = final_table(scores, COLUMNS, self._labels, "Network")
        printed = [PRINTED[way.split("_")[0]] for way in self._labels]
        rows = [[*row, f"{value:.3f}"] for row, value in zip(found.rows, printed, strict=True)]
        nearest = self.nearest()
        title = (
            f"Test accuracy: the printed ones are nearest to lr {nearest:.2g}" if nearest else ""
        )
        return Table([*found.columns, "Printed"], rows, title=title)

    def nearest(self) -> float | None:
        """The learning rate whose two accuracies are nearest to those that were printed.

        By the sum of both distances; None where all diverged.
        """
        scores, away = self._race.comparison.scores, {}
        for rate, lr in self._lrs.items():
            means = (scores.mean("test_accuracy", f"{which}_{rate}") for which in PRINTED)
            away[lr] = sum(abs(a - b) for a, b in zip(means, PRINTED.values(), strict=True))
        known = {lr: value for lr, value in away.items() if math.isfinite(value)}
        return min(known, key=lambda lr: known[lr]) if known else None

    def predictions(self) -> Pictures:
        """Test images with what both networks predict at the stated learning rate."""
        classes, labels = self._data.classes, self._data.test_labels[:TESTED].tolist()
        nothing = torch.zeros(len(labels), len(classes))
        found = [self._race.probabilities.get(f"{which}_stated", nothing) for which in PRINTED]
        captions, tones = [], []
        for i, label in enumerate(labels):
            said = [int(each[i].argmax()) for each in found]
            right = sum(index == label for index in said)
            predicted = ", ".join(classes[index] for index in dict.fromkeys(said))
            captions.append(f"{classes[label]}\n{predicted}")
            tones.append(("bad", "", "good")[right])
        images = list(pictures_of(self._data.test_images[:TESTED]))
        return Pictures(images, captions, tones, columns=3)  # type: ignore[arg-type]

    def outcome(self) -> str:
        """What came of it, in a line, from the figures alone."""
        scores, told = self._race.comparison.scores, []
        for rate, lr in self._lrs.items():
            means = [scores.mean("test_accuracy", f"{which}_{rate}") for which in PRINTED]
            pair = " and ".join("–" if math.isnan(mean) else f"{mean:.3f}" for mean in means)
            told.append(f"{pair} at lr {lr:.2g}")
        printed = " and ".join(map(str, PRINTED.values()))
        lost = self.divergence()
        return lost or f"test accuracy {', '.join(told)}; printed: {printed}"
