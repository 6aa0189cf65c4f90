"""What the races and the range test show: curves, and a table that names what each looks like."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np

from lab.exhibit import Frame
from lab.exhibit.comparing import final_metrics, final_table, mean_curve
from lab.payloads import Curve, Table
from lab.training.comparison import Checkpoint, Comparison
from lab.training.diagnosis import diagnose
from lab.training.range_test import Floats, RangeTest
from lab.training.smoothing import Smooth

# Losses are drawn up to so many times the loss of guessing: one that diverges must not flatten the
# others.
CUT = 2.0
COLUMNS = {
    "test_accuracy": ("Test accuracy", ".1%"),
    "train_loss": ("Training loss", ".2f"),
}
SHOWS = "What the curve looks like"


class Cards:
    """Frames of a comparison.

    labels: of the ways. setting: what differs, for the screen; "" for the gallery, whose labels are
    hidden. classes: how many.
    """

    def __init__(
        self, comparison: Comparison, labels: Mapping[str, str], setting: str, classes: int
    ) -> None:
        self._comparison, self._labels, self._setting = comparison, dict(labels), setting
        gallery = self._gallery = not setting
        self._classes, self._cut = classes, CUT * math.log(classes)
        # In the curves; the gallery keeps its letters.
        self._names = {way: way if gallery else label for way, label in labels.items()}
        self._smooth = {way: Smooth() for way in labels}
        self._done = False

    def look(self) -> Frame:
        """The training losses of the first race since the last look, each to its end."""
        lines = {}
        for way, found in self._comparison.read().items():
            lines[self._names[way]] = found.epochs, self._below(self._smooth[way](found.loss))
        return Frame({"loss": Curve(lines, title=self._title())})

    def _below(self, losses: Floats | list[float]) -> Floats:
        """The losses as they are drawn: infinite ones stand at the cut, NaN is a gap."""
        cut: Floats = np.minimum(np.asarray(losses, np.float64), self._cut)
        return cut

    def _title(self) -> str:
        lost = [
            f"{self._names[way]} diverged at step {step:,}"
            for (way, seed), step in self._comparison.diverged.items()
            if seed == self._comparison.scores.seeds[0]
        ]
        if not lost:
            return ""
        more = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        return f"Training loss: {lost[0]}{more}"

    def checked(self, checkpoint: Checkpoint, revealed: Collection[str]) -> Frame:
        """Curves, table and metrics over the seeds so far."""
        first = self._comparison.race_number == 0
        self._done = self._done or (first and checkpoint.last)
        scores = self._comparison.scores
        loss = mean_curve(scores, "test_loss", self._names)
        below = {name: (x, self._below(y)) for name, (x, y) in loss.series.items()}
        bands = {name: tuple(map(self._below, ends)) for name, ends in loss.bands.items()}
        frame = Frame(
            {
                "test_loss": Curve(below, bands=bands, replaces=True),  # type: ignore[arg-type]
                "accuracy": mean_curve(scores, "test_accuracy", self._names),
                "table": self.table(revealed),
            },
            {
                **final_metrics(scores, "test_accuracy"),
                "diverged": len({way for way, _ in self._comparison.diverged}),
            },
        )
        return self.look().then(frame) if first else frame

    def table(self, revealed: Collection[str]) -> Table:
        """The final figures, and what the curves look like once the first race is over.

        revealed: of the gallery, whose labels and looks are told.
        """
        scores = self._comparison.scores
        hidden = {w for w in scores.ways if self._gallery and w not in revealed}
        labels = {
            way: f"{way}: {'?' if way in hidden else label}" if self._gallery else label
            for way, label in self._labels.items()
        }
        figures = final_table(scores, COLUMNS, labels, self._setting or "Curve")
        rows = [
            [row[0], "?" if way in hidden else self._looks(way), *row[1:]]
            for way, row in zip(scores.ways, figures.rows, strict=True)
        ]
        return Table([figures.columns[0], SHOWS, *figures.columns[1:]], rows)

    def _looks(self, way: str) -> str:
        """What the curve of a way looks like, by the means over the seeds."""
        scores, diverged = self._comparison.scores, self._comparison.diverged
        steps = [step for (name, _), step in diverged.items() if name == way]
        if not (self._done or steps):
            return "…"
        lines = [scores.line(measure, way)[1] for measure in ("train_loss", "test_loss")]
        whole = min(map(len, lines))
        train, test = (line[-whole:] for line in lines)
        return diagnose(train, test, self._classes, steps[0] if steps else None).words

    def outcome(self) -> str:
        """What came of it, in a line, from the figures alone."""
        if self._gallery:
            return "done: which curve is which? Tick a letter to reveal it"
        scores = self._comparison.scores
        means = {way: scores.mean("test_accuracy", way) for way in scores.ways}
        known = {way: mean for way, mean in means.items() if math.isfinite(mean)}
        lost = {way: step for (way, _), step in reversed(self._comparison.diverged.items())}
        told = [f"{self._labels[way]} diverged at step {step:,}" for way, step in lost.items()]
        if known:
            best = max(known, key=lambda way: known[way])
            told.insert(0, f"best {self._labels[best]} with test accuracy {known[best]:.1%}")
        return f"{self._setting}: {'; '.join(told)}"


def range_frame(test: RangeTest, classes: int) -> Frame:
    """The curve of the range test, with its readings once the loss has fallen."""
    count = len(test.smoothed)
    rates = test.rates[:count]
    lines = {"smoothed loss": (rates, np.minimum(test.smoothed, CUT * math.log(classes)))}
    found = test.reading()
    if found is None:
        return Frame({"range": Curve(lines, replaces=True)})
    for name, rate in (
        (f"steepest descent: {found.steepest:.2g}", found.steepest),
        (f"minimum / 10: {found.below_minimum:.2g}", found.below_minimum),
    ):
        at = int(np.abs(np.log(rates / rate)).argmin())
        lines[name] = rates[at : at + 1], test.smoothed[at : at + 1]
    return Frame({"range": Curve(lines, found.steepest, replaces=True)})
