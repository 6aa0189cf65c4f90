"""Backbones: every architecture of the lecture, open on the table: graph, layers, costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.architectures import _backbones_cards as cards
from lab.exhibits.architectures import _backbones_overview as overview
from lab.exhibits.architectures import _backbones_passes as passes
from lab.exhibits.architectures._backbones_cards import Opened
from lab.exhibits.architectures._backbones_passes import Passes
from lab.parameters import AUTO, Choice, Number, Switch
from lab.payloads import Graph, Payload, Pictures, Scatter, Table
from lab.structure.families import NETWORKS, pairs
from lab.workspace import Workspace

NONE = "none"
OFFERED = {name: f"{each.networks[name]} ({each.year})" for each, name in pairs()}


# Seconds between the cards: the window takes in one large one at a time.
APART = 0.05


@dataclass(frozen=True)
class Parameters:
    """The network, another beside it, the layer whose maps are shown."""

    network: Annotated[str, Choice("Network", OFFERED, help="Or click one in the plot.")] = (
        "resnet18"
    )
    compared: Annotated[str, Choice("Compared with", {NONE: "Nothing"} | OFFERED)] = "vgg16"
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
                AUTO: "ImageNet's, else fresh",
                "fresh": "Fresh (random)",
                NONE: "None: structure alone",
            },
            help="ImageNet's where they are on this machine. Large ones wait for Run.",
        ),
    ] = AUTO
    speed: Annotated[
        bool,
        Switch(
            "Measure speed",
            live=True,
            help="Forward passes of one image on this machine, with fresh weights.",
        ),
    ] = False
    size: Annotated[int, Number("Image size", 0, 1024, unit="px", auto="the network's own")] = 0


OUTPUTS = (
    Output("graph", Graph, "Network (a click opens a module)", (0, 0, 24, 6), picks="layer"),
    Output("other", Graph, "Compared network", (0, 6, 24, 6)),
    Output("plot", Scatter, "Published accuracy against cost (click one)", (24, 7, 18, 5),
           picks="network", y="top-1 (%)", log_x=True),
    Output("layers", Table, "Layers (click one)", (24, 0, 18, 7), picks="layer"),
    Output("comparison", Table, "Side by side", (42, 0, 18, 4)),
    Output("maps", Pictures, "Feature maps of the layer", (42, 4, 18, 4)),
    Output("flow", Pictures, "The image flows through", (42, 8, 18, 4)),
)  # fmt: skip

METRICS = (
    Metric("parameters", "Parameters", ",d"),
    Metric("multiply_adds", "Multiply-adds", ",d"),
    Metric("layers", "Layers", "d"),
    Metric("receptive_field", "Receptive field", "d", "px"),
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
        # What is shown by now of the live parameters.
        self.layer, self.over = AUTO, ""

    def structure(self) -> Iterator[Frame]:
        """Graph and table of the network, then the other one, then all of them."""
        trace = self.first.trace
        figures = {
            "parameters": trace.parameters,
            "multiply_adds": trace.multiply_adds,
            "layers": trace.layers,
            "receptive_field": self.first.receptive_field,
        }
        count = len(trace.operations) - 1
        status = f"{self.first.title}: {count} operations, read without its weights"
        yield self.layer_frame().then(Frame(metrics=figures, status=status, after=APART))
        other: Graph = Graph({})
        if self.now.compared != NONE:
            self.both.append(cards.opened(self.now.compared, self.now.size))
            other = cards.graph(self.both[1])
        yield Frame({"other": other, "comparison": self.comparison()}, after=APART)
        yield Frame({"plot": self.plot()})

    def comparison(self) -> Table:
        """The networks side by side."""
        return cards.comparison(self.both, self.milliseconds[: len(self.both)])

    def plot(self) -> Scatter:
        """All networks by accuracy."""
        self.over = self.knobs.now.over
        return overview.plot(self.over, self.now.network, self.depths)

    def layer_frame(self) -> Frame:
        """Graph and table with the chosen layer marked, and its feature maps."""
        self.layer = self.knobs.now.layer
        operation = self.first.operation(self.layer)
        outputs: dict[str, Payload] = {
            "graph": cards.graph(self.first, operation.name),
            "layers": cards.layer_table(self.first, operation.name),
        }
        if self.passes and (maps := self.passes.maps(operation.name)):
            outputs["maps"] = self.passes.channels(operation, maps)
        return Frame(outputs)

    def waits(self, network: Opened) -> str:
        """Why no weights are made for a network yet; empty where they are."""
        if why := passes.too_large(network):
            return why
        if network.trace.parameters <= passes.SMALL or self.now.weights == "fresh":
            return ""
        takes = f"its weights take {network.megabytes:,.0f} MB"
        if self.knobs.by_itself:
            return f"{takes}: press Run for its feature maps and its speed"
        if not self.knobs.attended:
            return f"{takes}: choose weights=fresh to make them"
        return ""

    def image(self) -> Iterator[Frame]:
        """The image runs through the network."""
        title = self.first.title
        if self.now.weights == NONE:
            yield Frame(status=f"{title}: structure alone; choose weights for the image")
            return
        if why := self.waits(self.first):
            yield Frame(status=f"{title}: {why}")
            return
        yield Frame(status=f"{title}: one forward pass")
        classifier = passes.with_weights(self.first, self.workspace, self.now.weights == "fresh")
        self.passes = Passes(self.first, classifier, self.workspace)
        frame = self.layer_frame()
        flow = Frame({"flow": self.passes.strip()}, status=f"{title}, {self.passes.weights}")
        yield frame.then(flow)

    def measure(self) -> Iterator[Frame]:
        """Both networks, each with fresh weights, pass by pass."""
        for i, network in enumerate(self.both):
            if why := self.waits(network):
                yield Frame(status=f"{network.title}: {why}")
                continue
            yield Frame(status=f"{network.title}: measuring its speed")
            model = passes.with_weights(network, self.workspace, fresh=True)
            image = model.prepare(self.workspace.picture.pixels, network.edge)
            for milliseconds in passes.timed(model, image, self.knobs.clock):
                self.milliseconds[i] = milliseconds
                yield Frame()
            status = f"{network.title}: {self.milliseconds[i]:.1f} ms for a forward pass here"
            yield Frame({"comparison": self.comparison()}, status=status)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Structure first; then the image, where the weights are small or were asked for."""
    yield Frame(status=f"reading {NETWORKS[knobs.now.network]}")
    story = Story(knobs, workspace)
    yield from story.structure()
    yield from story.image()
    pace = knobs.every(0.3)
    measured = False
    while True:
        frame = Frame(progress=1.0)
        if knobs.now.layer != story.layer:
            frame = frame.then(story.layer_frame())
        if knobs.now.over != story.over:
            frame = frame.then(Frame({"plot": story.plot()}))
        yield frame
        if knobs.now.speed and not measured:
            yield from story.measure()
        measured = knobs.now.speed
        if story.over == "layers" and next(overview.depths(story.depths), True) is None:
            yield Frame({"plot": story.plot()} if pace.due() else {})
            continue
        outputs = {"plot": story.plot()} if story.over == "layers" else {}
        yield Frame(outputs, rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Every architecture of the lecture, taken apart without its weights: a box is a module "
    "that a click opens, an orange line past it a skip connection. Look where the parameters are "
    "(VGG: in the linear layers) and where the multiply-adds are (in the convolutions), and what "
    "ten years gained in accuracy for the same cost.",
    source="Krizhevsky et al., 2012; Simonyan and Zisserman, 2014; Szegedy et al., 2014; He et "
    "al., 2015; and the paper that stands above each network",
    metrics=METRICS,
    pictures=1,
    follows=True,
    seeded=True,
    quick={"network": "squeezenet1_1", "compared": "squeezenet1_0"},
    picture="chelsea",
    main="graph",
)
