"""How a comparison of ways of training is shown: its frames, curves, table and metrics.

Not imported by the package: it needs PyTorch, which comes after the window's first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lab.exhibit.declaration import Metric
from lab.exhibit.frames import Frame, Value
from lab.exhibit.knobs import Knobs
from lab.payloads import Curve, Table
from lab.training.comparison import Checkpoint, Comparison
from lab.training.scores import Scores

# Seconds between two looks at a race, and between two yields.
LOOK, BREATH = 0.15, 0.008


def comparison_metrics(measure: str, label: str, form: str = ".1%") -> tuple[Metric, ...]:
    """The declarations of what `final_metrics` gives for that measure."""
    return (
        Metric(f"{measure}_*", label, form, shown=False),
        Metric("mean", f"{label}: mean over the seeds, of each in turn", form, shown=False),
        Metric("spread", "Standard deviation over the seeds", form, shown=False),
        Metric("seeds", "Seeds", "d", shown=False),
    )


def final_metrics(scores: Scores, measure: str) -> dict[str, Value]:
    """The latest figures of each way: their mean by name, all means, all spreads, the seeds.

    The lists are in the order of `scores.ways`.
    """
    means = {f"{measure}_{way}": scores.mean(measure, way) for way in scores.ways}
    spreads = [scores.spread(measure, way) for way in scores.ways]
    seeds = min(len(scores.at(measure, way)) for way in scores.ways)
    return {**means, "mean": list(means.values()), "spread": spreads, "seeds": seeds}


def mean_curve(scores: Scores, measure: str, labels: Mapping[str, str]) -> Curve:
    """The mean over the seeds of each way, in a band of one standard deviation to each side.

    labels: way -> its name in the legend; only these are drawn.
    """
    series, bands = {}, {}
    for way, label in labels.items():
        times, mean, spread = scores.line(measure, way)
        series[label] = times, mean
        if np.isfinite(spread).any():
            bands[label] = mean - spread, mean + spread
    return Curve(series, bands=bands, replaces=True)


def final_table(
    scores: Scores,
    columns: Mapping[str, tuple[str, str]],
    labels: Mapping[str, str],
    corner: str = "",
) -> Table:
    """A row for each way: mean and spread over the seeds of each measure.

    columns: measure -> (title, how it is written, as in format()). corner: what the ways are.
    """
    rows = [
        [label, *(_written(scores, measure, way, form) for measure, (_, form) in columns.items())]
        for way, label in labels.items()
    ]
    return Table([corner, *(title for title, _ in columns.values())], rows)


def _written(scores: Scores, measure: str, way: str, form: str) -> str:
    figures = scores.latest(measure, way)
    if not len(figures):
        return "–"
    if lost := int(np.isnan(figures).sum()):
        return "diverged" + (f" ({lost} of {len(figures)})" if len(figures) > 1 else "")
    mean = f"{figures.mean():{form}}"
    if len(figures) == 1:
        return mean
    spread = f"{scores.spread(measure, way):{form}}".removesuffix("%")
    return f"{mean} ± {spread}"


def raced(
    comparison: Comparison,
    knobs: Knobs[Any],
    look: Callable[[], Frame],
    checked: Callable[[Checkpoint], Frame],
) -> Iterator[Frame]:
    """The frames of a comparison; the first seed's race is told whole.

    look(): what that race shows between two checkpoints, at the pace of the screen. checked(): what
    a checkpoint of any race shows. Status, progress and speed are added.
    """
    shown, breath = knobs.every(LOOK), knobs.every(BREATH)
    for event in comparison.run():
        if isinstance(event, Checkpoint):
            yield checked(event).then(_state(comparison))
        elif shown.due():
            frame = look() if comparison.race_number == 0 else Frame()
            yield frame.then(_state(comparison))
        elif breath.due():
            yield Frame()


def _state(comparison: Comparison) -> Frame:
    scores = comparison.scores
    epochs = int(scores.times[-1])
    epoch = min(int(comparison.epoch) + 1, epochs)
    seeds = len(scores.seeds)
    seed = f"seed {comparison.race_number + 1} of {seeds}, " if seeds > 1 else ""
    return Frame(
        status=f"{seed}epoch {epoch} of {epochs}: {len(scores.ways)} networks train in turn",
        progress=comparison.share,
        speed=f"{comparison.images_per_second:,.0f} images/s",
    )
