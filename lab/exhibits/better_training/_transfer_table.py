"""The lecture's table: which layers to train, by the size of the data set and its similarity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lab.datasets import Dataset
from lab.exhibit import Frame, part
from lab.exhibit.comparing import raced
from lab.exhibit.knobs import Knobs
from lab.networks.models import Classifier
from lab.payloads import Table
from lab.training.comparison import Comparison, Measure
from lab.training.scores import Scores, spread
from lab.training.trainer import OptimiserSettings, Trainer
from lab.training.transfer_learning import BODY, Strategy, Transfer, usual_depth

# Images of each class. With EfficientNet-Lite0, two seeds, 64 px: 5 of each class of photograph
# patches gave 0.72 to 0.77, 40 gave 0.82 to 0.87; of digits 0.59 to 0.76, and 0.84 to 0.93.
LITTLE, MUCH = 5, 40
# Epochs for each: 5 of each class are seen more often.
EPOCHS = {LITTLE: 20, MUCH: 5}
TESTS = 240
ADVISED, BEST = "✓", "▲"
PHOTOGRAPHS, DIGITS = "photo_patches", "digits"
CORNERS = (
    ("little similar", True, LITTLE),
    ("much similar", True, MUCH),
    ("little different", False, LITTLE),
    ("much different", False, MUCH),
)
ROWS = {
    "classifier": "head",
    "more": "more",
    "large": "most",
    "cut": "cut ⅓",
    "cut_more": "cut ⅔",
}
# The lecture's advice, by the corners. "try cutting out some top layers completely? BAD".
ADVICE = (("classifier",), ("more",), ("cut", "cut_more"), ("large",))


def strategies(depth: int) -> dict[str, Strategy]:
    """What each row trains, of a network of so many units below its head.

    Rows that would train the same, in a network of few units, are left out but for the first.
    """
    upper, lower = usual_depth(depth), max(1, round(depth / 3))
    found = {
        "classifier": Strategy(depth),
        "more": Strategy(upper),
        "large": Strategy(min(lower, upper - 1)),
        "cut": Strategy(upper, cut=True),
        "cut_more": Strategy(lower, cut=True),
    }
    kept: dict[str, Strategy] = {}
    for row, strategy in found.items():
        if strategy.frozen >= int(strategy.cut) and strategy not in kept.values():
            kept[row] = strategy
    return kept


@dataclass(frozen=True)
class Corner:
    """What was measured in one corner: row -> test accuracy of each seed, in [0, 1]."""

    accuracies: dict[str, list[float]]

    def mean(self, row: str) -> float:
        """The mean over the seeds; NaN for a row that was not measured."""
        found = self.accuracies.get(row)
        return float(np.mean(found)) if found else float("nan")

    @property
    def best(self) -> str:
        """The row of the largest mean."""
        return max(self.accuracies, key=lambda row: np.nan_to_num(self.mean(row)))

    def agrees(self, advice: tuple[str, ...]) -> bool:
        """Whether an advised row is the best, or within the larger of their spreads of it."""
        best = self.best
        return any(
            self.mean(best) - self.mean(row)
            <= max(spread(self.accuracies[best]), spread(self.accuracies[row]))
            for row in advice
            if row in self.accuracies
        )


def lecture_table(corners: list[Corner]) -> Table:
    """The table with the corners that are measured; without any the lecture's advice alone."""
    columns = ["Trained", *(name for name, _, _ in CORNERS)]
    rows = [[words, *(_cell(row, i, corners) for i in range(4))] for row, words in ROWS.items()]
    verdicts = [_verdict(i, corners) for i in range(4)]
    title = f"Lecture's table: {ADVISED} advised"
    if corners:
        title = f"Lecture's table, test accuracy (%): {ADVISED} advised"
        rows.append(["check", *verdicts])
        title += f", {BEST} best"
    else:
        title += " (switch on “Measure” for figures)"
    return Table(columns, rows, len(ROWS) if corners else None, title=title)


def _cell(row: str, index: int, corners: list[Corner]) -> str:
    marks = ADVISED if row in ADVICE[index] else ""
    if index >= len(corners):
        bad = " BAD" if marks and len(ADVICE[index]) > 1 else ""
        return f"{marks}{bad}"
    corner = corners[index]
    if row not in corner.accuracies:
        return f"– {marks}".strip()
    marks += BEST if row == corner.best else ""
    found = corner.accuracies[row]
    over = f"±{100 * spread(found):.1f}" if len(found) > 1 else ""
    return f"{100 * corner.mean(row):.1f}{over} {marks}".strip()


def _verdict(index: int, corners: list[Corner]) -> str:
    if index >= len(corners):
        return ""
    corner = corners[index]
    agrees = corner.agrees(ADVICE[index])
    if len(ADVICE[index]) > 1 and len(corners) == len(CORNERS):
        best = [each.mean(each.best) for each in corners]
        bad = "BAD" if index == int(np.argmin(best)) else "not BAD"
        return f"{'agrees' if agrees else 'disagrees'}, {bad}"
    return "agrees" if agrees else "disagrees"


def data_names(backbone: Classifier) -> tuple[str, str]:
    """(similar, different): the embedded data sets, by what the network was trained on."""
    trained_on = backbone.card.data
    digits = DIGITS in trained_on or "mnist" in trained_on
    return (DIGITS, PHOTOGRAPHS) if digits else (PHOTOGRAPHS, DIGITS)


def measured(
    backbone: Classifier,
    data: tuple[Dataset, Dataset],
    knobs: Knobs[Any],
    seeds: range,
    lr: float,
    body_lr: float,
    corners: list[Corner],
) -> Iterator[Frame]:
    """Measure one corner after another; `corners` gets each. data: (similar, different)."""
    for index, (name, similar, count) in enumerate(CORNERS):
        transfer = Transfer(backbone, data[0 if similar else 1], count, seeds, TESTS)
        ways = strategies(transfer.split.depth)
        for done in transfer.prepare(ways.values()):
            yield Frame(progress=(index + 0.1 * done) / 4)
        comparison = Comparison(
            {row: _trainer(transfer, ways[row], lr, body_lr, EPOCHS[count]) for row in ways},
            seeds,
            checks=1,
            measure=_measure(transfer, ways),
        )
        frames = raced(comparison, knobs, Frame, lambda _: Frame())
        shown = part((frame for frame in frames), (index + 0.1) / 4, (index + 1) / 4)
        for frame in shown:
            yield replace(frame, status=f"lecture's table, {name} data: {frame.status or ''}")
        corners.append(_corner(comparison.scores))
        yield Frame({"lecture": lecture_table(corners)})


def _trainer(
    transfer: Transfer, strategy: Strategy, lr: float, body_lr: float, epochs: int
) -> Callable[[int], Trainer]:
    settings = OptimiserSettings(lr, 1e-2, {BODY: body_lr})
    return lambda seed: transfer.trainer(strategy, seed, lambda: settings, epochs)


def _measure(transfer: Transfer, ways: dict[str, Strategy]) -> Measure:
    return lambda row, trainer: transfer.measure(ways[row], trainer)


def _corner(scores: Scores) -> Corner:
    return Corner({row: list(scores.latest("test_accuracy", row)) for row in scores.ways})
