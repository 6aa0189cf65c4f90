"""Overfitting: a sequence, noisy points, and networks that memorise random labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibit.comparing import comparison_metrics, raced
from lab.exhibits.better_training._overfitting_networks import Memorisers
from lab.exhibits.better_training._overfitting_polynomials import (
    DEGREES,
    NoisyFits,
    sequence,
    solution,
)
from lab.parameters import Choice, Number
from lab.payloads import Curve, Note, Pictures
from lab.training.polynomials import MOST
from lab.workspace import Workspace

# Frames in which the quartic is drawn at first, seconds between them, and before the first.
DRAWN_IN, APART, BEFORE = 16, 0.04, 0.3


@dataclass(frozen=True)
class Parameters:
    """The fifth number, the noisy points and the fit, all live; and the networks."""

    fifth: Annotated[
        int,
        Number("1, 3, 5, 7: the fifth number", -1_000_000, 1_000_000, form=",d", live=True,
               help="Any number has its polynomial of degree 4."),
    ] = 217_341  # fmt: skip
    degree: Annotated[
        int, Number("Polynomial degree", 0, DEGREES, live=True, help="Its capacity.")
    ] = 11
    points: Annotated[int, Number("Training points", 4, MOST, log=True, live=True)] = 12
    noise: Annotated[
        float,
        Number("Noise σ", 0, 1, step=0.01, form=".2f", live=True, help="Standard deviation."),
    ] = 0.25  # fmt: skip
    data: Annotated[
        str, Choice("Networks: dataset", "datasets", help="Or drop a folder of class folders.")
    ] = "digits"
    width: Annotated[
        int,
        Number("Largest width", 4, 2048, log=True, unit="units",
               help="Hidden units of the widest network; six widths from 2 on."),
    ] = 512  # fmt: skip
    images: Annotated[int, Number("Training images", 50, 50_000, log=True)] = 500
    random_labels: Annotated[
        float,
        Number("Share of random labels", 0.1, 1, step=0.05, form=".0%",
               help="Of the second training at each width (Zhang et al., 2017)."),
    ] = 1.0  # fmt: skip
    epochs: Annotated[int, Number("Epochs", 1, 500, log=True)] = 60
    seeds: Annotated[int, Number("Seeds", 1, 6)] = 3


OUTPUTS = (
    Output("sequence", Curve, "1, 3, 5, 7, ?", (0, 0, 6, 4), x="index in the sequence", y="value"),
    Output("fit", Curve, "Polynomial fitted to noisy points", (0, 4, 6, 4),
           x="x", y="y", y_range=(-3, 3)),
    Output("errors", Curve, "Error against capacity", (0, 8, 6, 4),
           x="degree", y="root mean square error", log_y=True, y_range=(0.01, 10)),
    Output("solution", Note, "Polynomial of degree 4", (6, 0, 6, 3)),
    Output("capacity", Curve, "Networks: accuracy against capacity", (6, 3, 6, 4),
           x="hidden units", y="accuracy", log_x=True, y_range=(0, 1)),
    Output("images", Pictures, "Training images with random labels", (6, 7, 6, 5)),
)  # fmt: skip

METRICS = (
    Metric("f5", "Quartic at 5", ",d"),
    Metric("fit_train_error", "Training error of the fit", ".2f", shown=False),
    Metric("fit_test_error", "Test error of the fit", ".3g", shown=False),
    Metric("fit_test_spread", "Its spread, of the natural logarithm", ".2f", shown=False),
    Metric("fit_gap", "Test error minus training error", ".3g", shown=False),
    Metric("best_degree", "Degree of the least test error", "d", shown=False),
    Metric("random_train_accuracy", "Random labels: training", ".1%"),
    Metric("random_test_accuracy", "Random labels: test", ".1%"),
    Metric("true_train_accuracy", "True labels: training", ".1%", shown=False),
    Metric("true_test_accuracy", "True labels: test", ".1%"),
    *comparison_metrics("test_accuracy", "Test accuracy"),
)


def looks(fits: NoisyFits, now: Parameters) -> Frame:
    """The polynomials, with the current parameters."""
    shown = sequence(now.fifth).then(solution(now.fifth))
    return shown.then(fits.frame(now.degree, now.points, now.noise))


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The polynomials at once, then the networks; the polynomials follow throughout."""
    now, fits = knobs.now, NoisyFits(workspace.seed)
    yield looks(fits, now).then(sequence(now.fifth, 1)).then(Frame(after=BEFORE))
    for end in np.linspace(1, 5, DRAWN_IN):
        yield sequence(now.fifth, float(end)).then(Frame(after=APART))
    if knobs.by_itself:
        yield Frame(status="polynomials; press Run to train the networks", progress=0.0)
    else:
        yield Frame(status=f"loading {now.data}", progress=0.0)
        data = workspace.data(now.data).shortened(now.images)
        seeds = range(workspace.seed, workspace.seed + now.seeds)
        networks = Memorisers(data, now.width, now.epochs, now.random_labels, seeds)
        for frame in raced(networks.comparison, knobs, Frame, lambda _: networks.checked()):
            yield frame
            if knobs.now != now:
                now = knobs.now
                yield looks(fits, now)
        yield Frame(status=networks.outcome(), progress=1.0)
    while True:
        if knobs.now == now:
            yield Frame(rest=True)
        else:
            now = knobs.now
            yield looks(fits, now)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="A model with enough capacity fits any training data exactly, and says nothing of what "
    "comes next. Turn the degree: the training error falls to 0, the test error falls and then "
    "rises. Wide networks memorise even random labels: training accuracy 100 %, test accuracy at "
    "chance.",
    source="Bishop, 2006; Zhang et al., 2017",
    metrics=METRICS,
    follows=True,
    seeded=True,
    lively=True,
    quick={"width": 8, "images": 100, "epochs": 1, "seeds": 2},
    main="sequence",
)
