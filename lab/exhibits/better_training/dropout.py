"""Dropout, DropConnect, fractional max pooling and stochastic depth, each against none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np
from torch import Tensor, nn

from lab.datasets import Dataset
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibit.comparing import comparison_metrics, final_metrics, final_table, mean_curve, raced
from lab.exhibits.better_training._dropout_drawings import drawn
from lab.exhibits.better_training._dropout_regression import Regression
from lab.exhibits.better_training._dropout_test_time import TestTime
from lab.networks import models
from lab.networks.models import card_for
from lab.networks.stochastic import DropConnect, Dropping, StochasticDepth, set_rate
from lab.parameters import RUNNING, Choice, Number
from lab.payloads import Curve, Pictures, Table
from lab.training.comparison import Checkpoint, Comparison
from lab.training.trainer import OptimiserSettings, Trainer, cross_entropy
from lab.workspace import Workspace

NETWORK = "residual_cnn"
WAYS = {
    "none": "None",
    "dropout": "Dropout",
    "drop_connect": "DropConnect",
    "fractional": "Fractional pooling",
    "depth": "Stochastic depth",
}
KINDS: dict[str, type[Dropping]] = {"dropout": nn.Dropout, "drop_connect": DropConnect}
KINDS["depth"] = StochasticDepth
RANDOM = {way: title for way, title in WAYS.items() if way != "none"}
# With these and the default parameters, seeds 0 to 5: none 92.6 %; dropout +1.5 points, DropConnect
# +1.2, fractional pooling +1.5, in all six seeds; stochastic depth +0.8, in four. With fewer steps
# (300 digits, 12 epochs) all but dropout learn too little and lose.
SETTINGS, BATCH = OptimiserSettings(0.05, 0.0), 50
# Evaluations in a race, at most one an epoch.
CHECKS = 10


@dataclass(frozen=True)
class Parameters:
    """How much is dropped, which is live, and what is trained on."""

    rate: Annotated[
        float,
        Number("Dropout rate p", 0, 0.9, 0.05, live=RUNNING, form=".0%",
               help="Of hidden units (dropout), and of the hidden layer's weights (DropConnect)."),
    ] = 0.5  # fmt: skip
    depth: Annotated[
        float,
        Number("Stochastic depth: drop rate", 0, 0.9, 0.05, live=RUNNING, form=".0%",
               help="Of the last block; it rises linearly from the first (Huang et al., 2016)."),
    ] = 0.5  # fmt: skip
    way: Annotated[
        str, Choice("Test time: drawn for", RANDOM, live=True, help="Network of the first seed.")
    ] = "dropout"  # fmt: skip
    passes: Annotated[
        int,
        Number("Monte Carlo passes", 1, 200, log=True, live=True,
               help="Random networks that are averaged at test time."),
    ] = 20  # fmt: skip
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"
    images: Annotated[
        int,
        Number("Training images", 50, 50_000, log=True, help="Few: overfitting shows."),
    ] = 500  # fmt: skip
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 30
    seeds: Annotated[int, Number("Seeds", 1, 6, help="One race each, of five networks.")] = 3


OUTPUTS = (
    Output("dropped", Pictures, "Dropped in this training step", (0, 0, 1, 7)),
    Output("accuracy", Curve, "Test accuracy, mean over the seeds", (0, 7, 1, 5),
           x="epoch", y="test accuracy"),
    Output("estimates", Table, "Test time: all units, or an average of random networks",
           (1, 0, 1, 6)),
    Output("monte_carlo", Curve, "Random networks, single and averaged", (1, 6, 1, 3),
           x="random networks averaged", y="test accuracy"),
    Output("l2", Curve, "Linear regression: dropout is an L2 penalty", (1, 9, 1, 3),
           x="dropout rate p", y="expected squared error"),
)  # fmt: skip

METRICS = (
    Metric("gain", "Dropout against none", "+.1%"),
    Metric("approximation_accuracy", "All units × keep probability", ".1%"),
    Metric("monte_carlo_accuracy", "Monte Carlo average", ".1%"),
    Metric("test_time_difference", "Difference", "+.2%"),
    Metric("single_mask_accuracy", "Single random network", ".1%", shown=False),
    Metric("l2_difference", "Dropout and L2 penalty: difference", ".2%", shown=False),
    Metric("l2_sampling_error", "Sampling error of that", ".2%", shown=False),
    Metric("gap_*", "Training less test accuracy", ".1%", shown=False),
    Metric("gain_*", "Test accuracy against none", "+.1%", shown=False),
    Metric("monte_carlo_*", "Monte Carlo average", ".1%", shown=False),
    Metric("single_*", "Single random network", ".1%", shown=False),
    *comparison_metrics("test_accuracy", "Test accuracy"),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)
COLUMNS = {
    "fitted": ("Training", ".0%"),
    "test_accuracy": ("All units", ".1%"),
    "monte_carlo": ("Average", ".1%"),
    "single": ("Single", ".0%"),
}


def set_rates(model: nn.Module, way: str, now: Parameters) -> None:
    """Let the layers of that way drop as much as the parameters say."""
    if way in KINDS:
        set_rate(model, now.depth if way == "depth" else now.rate, KINDS[way])


def trainer_of(way: str, seed: int, data: Dataset, knobs: Knobs[Parameters]) -> Trainer:
    """The same network for each way, with the same weights from one seed; `way` drops in it."""
    card = card_for(NETWORK, data, seed, fractional=way == "fractional")
    model = models.build(card).to(data.train_labels.device)

    def loss(
        model: nn.Module, images: Tensor, targets: Tensor, done: float
    ) -> tuple[Tensor, Tensor]:
        set_rates(model, way, knobs.now)
        return cross_entropy(model, images, targets, done)

    return Trainer(
        model,
        data,
        optimiser_name="sgd",
        settings=lambda: SETTINGS,
        batch_size=BATCH,
        epochs=knobs.now.epochs,
        loss_function=loss,
        seed=seed,
    )


def verdict(comparison: Comparison) -> str:
    """What each way gained over none, in points of accuracy, and in how many seeds."""
    scores = comparison.scores
    plain, parts = scores.at("test_accuracy", "none"), []
    for way, title in RANDOM.items():
        gains = scores.at("test_accuracy", way) - plain
        if np.isfinite(gains).all():
            better = f"{int((gains > 0).sum())} of {len(gains)} seeds"
            parts.append(f"{title} {100 * gains.mean():+.1f} ({better})")
        else:
            parts.append(f"{title} diverged" if np.isfinite(plain).all() else "none diverged")
    gained = ", ".join(dict.fromkeys(parts)).replace("-", "−")
    return f"done; points gained over none: {gained}"


def standing(comparison: Comparison) -> Frame:
    """What is known at a checkpoint, of all seeds so far."""
    scores = comparison.scores
    metrics = final_metrics(scores, "test_accuracy")
    test = {way: scores.mean("test_accuracy", way) for way in WAYS}
    for way in WAYS:
        if len(scores.at("fitted", way)):
            metrics[f"gap_{way}"] = scores.mean("fitted", way) - test[way]
    for way in RANDOM:
        metrics[f"gain_{way}"] = test[way] - test["none"]
        if len(scores.at("monte_carlo", way)):
            metrics[f"monte_carlo_{way}"] = scores.mean("monte_carlo", way)
            metrics[f"single_{way}"] = scores.mean("single", way)
    metrics["gain"] = metrics["gain_dropout"]
    metrics["approximation_accuracy"] = metrics["test_accuracy_dropout"]
    if "monte_carlo_dropout" in metrics:
        metrics["monte_carlo_accuracy"] = metrics["monte_carlo_dropout"]
        metrics["single_mask_accuracy"] = metrics["single_dropout"]
        metrics["test_time_difference"] = scores.mean("difference", "dropout")
    return Frame(
        {
            "accuracy": mean_curve(scores, "test_accuracy", WAYS, scores.times[-1] / 2),
            "estimates": final_table(scores, COLUMNS, WAYS, "Trained with"),
        },
        metrics,
    )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Dropout as an L2 penalty, the races, and test time, which follows the controls."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}")
    data = workspace.data(now.data).shortened(now.images)
    regression, test_time = Regression(), TestTime(data, workspace.seed, WAYS)
    for _ in regression.measure(data):
        yield Frame({"l2": regression.curve(knobs.now.rate)}, status="linear regressions")
    yield Frame({"l2": regression.curve(knobs.now.rate)}, regression.metrics())
    comparison = Comparison(
        {way: partial(trainer_of, way, data=data, knobs=knobs) for way in WAYS},
        range(workspace.seed, workspace.seed + now.seeds),
        checks=min(CHECKS, now.epochs),
        measure=lambda way, trainer: test_time.measure(way, trainer, knobs.now.passes),
    )

    def look() -> Frame:
        picture = drawn(comparison.trainers, data.train_images[0])
        shown = test_time.shown(knobs.now.way, knobs.now.passes)
        marked = regression.curve(knobs.now.rate)
        return Frame({"dropped": picture, "l2": marked}).then(shown)

    def checked(checkpoint: Checkpoint) -> Frame:
        seen = look() if comparison.race_number == 0 else Frame()
        return seen.then(standing(comparison))

    yield from raced(comparison, knobs, look, checked)
    yield Frame(
        metrics={"images_per_second": comparison.images_per_second},
        status=verdict(comparison),
        progress=1.0,
        fixed=True,
    )
    shown = None
    while True:
        now = knobs.now
        if now == shown:
            yield Frame(rest=True)
        else:
            shown = now
            yield from test_time.extended(now.way, now.passes)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Five networks begin with the same weights and see the same batches; only what a "
    "training step drops differs. On few images the one without dropout memorises (training "
    "accuracy 100 %); the table says whether the others generalise better. At test time all units "
    "are kept, times the probability of keeping them (here training divides by it instead: the "
    "same). That is nearly the average over many random networks (Monte Carlo), and better than a "
    "single one. Fractional pooling then keeps evenly spread regions; averaging adds to it.",
    source="Srivastava et al., 2014; Wan et al., 2013; Graham, 2014; Huang et al., 2016; "
    "Wager et al., 2013 (L2)",
    metrics=METRICS,
    seeded=True,
    quick={"images": 50, "epochs": 1, "seeds": 1, "passes": 2},
    main="dropped",
)
