"""Inception: kernels of several sizes in parallel, and what 1 x 1 convolutions before them save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.architectures import _inception_cards as cards
from lab.parameters import Choice, Number
from lab.payloads import Bars, Graph, Pictures
from lab.structure.inception import GOOGLENET, Widths, cost
from lab.workspace import Workspace

DEFAULT, SIZE = GOOGLENET["3a"]
FIXED = "fixed"


@dataclass(frozen=True)
class Parameters:
    """The widths of the module: by default those of GoogLeNet's first, inception 3a."""

    inputs: Annotated[int, Number("Input depth", 1, 1024, log=True, live=True)] = DEFAULT.inputs
    one: Annotated[
        int, Number("1 × 1: output depth", 1, 512, log=True, live=True)
    ] = DEFAULT.one  # fmt: skip
    three_reduced: Annotated[
        int,
        Number("3 × 3: reduced depth", 1, 512, log=True, live=True,
               help="Channels that the 1 × 1 convolution before it leaves."),
    ] = DEFAULT.three_reduced  # fmt: skip
    three: Annotated[
        int, Number("3 × 3: output depth", 1, 512, log=True, live=True)
    ] = DEFAULT.three  # fmt: skip
    five_reduced: Annotated[
        int,
        Number("5 × 5: reduced depth", 1, 512, log=True, live=True,
               help="Channels that the 1 × 1 convolution before it leaves."),
    ] = DEFAULT.five_reduced  # fmt: skip
    five: Annotated[
        int, Number("5 × 5: output depth", 1, 512, log=True, live=True)
    ] = DEFAULT.five  # fmt: skip
    pool: Annotated[
        int, Number("Pooling: output depth", 1, 512, log=True, live=True)
    ] = DEFAULT.pool  # fmt: skip
    size: Annotated[
        int,
        Number("Height and width", 7, 112, unit="px", live=True,
               help="Of the feature maps: 28 in inception 3a, 7 in 5b."),
    ] = SIZE  # fmt: skip
    weights: Annotated[
        str,
        Choice("Feature maps of", {FIXED: "Fixed filters", "googlenet": "GoogLeNet, inception 3a"},
               live=True, help="GoogLeNet has fresh random weights until its own are downloaded."),
    ] = FIXED  # fmt: skip
    across: Annotated[int, Number("Window: column", -1, 1023, pointed=True, live=True)] = -1
    down: Annotated[int, Number("Window: row", -1, 1023, pointed=True, live=True)] = -1

    @property
    def widths(self) -> Widths:
        """The widths alone."""
        return Widths(
            self.inputs, self.one, self.three_reduced, self.three, self.five_reduced, self.five,
            self.pool,
        )  # fmt: skip


OUTPUTS = (
    Output("windows", Pictures, "What each kernel sees", (0, 0, 7, 3), points=("across", "down")),
    Output("maps", Pictures, "Feature maps, concatenated in depth", (0, 3, 16, 4)),
    Output("module", Graph, "Inception module: shapes and multiply-adds", (0, 7, 16, 5)),
    Output("blocks", Pictures,
           "1 × 1 convolution: preserves the spatial dimensions, changes the depth", (16, 3, 8, 9)),
    Output("cost", Bars, "Multiply-adds, parameters", (7, 0, 7, 3)),
    Output("googlenet", Bars, "GoogLeNet's nine modules", (14, 0, 10, 3)),
)  # fmt: skip

METRICS = (
    Metric("multiply_adds", "Multiply-adds", ",.0f"),
    Metric("multiply_adds_without", "Without reductions", ",.0f"),
    Metric("saving", "Saving", ".1f", "×"),
    Metric("saving_5x5", "Saving, 5 × 5 branch", ".1f", "×"),
    Metric("parameters", "Parameters", ",.0f", shown=False),
    Metric("parameters_without", "Parameters without reductions", ",.0f", shown=False),
    Metric("depth", "Output depth", "d", shown=False),
    Metric("depth_naive", "Output depth without the 1 × 1 after the pooling", "d", shown=False),
    Metric("saving_googlenet", "Saving, all nine modules", ".1f", "×", shown=False),
)


def arithmetic(now: Parameters, before: str = "") -> Frame:
    """The module's graph, its bars and its metrics: no image is needed. before: of the status."""
    with_, without = (cost(now.widths, now.size, reduced) for reduced in (True, False))
    nine, saving = cards.all_modules()
    five = (found.multiply_adds["5 × 5"] for found in (without, with_))
    return Frame(
        {
            "module": cards.module_graph(now.widths, now.size),
            "cost": cards.compared(with_, without),
            "googlenet": nine,
        },
        {
            "multiply_adds": with_.total,
            "multiply_adds_without": without.total,
            "saving": without.total / with_.total,
            "saving_5x5": next(five) / next(five),
            "parameters": with_.parameters,
            "parameters_without": without.parameters,
            "depth": now.widths.outputs,
            "depth_naive": now.widths.naive,
            "saving_googlenet": saving,
        },
        before + cards.told(now.widths, with_, without),
        1.0,
    )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """All cards at once; then whatever is turned, and the pixel under the pointer."""
    pixels = workspace.picture.pixels
    yield Frame(status=f"reading {workspace.picture.name}")
    network: cards.GoogLeNet | None = None
    while True:
        now = knobs.now
        image = cards.squared(pixels, now.size)
        if now.weights == FIXED:
            maps, weights, status = cards.fixed_maps(image), "fixed filters", ""
        else:
            if network is None:
                yield Frame(status="loading GoogLeNet")
                network = cards.GoogLeNet(workspace)
            maps, weights, status = network.maps(pixels), network.weights, network.status
        at = cards.place(now.across, now.down, now.size)
        shown = {
            "windows": cards.windows(image, at),
            "maps": cards.feature_maps(image, at, maps, weights),
            "blocks": cards.blocks(image, maps, now.widths, now.size),
        }
        yield arithmetic(now, status).then(Frame(shown, rest=True))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Kernels of different sizes in parallel capture structures of different sizes: point "
    "at the image. A 1 × 1 convolution before a large kernel leaves height and width as they are "
    "and reduces the depth: that saves the multiply-adds (M: millions). At first it is GoogLeNet's "
    "inception 3a, as in the paper.",
    source="Szegedy et al., 2015 (GoogLeNet); Lin et al., 2014 (1 × 1 convolution)",
    metrics=METRICS,
    pictures=1,
    follows=True,
    lively=True,
    picture="chelsea",
    main="maps",
)
