"""Hyperparameters: the failures of training that are recognised by their curves."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from lab.datasets import Dataset
from lab.exhibit import Exhibit, Frame, Handover, Knobs, Metric, Output, Value, part
from lab.exhibit.comparing import comparison_metrics, raced
from lab.exhibits.better_training._hyperparameters_cards import Cards, range_frame
from lab.exhibits.better_training._hyperparameters_ways import (
    BASE,
    BATCH,
    LETTERS,
    NETWORK,
    OPTIMISER,
    comparison_of,
    labels_of,
    ways_of,
)
from lab.parameters import Choice, Number, Several, When
from lab.payloads import Curve, Table
from lab.training.range_test import RangeTest
from lab.workspace import Workspace

# Of the range test: steps, and the learning rates of the first and the last.
STEPS, LOW, HIGH = 150, 1e-5, 10.0
# The share of the progress that the range test has.
TESTED = 0.04

COMPARED = {
    "lr": "Learning rate",
    "batch": "Batch size",
    "init": "Initialisation",
    "width": "Capacity (units per layer)",
    "depth": "Depth (hidden layers)",
    "images": "Training images (overfitting)",
    "gallery": "Gallery: six curves to guess from",
}


@dataclass(frozen=True)
class Parameters:
    """What is compared, and what is trained."""

    group: Annotated[str, Choice("What differs", COMPARED)] = "lr"
    revealed: Annotated[
        tuple[str, ...],
        Several("Reveal", {letter: f"Curve {letter}" for letter in LETTERS}, live=True,
                auto="Guess first", when=When("group", "gallery"),
                help="Which curve is which is drawn from the seed."),
    ] = ()  # fmt: skip
    lr: Annotated[
        float,
        Number("Learning rate", 1e-4, 1, log=True, form=".2g",
               help="Where learning rates are compared, of the one in the middle."),
    ] = 0.02  # fmt: skip
    data: Annotated[
        str, Choice("Dataset", "datasets", help="Or drop a folder of class folders.")
    ] = "digits"
    images: Annotated[int, Number("Training images", 50, 50_000, log=True)] = 2000
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 10
    seeds: Annotated[int, Number("Seeds", 1, 6)] = 3


OUTPUTS = (
    Output("loss", Curve, "Training loss, first seed (moving average)", (0, 0, 1, 4),
           x="epoch", y="cross-entropy (nats)"),
    Output("test_loss", Curve, "Test loss, mean over seeds", (0, 4, 1, 4),
           x="epoch", y="cross-entropy (nats)"),
    Output("accuracy", Curve, "Test accuracy, mean over seeds", (0, 8, 1, 4),
           x="epoch", y="accuracy", y_range=(0, 1)),
    Output("range", Curve, "Learning-rate range test",
           (1, 0, 1, 4), x="learning rate", y="cross-entropy (nats)", log_x=True),
    Output("table", Table, "Mean ± standard deviation over seeds, and what each curve looks like",
           (1, 4, 1, 8)),
)  # fmt: skip

METRICS = (
    Metric("suggested_lr", "Suggested learning rate", ".2g"),
    Metric("careful_lr", "Learning rate at a tenth of the minimum's", ".2g", shown=False),
    Metric("diverged", "Diverged", "d"),
    *comparison_metrics("test_accuracy", "Test accuracy"),
)


def ranged(
    knobs: Knobs[Parameters], data: Dataset, seed: int
) -> Generator[Frame, None, Mapping[str, float]]:
    """The range test of the base network; returns the metrics that it gives."""
    test = RangeTest(lambda lr: BASE.trainer(seed, data, lr, STEPS), STEPS, LOW, HIGH)
    look = knobs.every(0.1)
    for _ in test.run():
        if look.due():
            status = f"range test: learning rate {test.rates[-1]:.2g}"
            yield range_frame(test, len(data.classes)).then(
                Frame(status=status, progress=test.share)
            )
        else:
            yield Frame()
    found = test.reading()
    metrics = {
        "suggested_lr": found.steepest if found else math.nan,
        "careful_lr": found.below_minimum if found else math.nan,
    }
    yield range_frame(test, len(data.classes)).then(Frame(metrics=metrics, progress=1.0))
    return metrics


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The range test, then the races; the gallery answers to what is to be revealed."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}")
    data = workspace.data(now.data).shortened(now.images)
    yield from part(ranged(knobs, data, workspace.seed), 0.0, TESTED)
    ways = ways_of(now.group, workspace.seed)
    seeds = range(workspace.seed, workspace.seed + now.seeds)
    comparison = comparison_of(ways, data, now.lr, now.epochs, seeds)
    labels = labels_of(ways, data, now.lr)
    setting = "" if now.group == "gallery" else COMPARED[now.group]
    cards = Cards(comparison, labels, setting, len(data.classes))
    shown = now.revealed

    def races() -> Generator[Frame, None, None]:
        yield from raced(
            comparison, knobs, cards.look, lambda check: cards.checked(check, knobs.now.revealed)
        )

    for frame in part(races(), TESTED, 1.0):
        yield frame
        if shown != knobs.now.revealed:
            shown = knobs.now.revealed
            yield Frame({"table": cards.table(shown)})
    yield Frame({"table": cards.table(shown)}, status=cards.outcome(), progress=1.0)
    while True:
        yield Frame(rest=True)
        yield Frame({"table": cards.table(knobs.now.revealed)})


def trainer_values(values: Parameters, metrics: Mapping[str, Value]) -> dict[str, Any]:
    """The trainer's parameters for the network that the range test was made with."""
    found = metrics.get("suggested_lr", math.nan)
    if not isinstance(found, float) or not math.isfinite(found):
        return {}
    made = {"network": NETWORK, "optimiser": OPTIMISER, "batch_size": BATCH}
    return {"lr": min(found, 1.0), "data": values.data, **made}


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Each failure has its curve. Flat at the loss of guessing: zero or tiny initial "
    "weights, too deep. A slow slope: the learning rate is too small. Up and down, or up and away "
    "(diverged): it is too large. Level, but high: too small a network. Training loss near zero "
    "while the test loss rises: overfitting. In the range test the loss falls fastest where the "
    "learning rate is about right. Losses are drawn up to twice that of guessing.",
    source="Smith, 2017 (range test); He et al., 2015 (initialisation)",
    metrics=METRICS,
    handovers=(
        Handover(
            "better_training/trainer",
            "Use in the trainer",
            trainer_values,
            "The suggested learning rate, with the data set, network and batch size",
        ),
    ),
    seeded=True,
    quick={"images": 100, "epochs": 1, "seeds": 1},
    main="loss",
)
