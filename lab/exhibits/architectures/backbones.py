"""Backbones: every architecture of the lecture, open on the table: graph, layers, costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.architectures import _backbones_cards as cards
from lab.exhibits.architectures import _backbones_overview as overview
from lab.exhibits.architectures import _backbones_passes as passes
from lab.exhibits.architectures._backbones_cards import Opened
from lab.exhibits.architectures._backbones_passes import Passes
from lab.parameters import AUTO, Choice, Number
from lab.payloads import Graph, Payload, Pictures, Scatter, Table
from lab.structure.families import NETWORKS
from lab.workspace import Workspace

NONE = "none"


@dataclass(frozen=True)
class Parameters:
    """The network, another beside it, the layer whose maps are shown."""

    network: Annotated[str, Choice("Network", NETWORKS, help="Or click one in the plot.")] = (
        "resnet18"
    )
    compared: Annotated[str, Choice("Compared with", {NONE: "Nothing"} | dict(NETWORKS))] = "vgg16"
    layer: Annotated[
        str,
        Choice(
            "Layer",
            "operations",
            of="network",
            auto="First layer with weights",
            live=True,
            help="Whose feature maps are shown. Or click one in the graph or the table.",
        ),
    ] = AUTO
    over: Annotated[
        str,
        Choice(
            "Accuracy against",
            overview.AXES,
            live=True,
            help="Depth is read from all 80 networks, which takes some seconds.",
        ),
    ] = "multiply_adds"
    weights: Annotated[
        str,
        Choice(
            "Weights",
            {
                AUTO: "ImageNet's where here, else fresh",
                "fresh": "Fresh (random)",
                NONE: "None: structure alone",
            },
            help="Large networks get theirs when Run is pressed.",
        ),
    ] = AUTO
    size: Annotated[int, Number("Image size", 0, 1024, unit="px", auto="the network's own")] = 0


OUTPUTS = (
    Output("graph", Graph, "Network (a click opens a module)", (0, 0, 4, 12), picks="layer"),
    Output("other", Graph, "Compared network", (4, 0, 3, 12)),
    Output("layers", Table, "Layers (click one)", (7, 0, 5, 7), picks="layer"),
    Output("maps", Pictures, "Feature maps of the layer", (7, 7, 5, 5)),
    Output("comparison", Table, "Side by side", (12, 0, 5, 5)),
    Output("plot", Scatter, "Published ImageNet accuracy (click a network)", (12, 5, 5, 7),
           picks="network", y="top-1 accuracy (%)", log_x=True),
    Output("flow", Pictures, "The image flows through: strongest feature map, step by step",
           (17, 0, 3, 12)),
    Output("families", Table, "All networks, by year (click one)", (20, 0, 5, 12),
           picks="network"),
)  # fmt: skip

METRICS = (
    Metric("parameters", "Parameters", ",d"),
    Metric("multiply_adds", "Multiply-adds", ",d"),
    Metric("layers", "Layers", "d"),
    Metric("receptive_field", "Receptive field", "d", "px"),
    Metric("milliseconds", "Forward pass", ".1f", "ms", timed=True),
)


class Story:
    """Two networks, and what was done with them so far."""

    def __init__(self, knobs: Knobs[Parameters], workspace: Workspace) -> None:
        self.knobs, self.workspace, self.now = knobs, workspace, knobs.now
        self.first: Opened = cards.opened(self.now.network, self.now.size)
        self.both = [self.first]
        self.passes: Passes | None = None
        self.milliseconds: list[float | None] = [None, None]
        self.depths: dict[str, int] = {}

    def structure(self) -> Iterator[Frame]:
        """Graph and table of the network, then the other one, then all of them."""
        yield self.layer_frame()
        trace = self.first.trace
        yield Frame(
            metrics={
                "parameters": trace.parameters,
                "multiply_adds": trace.multiply_adds,
                "layers": trace.layers,
                "receptive_field": self.first.receptive_field,
            },
            status=f"{self.first.title}: {len(trace.operations) - 1} operations, no weights loaded",
        )
        other: Graph = Graph({})
        if self.now.compared != NONE:
            self.both.append(cards.opened(self.now.compared, self.now.size))
            other = cards.graph(self.both[1])
        yield Frame({"other": other, "comparison": self.comparison()})
        yield Frame({"families": overview.table(self.now.network), "plot": self.plot()})

    def comparison(self) -> Table:
        """The networks side by side."""
        return cards.comparison(self.both, self.milliseconds[: len(self.both)])

    def plot(self) -> Scatter:
        """All networks by accuracy."""
        return overview.plot(self.knobs.now.over, self.now.network, self.depths)

    def layer_frame(self) -> Frame:
        """Graph and table with the chosen layer marked, and its feature maps."""
        operation = self.first.operation(self.knobs.now.layer)
        outputs: dict[str, Payload] = {
            "graph": cards.graph(self.first, operation.name),
            "layers": cards.layer_table(self.first, operation.name),
        }
        if self.passes and (maps := self.passes.maps(operation.name)):
            outputs["maps"] = self.passes.channels(operation, maps)
        return Frame(outputs)

    def waits(self) -> str:
        """Why the image does not run through the network yet; empty where it does."""
        now, first = self.now, self.first
        if now.weights == NONE:
            return "structure alone: choose other weights to run the image through it"
        if why := passes.too_large(first):
            return f"{why}: the image is not run through it"
        if first.trace.parameters <= passes.SMALL or now.weights == "fresh":
            return ""
        if self.knobs.by_itself:
            return f"its weights take {first.megabytes:,.0f} MB: press Run for its feature maps"
        if not self.knobs.attended:
            return f"its weights take {first.megabytes:,.0f} MB: choose weights=fresh to make them"
        return ""

    def image(self) -> Iterator[Frame]:
        """The image runs through the network."""
        if why := self.waits():
            yield Frame(status=f"{self.first.title}: {why}")
            return
        yield Frame(status=f"{self.first.title}: one forward pass")
        classifier = passes.with_weights(self.first, self.workspace, self.now.weights == "fresh")
        self.passes = Passes(self.first, classifier, self.workspace)
        frame = self.layer_frame()
        title, weights = self.first.title, self.passes.weights
        yield frame.then(Frame({"flow": self.passes.strip()}, status=f"{title}, {weights}"))

    def measure(self) -> Iterator[Frame]:
        """Both networks, each with fresh weights, pass by pass."""
        for i, network in enumerate(self.both):
            if why := passes.too_large(network):
                yield Frame(status=f"not measured: {why}")
                continue
            yield Frame(status=f"measuring {network.title}")
            model = passes.with_weights(network, self.workspace, fresh=True)
            image = model.prepare(self.workspace.picture.pixels, network.edge)
            for milliseconds in passes.timed(model, image, self.knobs.clock):
                self.milliseconds[i] = milliseconds
                yield Frame()
            ms = self.milliseconds[i] or 0.0
            metrics = {"milliseconds": ms} if i == 0 else {}
            yield Frame({"comparison": self.comparison()}, metrics, f"{network.title}: {ms:.1f} ms")


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Structure first; then the image, where the weights are small or were asked for."""
    yield Frame(status=f"reading {NETWORKS[knobs.now.network]}")
    story = Story(knobs, workspace)
    yield from story.structure()
    yield from story.image()
    yield Frame(progress=1.0)
    shown = knobs.now
    pace = knobs.every(0.3)
    while True:
        now = knobs.now
        if now.layer != shown.layer:
            yield story.layer_frame()
        if now.over != shown.over:
            yield Frame({"plot": story.plot()})
        shown = now
        if knobs.take("measure"):
            yield from story.measure()
        if now.over == "layers" and next(overview.depths(story.depths), True) is None:
            yield Frame({"plot": story.plot()} if pace.due() else {})
            continue
        outputs = {"plot": story.plot()} if now.over == "layers" else {}
        yield Frame(outputs, rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Every architecture of the lecture, taken apart without its weights: a box is a module "
    "that a click opens, a long line past it is a skip connection. Look where the parameters are "
    "(VGG: the linear layers) and where the multiply-adds are (the first convolutions).",
    source="Krizhevsky et al., 2012; Simonyan and Zisserman, 2014; Szegedy et al., 2014; He et "
    "al., 2015; the papers of each family in its table",
    metrics=METRICS,
    actions=(
        Action("measure", "Measure speed", "A forward pass of one image here, fresh weights"),
    ),
    pictures=1,
    follows=True,
    seeded=True,
    quick={"network": "squeezenet1_1", "compared": "alexnet_slide", "size": 0},
    picture="chelsea",
    main="graph",
)
