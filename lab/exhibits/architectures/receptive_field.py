"""Receptive fields: what a unit can see of the image, and what it really depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, Value
from lab.exhibits.architectures import _receptive_field_backbones as backbones
from lab.exhibits.architectures import _receptive_field_stacks as stacks
from lab.exhibits.architectures._receptive_field_cards import by_layer
from lab.exhibits.architectures._receptive_field_measured import Session
from lab.networks import model_names, models
from lab.parameters import AUTO, Choice, Number, Several, When
from lab.payloads import Curve, Overlay, Payload, Pictures, Table
from lab.structure.effective_fields import exponent, stack_sigma
from lab.workspace import Workspace

INPUTS = {"noise": "Random images", "picture": "The image"}
UNTRAINED = {
    f"{name}:untrained": f"{title}, initial weights" for name, title in backbones.TITLES.items()
}
# Depths of the stacks on which the growth of the effective field is measured.
GROWTH = (8, 16, 32)


@dataclass(frozen=True)
class Parameters:
    """The network, the unit, and the lecture's question."""

    model: Annotated[
        str, Choice("Model", "models", also=UNTRAINED, help="Or drop a .safetensors.")
    ] = "efficientnet_lite0"
    layer: Annotated[
        str, Choice("Layer", "units", of="model", auto="Field within the image", live=True)
    ] = AUTO
    channel: Annotated[int, Number("Channel", -1, 8191, live=True, auto="All channels")] = -1
    inputs: Annotated[
        str, Choice("Gradient at", INPUTS, live=True, help="Its mean over the images is shown.")
    ] = "noise"
    samples: Annotated[
        int, Number("Random images", 1, 64, log=True, live=True, when=When("inputs", "noise"))
    ] = 8
    question: Annotated[str, Choice("Which kernels?", stacks.QUESTIONS, live=True)] = "two"
    back: Annotated[
        int, Number("Layers back", 0, stacks.DEEPEST, live=True, help="Of the drawn stacks.")
    ] = stacks.DEEPEST
    channels: Annotated[int, Number("Channels of the stacks", 1, 1024, log=True, live=True)] = 256
    compared: Annotated[
        tuple[str, ...], Several("Backbones", backbones.TITLES, auto="All of the lecture's")
    ] = ()
    row: Annotated[
        int,
        Number("Backbone in the curve", -1, len(backbones.TITLES) - 1, live=True, auto="None",
               help="Row of the table. Or click one."),
    ] = -1  # fmt: skip
    across: Annotated[int, Number("Column of the unit", -1, 4095, pointed=True, live=True)] = -1
    down: Annotated[int, Number("Row of the unit", -1, 4095, pointed=True, live=True)] = -1


POINTS = ("across", "down")
OUTPUTS = (
    Output("field", Overlay, "Effective field in the theoretical one (point at a unit)",
           (0, 0, 5, 4), points=POINTS),
    Output("initial", Overlay, "Initial weights: effective field", (0, 4, 5, 4), points=POINTS),
    Output("layers", Curve, "Field by layer, and the size of the image", (0, 8, 5, 4),
           x="layers with weights so far", y="edge of the field, px"),
    Output("profile", Curve, "Profile of the effective field", (5, 0, 5, 3),
           x="column, px", y="gradient"),
    Output("backbones", Table, "From which layer (of all) is the entire input seen?", (5, 3, 5, 5),
           picks="row"),
    Output("stacks", Pictures, "Two 3 × 3 or one 5 × 5, layer by layer", (5, 8, 5, 4)),
)  # fmt: skip

METRICS = (
    Metric("receptive_field", "Theoretical field", "d", "px"),
    Metric("effective_field", "Effective field (95 %)", ".0f", "px"),
    Metric("share_of_image", "Theoretical, of the image", ".0%"),
    Metric("effective_share", "Effective, of the theoretical", ".0%"),
    Metric("initial_effective_field", "Effective, initial", ".0f", "px", shown=False),
    Metric("sigma", "σ of the effective field", ".1f", "px", shown=False),
    Metric("gaussian_overlap", "Covered by a Gaussian", ".0%", shown=False),
    Metric("growth", "Effective field of n layers: power of n", ".2f", shown=False),
    Metric("weights_saved", "Weights saved by the stack", ".0%", shown=False),
    Metric("seeing", "Backbones whose maps see all of the input", "d", shown=False),
)


def wanted(now: Parameters) -> tuple[object, ...]:
    """What the cards of the unit depend on."""
    return now.layer, now.channel, now.inputs, now.samples, now.across, now.down


class Story:
    """What is shown by now, and the frames that bring it up to date with the parameters."""

    def __init__(self, knobs: Knobs[Parameters]) -> None:
        self._knobs = knobs
        self._unit: tuple[object, ...] = ()
        self._rest: tuple[object, ...] = ()
        self.session: Session | None = None
        self.names = knobs.now.compared or backbones.NAMES
        self.known = 0
        self.shares: Mapping[str, float] = {}

    def answers(self) -> Iterator[Frame]:
        """Frames until all that is asked for is shown."""
        while True:
            now = self._knobs.now
            frame = self._others(now)
            if self.session is None or self._unit == wanted(now):
                if frame.outputs:
                    yield frame
                return
            self._unit = wanted(now)
            for part in self.session.measure(now):
                yield frame.then(part)
                frame = Frame()
                if wanted(self._knobs.now) != self._unit:
                    break

    def _others(self, now: Parameters) -> Frame:
        """All cards but those of the unit, where they have changed."""
        session = self.session
        edges = sum(map(len, session.edges.values())) if session else 0
        asked = (now.question, now.back, now.channels, now.row, now.layer)
        state = (*asked, self.known, len(self.shares), edges, session is None)
        if state == self._rest:
            return Frame()
        self._rest = state
        drawn = stacks.drawn(now.question, now.back, now.channels)
        outputs: dict[str, Payload] = {"stacks": drawn}
        metrics: dict[str, Value] = {"weights_saved": stacks.saved(now.question, now.channels)}
        row = min(now.row, len(self.names) - 1)
        if session:
            other = None
            if row >= 0:
                name = self.names[row]
                other = backbones.TITLES[name], backbones.coverage(name).sizes
            layer = session.unit(now).layer
            outputs["layers"] = by_layer(session.network, layer, session.edges, other)
        if self.known:
            names = self.names[: self.known]
            outputs["backbones"] = backbones.table(names, self.shares, row)
            metrics["seeing"] = sum(backbones.seeing(name) for name in names)
        return Frame(outputs, metrics)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The chosen unit first, then its network's layers, then the backbones of the lecture."""
    story = Story(knobs)
    yield from story.answers()
    now = knobs.now
    yield Frame(status=f"loading {now.model}", progress=0.0)
    shelf, device = workspace.shelf, workspace.device
    model = shelf.get(now.model, device)
    if now.model.endswith(model_names.UNTRAINED):
        again = replace(model.card, seed=model.card.seed + 1)
        other = models.build(again).to(device).frozen()
    else:
        other = shelf.untrained(now.model, device)
    story.session = session = Session(model, other, workspace.picture, workspace.seed)
    title = model.card.title
    yield from story.answers()
    deepened = list(session.chosen())
    for number, _ in enumerate(session.deepen(), 1):
        yield from story.answers()
        yield Frame(status=f"{title}: layer by layer", progress=0.3 * number / len(deepened) / 2)
    for number in range(1, len(story.names) + 1):
        backbones.coverage(story.names[number - 1])
        story.known = number
        yield from story.answers()
        done = number / len(story.names)
        yield Frame(status="theoretical fields of the backbones", progress=0.3 + 0.2 * done)
    widths = [stack_sigma(depth) for depth in GROWTH]
    power = exponent(GROWTH, widths)
    yield Frame(metrics={"growth": power})
    law = f"measured on n random 3 × 3 layers: effective field ∝ n^{power:.2f}, theoretical ∝ n"
    if knobs.by_itself:
        yield Frame(status=f"{law}. Run: the effective fields of all backbones", progress=1.0)
    else:
        steps = backbones.measured(story.names, workspace.seed)
        for shares, done in steps:
            story.shares = shares
            yield from story.answers()
            yield Frame(status="effective fields of the backbones", progress=0.5 + 0.5 * done)
        yield Frame(status=law, progress=1.0)
    while True:
        yield from story.answers()
        yield Frame(rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The box is the theoretical receptive field: what the unit can depend on. The heat is "
    "the effective one: how much the unit changes with each pixel (mean absolute gradient). It is "
    "a blob in the middle, and training changes it. Point at the image to choose the unit. "
    "Decision-making neurons should see the entire input: the table says from which layer on the "
    "middle unit and every unit do, and which part of the field of the last maps holds 95 % of "
    "their gradient at first. Two 3 × 3 see as much as one 5 × 5, with fewer weights.",
    source="Luo et al., 2016 (effective field); Araujo et al., 2019 (theoretical); "
    "Simonyan and Zisserman, 2015 (3 × 3)",
    metrics=METRICS,
    pictures=1,
    follows=True,
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "samples": 2, "compared": ("squeezenet1_1",)},
    picture="astronaut",
    main="field",
)
