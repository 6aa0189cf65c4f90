"""Eight normalisations: what each averages over, what it does to an activation, and a race."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from lab.errors import UserError
from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output
from lab.exhibit.comparing import comparison_metrics, final_metrics, raced
from lab.exhibits.building_blocks import _normalisations_race as races
from lab.exhibits.building_blocks._normalisations_activation import (
    STATISTICS,
    activation,
    histogram,
    learned,
    normalised,
    numbers,
)
from lab.exhibits.building_blocks._normalisations_cubes import cubes
from lab.networks.models import Classifier
from lab.networks.normalisation import KINDS
from lab.parameters import RUNNING, Choice, Number
from lab.payloads import Bars, Curve, Histogram, Matrix, Pictures
from lab.training.comparison import Checkpoint
from lab.workspace import Workspace

# Seconds between two looks at the activation; images that it is of.
LOOK, IMAGES = 0.5, 32
# What of the progress is the usual race.
USUAL = 0.6


@dataclass(frozen=True)
class Parameters:
    """What is looked at, which is live, and what is trained.

    The defaults are chosen so that little is learned without a normalisation. Test accuracy, seeds
    0 to 2, in percent: none 35 ± 22, weight 10, local response 35 ± 43; batch 96.0 ± 1.1, instance
    96.0 ± 0.3, batch-instance 96.5 ± 0.5, switchable 96.2 ± 0.4, layer 92.2 ± 0.7, group 87 ± 12.
    On batches of 1 (at a thirtieth of the learning rate, with which none learns, too) batch and
    instance have the same training loss, 1.944, and 54 and 71 % correct; group has 58 %.
    """

    method: Annotated[
        str, Choice("Normalisation", {kind: row.title for kind, row in KINDS.items()}, live=True)
    ] = "batch"
    layer: Annotated[
        int,
        Number("Layer whose activation is shown", 1, 12, live=True,
               help="Of the network with batch normalisation; the last for a larger number."),
    ] = 2  # fmt: skip
    statistic: Annotated[
        str, Choice("Numbers", STATISTICS, live=True, help="Of each image and channel.")
    ] = "mean"
    lr: Annotated[
        float, Number("Learning rate", 1e-4, 1, log=True, live=RUNNING, form=".2g")
    ] = 0.3  # fmt: skip
    batch_size: Annotated[int, Number("Batch size", 2, 256, log=True)] = 32
    small: Annotated[
        int,
        Number("Small batch size", 1, 16, log=True,
               help="Of a second race, at a thirtieth of the learning rate."),
    ] = 1  # fmt: skip
    groups: Annotated[
        int, Number("Groups", 1, 16, log=True, help="Of channels, in group normalisation.")
    ] = 4  # fmt: skip
    depth: Annotated[int, Number("Convolutions", 2, 12, help="One after another.")] = 4
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"
    images: Annotated[int, Number("Training images", 50, 50_000, log=True)] = 1600
    epochs: Annotated[int, Number("Epochs", 1, 50, log=True)] = 3
    seeds: Annotated[int, Number("Seeds", 1, 6, help="Nine networks each.")] = 3


OUTPUTS = (
    Output("cubes", Pictures, "What is averaged for the marked value: click one",
           (0, 0, 1, 6), picks="method"),
    Output("numbers", Matrix, "Mean before and after", (0, 6, 1, 6),
           x="channel; → after the normalisation", y="image"),
    Output("bars", Bars, "Test accuracy, usual and small batches", (1, 0, 1, 4)),
    Output("accuracy", Curve, "Test accuracy: chosen, and others", (1, 4, 1, 4),
           x="epoch", y="test accuracy", y_range=(0, 1)),
    Output("histogram", Histogram, "Activation before and after", (1, 8, 1, 4),
           x="activation", y="share"),
)  # fmt: skip

METRICS = (
    Metric("gain_batch", "Batch against none", "+.0%"),
    Metric("gain_local_response", "Local response against none", "+.0%"),
    Metric("small_batch", "Small batches: batch", ".0%"),
    Metric("small_instance", "Small batches: instance", ".0%"),
    Metric("gain_*", "Test accuracy against none", "+.1%", shown=False),
    Metric("small_*", "Small batches: test accuracy", ".1%", shown=False),
    Metric("small_train_loss", "Small batches: training loss of each", shown=False),
    *comparison_metrics("test_accuracy", "Test accuracy"),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The cubes at once, the races, and an activation that follows the controls."""
    now = knobs.now
    yield Frame({"cubes": cubes(now.method)}, status=f"loading {now.data}")
    data = races.data_of(workspace.data(now.data), now.images)
    seeds = range(workspace.seed, workspace.seed + now.seeds)
    sizes = now.batch_size, now.small
    made = {"epochs": now.epochs, "depth": now.depth, "groups": now.groups}
    usual = races.comparison(
        data, seeds, batch_size=now.batch_size, lr=lambda: knobs.now.lr, **made
    )
    small = races.small_comparison(
        data, seeds, batch_size=now.small, lr=lambda: knobs.now.lr, **made
    )
    first, images = races.networks(usual), data.test_images[:IMAGES]

    def seen() -> Frame:
        """The chosen normalisation: its cube, and what it does to the activation."""
        method, layer = knobs.now.method, min(knobs.now.layer, now.depth)
        x = activation(first["batch"], images, layer)
        before, after = normalised(method, first[method], layer, x)
        words = learned(first, method, layer)
        title = f"Convolution {layer}, {KINDS[method].title.lower()}" + (words and f": {words}")
        shown = replace(histogram(before, after), title=title)
        values = numbers(before, after, knobs.now.statistic, method)
        return Frame({"cubes": cubes(method), "numbers": values, "histogram": shown})

    def standing(with_small: bool) -> Frame:
        """What both races have led to so far."""
        few = small.scores if with_small else None
        return Frame(
            {
                "accuracy": races.curve(usual.scores, knobs.now.method),
                "bars": races.bars(usual.scores, few, sizes, knobs.now.method),
            },
            {**final_metrics(usual.scores, "test_accuracy"), **races.metrics(usual.scores, few)},
        )

    def frames() -> Iterator[Frame]:
        for race, begin, end in ((usual, 0.0, USUAL), (small, USUAL, 1.0)):
            which, of_small = f"batches of {race.trainers['none'].batch_size}: ", race is small

            def checked(checkpoint: Checkpoint, of_small: bool = of_small) -> Frame:
                return standing(of_small)

            for frame in raced(race, knobs, Frame, checked):
                if frame.progress is not None:
                    done = begin + (end - begin) * frame.progress
                    frame = replace(frame, progress=done, status=which + (frame.status or ""))
                yield frame

    def shelve() -> str:
        """Save the chosen network of the first seed; says what came of it."""
        method = knobs.now.method
        model = first[method]
        figures = usual.scores.at("test_accuracy", method, -1)
        measured = {"test_accuracy": float(figures[0])} if len(figures) else {}
        learnt = Classifier(replace(model.card, trained=True, metrics=measured), model.network)
        title = f"Plain CNN, {KINDS[method].title.lower()} normalisation, on {data.title}"
        try:
            workspace.shelf.put(learnt, title)
        except UserError as error:
            return f"not saved: {error}"
        return f"saved to models: {title}"

    shown, look = None, knobs.every(LOOK)
    yield seen()
    for frame in frames():
        yield frame
        looked = (knobs.now.method, knobs.now.layer, knobs.now.statistic)
        if looked != shown or (usual.race_number == 0 and usual.race_share < 1 and look.due()):
            shown = looked
            yield seen()
        if knobs.take("shelve"):
            yield Frame(status=shelve())
    yield (
        seen()
        .then(standing(True))
        .then(
            Frame(
                metrics={"images_per_second": usual.images_per_second},
                status=races.verdict(usual, small, sizes),
                progress=1.0,
                fixed=True,
            )
        )
    )
    while True:
        if knobs.take("shelve"):
            yield Frame(status=shelve())
        elif shown != (looked := (knobs.now.method, knobs.now.layer, knobs.now.statistic)):
            shown = looked
            yield seen().then(standing(True))
        else:
            yield Frame(rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Each normalisation subtracts a mean and divides by a standard deviation; they differ "
    "in the values that are averaged: the coloured ones (blue, green and orange where several "
    "averages are mixed). In the numbers, the zeros show it: batch normalisation makes the bottom "
    "row 0 (all images), layer the last column (all channels), instance every cell. Weight "
    "normalisation divides filters, and local response normalisation only by its neighbours. "
    "With batches of 1 batch normalisation trains like instance normalisation, but is tested with "
    "running averages.",
    source="Ioffe and Szegedy, 2015; Ba et al., 2016; Ulyanov et al., 2016; Wu and He, 2018; "
    "Salimans and Kingma, 2016; Nam and Kim, 2018; Luo et al., 2019; Krizhevsky et al., 2012",
    metrics=METRICS,
    actions=(
        Action("shelve", "Save network to models", "The chosen one, of the first seed",
               at_once=True),
    ),
    seeded=True,
    quick={"images": 50, "epochs": 1, "seeds": 1, "depth": 2, "small": 16},
    main="cubes",
)  # fmt: skip
