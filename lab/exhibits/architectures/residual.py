"""Plain and residual networks of 20, 56 and 110 layers: what the shortcut changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibit.comparing import (
    comparison_metrics,
    divergence,
    final_metrics,
    final_table,
    mean_curve,
    raced,
)
from lab.exhibits.architectures._residual_race import DEPTHS, KINDS, DepthRace
from lab.parameters import RUNNING, Choice, Number, Several, Switch
from lab.payloads import Curve, Note, Table
from lab.training.comparison import Checkpoint, Comparison
from lab.training.scores import Scores
from lab.training.smoothing import Smooth
from lab.workspace import Workspace


@dataclass(frozen=True)
class Parameters:
    """Which networks, and how they are trained.

    With the default values, seeds 0, 1, 2: 56 layers end at a training loss of 1.5, 1.3, 1.1 plain
    and 0.06, 0.05, 0.05 residual; 20 layers at 0.15 and 0.06. At a constant learning rate the first
    steps hurt ResNet-56 (0.21), which the warm-up of one cycle avoids.
    """

    depths: Annotated[
        tuple[str, ...],
        Several("Depths", DEPTHS, least=1,
                help="A plain and a residual network of each. 110 takes twice as long as 56."),
    ] = ("20", "56")  # fmt: skip
    batch_norm: Annotated[
        bool,
        Switch("Batch normalisation", help="After each convolution; off: biases in its place."),
    ] = True  # fmt: skip
    lr: Annotated[
        float,
        Number("Learning rate", 1e-4, 1, log=True, live=RUNNING, form=".2g",
               help="The highest of one cycle: it begins low (warm-up) and ends near 0."),
    ] = 0.1  # fmt: skip
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"
    images: Annotated[int, Number("Training images", 64, 50_000, log=True)] = 4000
    epochs: Annotated[int, Number("Epochs", 1, 50, log=True)] = 4
    seeds: Annotated[int, Number("Seeds", 1, 6, help="One race each.")] = 3


OUTPUTS = (
    Output("loss", Curve, "Training loss", (0, 0, 4, 4), x="epoch", y="loss (nats)", log_y=True),
    Output("gradients", Curve, "Gradient norm ‖∂L/∂W‖ by layer", (0, 4, 4, 4),
           x="layer (1: nearest to the input)", y="gradient norm", log_y=True),
    Output("table", Table, "Mean ± standard deviation over seeds", (0, 8, 3, 4)),
    Output("verdict", Note, "Residual against plain", (3, 8, 2, 4)),
    Output("accuracy", Curve, "Test accuracy, mean", (4, 0, 4, 4), x="epoch", y="test accuracy"),
    Output("responses", Curve, "Forward signal: responses of the layers", (4, 4, 4, 4),
           x="convolution", y="standard deviation"),
    Output("ratios", Curve, "Residual over identity (plain: none)", (5, 8, 3, 4),
           x="block", y="‖F(x)‖ / ‖x‖"),
)  # fmt: skip

METRICS = (
    Metric("train_loss_plain", "Training loss, deepest plain", ".3f"),
    Metric("train_loss_residual", "Training loss, deepest ResNet", ".3f"),
    Metric("branch_ratio", "‖F(x)‖ / ‖x‖, deepest ResNet", ".2f"),
    Metric("train_loss_*", "Training loss of the last tenth", ".3f", shown=False),
    Metric("gradient_first_*", "Gradient norm, first convolution", ".2g", shown=False),
    Metric("gradient_last_*", "Gradient norm, last convolution", ".2g", shown=False),
    Metric("gradient_ratio_*", "Gradient norm, first over last", ".2g", shown=False),
    Metric("gradient_early_*", "The same in the first tenth", ".2g", shown=False),
    *comparison_metrics("test_accuracy", "Test accuracy"),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)
COLUMNS = {
    "train_loss": ("Training loss", ".2f"),
    "test_accuracy": ("Test", ".1%"),
}


def outcome(comparison: Comparison, labels: Mapping[str, str], depths: Sequence[str]) -> Note:
    """What came of it, from the figures alone. depths: in rising order."""
    if lost := divergence(comparison, labels):
        return Note(f"{lost}: try a smaller learning rate, or batch normalisation.", "bad")
    losses = {
        (kind, depth): comparison.scores.latest("train_loss", f"{kind}_{depth}")
        for kind in KINDS
        for depth in depths
    }
    if not all(map(len, losses.values())):
        return Note("The first figures come after a tenth of the training.")
    deepest = depths[-1]
    plain, residual = losses["plain", deepest], losses["residual", deepest]
    lower = int((residual < plain).sum())
    told = (
        f"{deepest} layers: loss {residual.mean():.2f} residual, {plain.mean():.2f} plain; "
        f"residual lower in {lower} of {len(plain)} seeds."
    )
    if len(depths) > 1:
        ways = [
            f"{kind} {losses[kind, depths[0]].mean():.2f} → {losses[kind, deepest].mean():.2f}"
            for kind in KINDS
        ]
        told += f" From {depths[0]} to {deepest} layers: {', '.join(ways)}."
    early = [early_ratio(comparison.scores, f"{kind}_{deepest}") for kind in KINDS]
    if np.isfinite(early).all():
        told += (
            " Gradient of the first over that of the last convolution, at first: "
            f"plain {early[0]:,.1f}, residual {early[1]:,.1f}."
        )
    return Note(told, "good" if lower == len(plain) else "bad")


def early_ratio(scores: Scores, way: str) -> float:
    """Gradient norm, first convolution over the last, in the first tenth; NaN before its end."""
    found = scores.at("gradient_ratio", way, 1)
    return float(found.mean()) if len(found) else float("nan")


class Cards:
    """What a race shows. depths: in rising order."""

    def __init__(self, race: DepthRace, depths: Sequence[str]) -> None:
        self._race, self._depths = race, depths
        self._smooth = {way: Smooth(0.95) for way in race.titles}

    def look(self) -> Frame:
        """The first race between two checkpoints: losses, and gradients by layer."""
        self._race.look()
        lines = {
            self._race.titles[way]: (found.epochs, self._smooth[way](found.loss))
            for way, found in self._race.comparison.read().items()
        }
        return Frame({"loss": Curve(lines), "gradients": self._by_place(self._race.gradients)})

    def _by_place(self, found: Mapping[str, Sequence[float]], title: str = "") -> Curve:
        series = {
            self._race.titles[way]: (np.arange(len(values)) + 1, values)
            for way, values in found.items()
            if values
        }
        return Curve(series, replaces=True, title=title)

    def checked(self, checkpoint: Checkpoint) -> Frame:
        """Curve, table and metrics over the seeds so far; in the first race what the blocks do."""
        scores, labels = self._race.comparison.scores, self._race.titles
        frame = Frame(
            {
                "accuracy": mean_curve(scores, "test_accuracy", labels),
                "table": final_table(scores, COLUMNS, labels, "Network"),
                "verdict": outcome(self._race.comparison, labels, self._depths),
            },
            {**final_metrics(scores, "test_accuracy"), **self._figures()},
        )
        if self._race.comparison.race_number:
            return frame
        inside = {
            "responses": self._by_place(self._race.responses),
            "ratios": self._by_place(self._race.ratios),
        }
        return self.look().then(frame).then(Frame(inside))

    def _figures(self) -> dict[str, float]:
        scores, deepest = self._race.comparison.scores, self._depths[-1]
        figures = {
            f"{measure}_{way}": scores.mean(measure, way)
            for measure in ("train_loss", "gradient_first", "gradient_last", "gradient_ratio")
            for way in scores.ways
            if len(scores.latest(measure, way))
        }
        if len(scores.at("gradient_ratio", scores.ways[0], 1)):
            figures |= {f"gradient_early_{way}": early_ratio(scores, way) for way in scores.ways}
        for kind in KINDS:
            if len(scores.latest("train_loss", f"{kind}_{deepest}")):
                figures[f"train_loss_{kind}"] = scores.mean("train_loss", f"{kind}_{deepest}")
        figures["branch_ratio"] = scores.mean("branch_ratio", f"residual_{deepest}")
        return figures


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The races; what lies inside the networks is told of the first seed."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}")
    data = workspace.data(now.data).shortened(now.images)
    depths = sorted(now.depths, key=int)
    seeds = range(workspace.seed, workspace.seed + now.seeds)
    race = DepthRace(data, depths, now.batch_norm, now.epochs, seeds, lambda: knobs.now.lr)
    cards = Cards(race, depths)
    yield from raced(race.comparison, knobs, cards.look, cards.checked, race.stepped)
    yield Frame(
        metrics={"images_per_second": race.comparison.images_per_second},
        status=f"done; {outcome(race.comparison, race.titles, depths).text}",
        progress=1.0,
    )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="A residual block gives F(x) + x, a plain one F(x); both begin with the same weights "
    "and see the same batches. A deep network could do what a shallow one does, but the deep plain "
    "one has the higher training loss: degradation, not overfitting. With batch normalisation the "
    "forward signal does not vanish, and the gradients need not: watch them layer by layer from "
    "the first step on. A residual block learns what differs from the identity; compare how much "
    "that is at each depth. A plain block passes no x on, so it has no ‖F(x)‖ / ‖x‖.",
    source="He et al., 2015",
    metrics=METRICS,
    seeded=True,
    quick={"depths": ("20",), "images": 64, "epochs": 1, "seeds": 1},
    main="loss",
)
