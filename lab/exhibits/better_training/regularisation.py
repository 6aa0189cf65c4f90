"""L1, L2 and the elastic net against none: on digits, in a plane, and on two weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibit.comparing import comparison_metrics, divergence, raced
from lab.exhibits.better_training._regularisation_cards import plane
from lab.exhibits.better_training._regularisation_race import (
    TITLES,
    Races,
)
from lab.networks import architecture
from lab.parameters import RUNNING, Choice, Number
from lab.payloads import Curve, Histogram, Pictures, Surface, Table
from lab.training.comparison import Comparison
from lab.training.regularisers import Strength
from lab.workspace import Workspace

# Seconds between two pictures of weights and boundaries.
LOOK = 0.4


@dataclass(frozen=True)
class Parameters:
    """The strengths, which may change during training, and what is trained."""

    l1: Annotated[
        float,
        Number("Strength of L1, λ₁", 1e-6, 1e-1, log=True, live=RUNNING, form=".1e",
               help="λ₁ Σ|w| is added to the loss."),
    ] = 4e-4  # fmt: skip
    l2: Annotated[
        float,
        Number("Strength of L2, λ₂", 1e-6, 1e-1, log=True, live=RUNNING, form=".1e",
               help="λ₂ Σw² is added to the loss."),
    ] = 2e-3  # fmt: skip
    plane: Annotated[
        float,
        Number("Strength, two weights", 0, 2, 0.01, live=True, form=".2f",
               help="Of L1 and of L2, in the picture of two weights alone."),
    ] = 0.5  # fmt: skip
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"
    network: Annotated[
        str,
        Choice("Architecture", {name: row.title for name, row in architecture.NETWORKS.items()}),
    ] = "mlp"
    images: Annotated[
        int, Number("Training images", 50, 50_000, log=True, help="Few: overfitting shows.")
    ] = 1000
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 30
    lr: Annotated[
        float, Number("Learning rate", 1e-4, 1, log=True, live=RUNNING, form=".2g")
    ] = 0.05  # fmt: skip
    seeds: Annotated[int, Number("Seeds", 1, 6, help="Five networks each.")] = 3


OUTPUTS = (
    Output("loss", Curve, "Training loss, no penalty", (0, 0, 1, 3),
           x="epoch", y="loss (nats)", log_y=True),
    Output("penalty", Curve, "Penalty, added to the loss", (0, 3, 1, 3),
           x="epoch", y="penalty (nats)", log_y=True),
    Output("accuracy", Curve, "Test accuracy, mean", (0, 6, 1, 3), x="epoch", y="accuracy"),
    Output("weights", Histogram, "Weights (distribution)", (0, 9, 1, 3),
           x="weight", y="share", log_y=True),
    Output("boundary", Pictures, "Decision boundary: few, noisy points", (1, 0, 1, 4)),
    Output("plane", Surface, "Two weights: loss, penalty, path", (1, 4, 1, 4),
           x="weight 1", y="weight 2"),
    Output("table", Table, "Mean ± standard deviation over seeds", (1, 8, 1, 4)),
)  # fmt: skip

METRICS = (
    Metric("zeros_l1_proximal", "Exact zeros, L1 proximal", ".0%"),
    Metric("small_l1", "|w| < 0.001, L1", ".0%"),
    Metric("small_none", "|w| < 0.001, none", ".0%"),
    *comparison_metrics("test_accuracy", "Test accuracy"),
    Metric("small_*", "Share of weights below 0.001", ".1%", shown=False),
    Metric("zeros_*", "Share of weights that are exactly 0", ".1%", shown=False),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)


def outcome(comparison: Comparison) -> str:
    """What came of it, in a line, from the figures alone."""
    if lost := divergence(comparison, TITLES):
        return f"{lost}: try a smaller learning rate or strength"
    scores = comparison.scores
    none, proximal = (scores.mean("test_accuracy", way) for way in ("none", "l1_proximal"))
    return (
        f"done: L1, proximal: {scores.mean('zeros', 'l1_proximal'):.0%} of the weights are 0; "
        f"test {proximal:.1%} (none {none:.1%})"
    )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The plane of two weights at once, then the races; the plane follows its strength."""
    now = knobs.now
    drawn = now.plane
    yield Frame({"plane": plane(drawn)}, status=f"loading {now.data}")
    data = workspace.data(now.data).shortened(now.images)

    def strength() -> Strength:
        return Strength(knobs.now.l1, knobs.now.l2)

    seeds = range(workspace.seed, workspace.seed + now.seeds)
    races = Races(data, now.network, now.epochs, seeds, strength, lambda: knobs.now.lr)
    comparison = races.comparison
    pictures = knobs.every(LOOK)
    yield races.pictures()
    for frame in raced(comparison, knobs, races.look, races.checked):
        yield frame
        if comparison.race_number == 0:
            races.advance()
            if pictures.due():
                yield races.pictures()
        if knobs.now.plane != drawn:
            drawn = knobs.now.plane
            yield Frame({"plane": plane(drawn)})
    yield Frame(
        metrics={"images_per_second": comparison.images_per_second},
        status=outcome(comparison),
        progress=1.0,
    )
    while True:
        if knobs.now.plane == drawn:
            yield Frame(rest=True)
        else:
            drawn = knobs.now.plane
            yield Frame({"plane": plane(drawn)})


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="A penalty on the weights is added to the loss. L2 (Σw²) makes all weights smaller; L1 "
    "(Σ|w|) takes the same step from each, whatever its size, so that many end near 0. With the "
    "lecture's subgradient they tremble around it; the proximal step (soft thresholding) makes "
    "them exactly 0. In the plane: the corners of the L1 diamond lie on the axes, where a weight "
    "is 0.",
    source="Tibshirani, 1996; Zou and Hastie, 2005; Daubechies et al., 2004 (proximal step)",
    metrics=METRICS,
    seeded=True,
    quick={"images": 100, "epochs": 1, "seeds": 2},
    main="boundary",
)
