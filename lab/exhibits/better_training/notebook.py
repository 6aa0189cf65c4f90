"""The lecture's code example: two CNNs for CIFAR-10, and what they really give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibit.comparing import comparison_metrics, raced
from lab.exhibits.better_training._notebook_cards import Cards, augmented
from lab.exhibits.better_training._notebook_race import (
    NotebookRace,
    augmentation,
    in_its_shape,
    layer_table,
    network,
    parameters,
)
from lab.parameters import AUTO, Choice, Number
from lab.payloads import Curve, Pictures, Table
from lab.system import downloads
from lab.workspace import Workspace

CIFAR, PATCHES = "cifar10", "photo_patches"


@dataclass(frozen=True)
class Parameters:
    """The learning rates, and the data."""

    lr: Annotated[
        float, Number("Learning rate", 1e-6, 1, log=True, form=".2g", help="The notebook's: 0.001.")
    ] = 1e-3  # fmt: skip
    other: Annotated[
        float,
        Number("Learning rate beside it", 1e-6, 1, log=True, form=".2g",
               help="With 0.00001 the accuracies are about those that the notebook printed."),
    ] = 1e-5  # fmt: skip
    jitter: Annotated[
        float,
        Number("Colour jitter, factor", 0, 3, 0.1, form=".1f", live=True,
               help="Of the notebook's: brightness, contrast and saturation ± 0.2, hue ± 0.1."),
    ] = 1.0  # fmt: skip
    data: Annotated[
        str,
        Choice("Dataset", "datasets", auto="CIFAR-10 or photographs",
               help="CIFAR-10 where it was downloaded, else ten photographs in 32 x 32 px."),
    ] = AUTO  # fmt: skip
    images: Annotated[int, Number("Training images", 50, 50_000, log=True)] = 4000
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 5
    seeds: Annotated[int, Number("Seeds", 1, 6, help="Four networks each.")] = 3


OUTPUTS = (
    Output("loss", Curve, "Training loss, first seed (moving average)", (0, 0, 1, 4),
           x="epoch", y="cross-entropy (nats)"),
    Output("accuracy", Curve, "Test accuracy, mean over seeds", (0, 4, 1, 3),
           x="epoch", y="accuracy", y_range=(0, 1)),
    Output("table", Table, "Test accuracy", (0, 7, 1, 5)),
    Output("layers", Table, "Parameters of each layer", (1, 0, 1, 5)),
    Output("predictions", Pictures, "Test images: true class, and what the two predict",
           (1, 5, 1, 4)),
    Output("augmented", Pictures, "Augmentation (top: original)", (1, 9, 1, 3)),
)  # fmt: skip

METRICS = (
    Metric("parameters_first", "Parameters, first", ",d"),
    Metric("parameters_second", "Parameters, second", ",d"),
    *comparison_metrics("test_accuracy", "Test accuracy", ".3f"),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)


def chosen(name: str) -> str:
    """The data set that is meant."""
    if name != AUTO:
        return name
    return CIFAR if downloads.present(CIFAR) else PATCHES


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The networks and an augmented batch at once, then the races."""
    now, seed = knobs.now, workspace.seed
    name = chosen(now.data)
    yield Frame(status=f"loading {name}")
    data = in_its_shape(workspace.data(name)).shortened(now.images)
    first, second = (network(data, which, seed) for which in ("first", "second"))
    yield Frame(
        {"layers": layer_table(first, second), "augmented": augmented(data, now.jitter, seed)},
        {"parameters_first": parameters(first), "parameters_second": parameters(second)},
    )
    lrs = {"stated": now.lr, "other": now.other}
    seeds = range(seed, seed + now.seeds)
    race = NotebookRace(
        data, lrs, now.epochs, seeds, lambda images: augmentation(knobs.now.jitter)(images)
    )
    cards, shown = Cards(race, data, lrs), now.jitter
    for frame in raced(race.comparison, knobs, cards.look, cards.checked):
        yield frame
        if shown != knobs.now.jitter:
            shown = knobs.now.jitter
            yield Frame({"augmented": augmented(data, shown, seed)})
    yield Frame(
        metrics={"images_per_second": race.comparison.images_per_second},
        status=cards.outcome(),
        progress=1.0,
    )
    while True:
        yield Frame(rest=True)
        yield Frame({"augmented": augmented(data, knobs.now.jitter, seed)})


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The notebook's two networks, trained as it says (Adam, 0.001, batches of 64), and "
    "beside it at another learning rate. The second has batch normalisation, a random flip and "
    "colour jitter. The notebook printed test accuracies of 0.244 and 0.283 on CIFAR-10, where "
    "guessing gives 0.1: they look like those of a learning rate that is far too small. "
    "Photographs are another task: compare the gap between the learning rates, not the digits.",
    source="The lecture's notebook; Krizhevsky, 2009 (CIFAR-10)",
    metrics=METRICS,
    seeded=True,
    quick={"data": PATCHES, "images": 64, "epochs": 1, "seeds": 1},
    main="accuracy",
)
