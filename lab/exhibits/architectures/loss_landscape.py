"""The loss of a network around its weights, with and without residual connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric
from lab.exhibits.architectures._loss_landscape_cards import OUTPUTS, Landscape
from lab.exhibits.architectures._loss_landscape_networks import Training, from_shelf
from lab.parameters import Choice, Number, Several
from lab.workspace import Workspace

# Seconds between two pictures, and between two yields.
LOOK, BREATH = 0.3, 0.02
# When the surfaces are shown during the training, and which part of the run that is.
PREVIEWS, TRAINED = (0.03, 0.4, 0.7), 0.4


@dataclass(frozen=True)
class Parameters:
    """Which networks, which slices, and how fine."""

    models: Annotated[
        tuple[str, ...],
        Several("Models", "models", most=2, auto="None: a plain and a residual one, trained here",
                help="Of one: four slices of it. The training images must be here."),
    ] = ()  # fmt: skip
    depth: Annotated[
        int,
        Number("Depth", 8, 56, 6, unit="layers", help="6n + 2. Of the networks trained here."),
    ] = 20  # fmt: skip
    pair: Annotated[
        int,
        Number("Random directions", 1, 20, live=True, help="Another pair: another slice."),
    ] = 1  # fmt: skip
    grid: Annotated[int, Number("Grid", 9, 49, 8, help="Points a side: 4n + 1.")] = 25
    images: Annotated[
        int, Number("Images in the loss", 10, 5000, log=True, help="Training images.")
    ] = 250  # fmt: skip
    data: Annotated[
        str, Choice("Dataset", "datasets", help="Of the networks trained here.")
    ] = "digits"  # fmt: skip
    epochs: Annotated[int, Number("Epochs", 1, 50, log=True)] = 4


METRICS = (
    Metric("roughness_left", "Not convex, left", ".0%"),
    Metric("roughness_right", "Not convex, right", ".0%"),
    Metric("seconds_to_first_surface", "First surface", ".1f", "s", timed=True),
    Metric("seconds", "All", ".0f", "s", timed=True),
    Metric("grid", "Points a side", "d", shown=False),
    Metric("loss_centre", "Loss at the centre, left and right", ".3f", shown=False),
    Metric("roughness", "Share of the slice that is not convex, left and right", shown=False),
    Metric("path_share", "Variance of the path in its plane, left and right", shown=False),
    Metric("random_share", "Variance of the path in the random plane", ".1e", shown=False),
    Metric("seconds_training", "Seconds of training, previews included", shown=False, timed=True),
)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Networks are trained, or taken from the shelf; then their slices go from coarse to fine."""
    now, begun = knobs.now, knobs.clock()
    points = now.grid // 4 * 4 + 1
    yield Frame(status="loading", metrics={"grid": points})
    breath = knobs.every(BREATH)
    seen = False
    if now.models:
        subjects = [from_shelf(workspace, name, now.images) for name in now.models]
        landscape = Landscape(subjects, points, workspace.seed)
    else:
        data = workspace.data(now.data)
        training = Training(data, now.depth, now.epochs, now.images, workspace.seed)
        landscape = Landscape(training.subjects, points, workspace.seed)
        due = list(PREVIEWS)
        for done in training.run():
            if due and done >= due[0]:
                due.pop(0)
                training.check()
                yield from landscape.preview(knobs.now.pair)
                yield landscape.shown(
                    f"training, {done:.0%}: the landscapes of the networks as they are now"
                )
                if not seen:
                    seen = True
                    yield Frame(metrics={"seconds_to_first_surface": knobs.clock() - begun})
            elif breath.due():
                yield Frame(progress=TRAINED * done, status=f"training both networks, {done:.0%}")
        yield Frame(metrics={"seconds_training": knobs.clock() - begun})
        landscape.trained()
    begin = progress = 0.0 if now.models else TRAINED
    while True:
        pair, shown = knobs.now.pair, knobs.every(LOOK)
        for share in landscape.measure(pair):
            if knobs.now.pair != pair:
                break
            if not seen and landscape.whole:
                seen = True
                yield Frame(metrics={"seconds_to_first_surface": knobs.clock() - begun})
            # Another pair begins again, and progress never falls.
            progress = max(progress, begin + (1 - begin) * share)
            if shown.due():
                yield landscape.shown(f"{share:.0%} of the points", progress)
            elif breath.due():
                yield Frame(progress=progress)
        else:
            yield landscape.shown(landscape.outcome(), 1.0)
            yield Frame(metrics={**landscape.figures(), "seconds": knobs.clock() - begun})
            while knobs.now.pair == pair:
                yield Frame(rest=True)
            begun = knobs.clock()


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Above: the loss around the trained weights along two random directions, in which each "
    "filter moves by up to its own length (filter-normalised). All slices have one logarithmic "
    "scale, cut at ten times the loss of guessing: is it a bowl, or are there plateaus and ridges? "
    "Below: the training path in the plane of its two principal directions, to its end. Heights "
    "are those of the plane, not of the networks on the path; batch normalisation keeps the "
    "statistics of the trained network. T turns a surface.",
    source="Li et al., 2018",
    metrics=METRICS,
    seeded=True,
    quick={"depth": 8, "grid": 9, "images": 20, "epochs": 1},
    main="left",
)
