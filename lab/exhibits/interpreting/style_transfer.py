"""Neural style transfer: the content of one image in the style of another, by optimisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from lab.errors import UserError
from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output, PictureSlot
from lab.exhibits.interpreting._style_transfer_cards import StyleCards
from lab.exhibits.interpreting._style_transfer_losses import LossLog
from lab.media.pictures import STYLES, Picture, written
from lab.parameters import AUTO, Choice, Number, Several, Switch
from lab.payloads import Bars, Curve, Pictures
from lab.style.features import POOLINGS
from lab.style.layers import by_default
from lab.style.neural_style import OPTIMISERS, STARTS, StyleObjective, StyleTransfer, plan
from lab.system.clock import rate
from lab.system.saving import LONGEST
from lab.workspace import Workspace

# Seconds between two updates of the output image.
LOOK = 0.08
# A parameter changed after the end gets this share of the evaluations again.
AGAIN = 0.25
# Images kept for the optimisation history.
KEPT = 18


@dataclass(frozen=True)
class Parameters:
    """Weights, layers and optimiser; most of them are live."""

    model: Annotated[
        str, Choice("Model", "models", auto="Automatic",
                    help="VGG-19 once it is downloaded, else EfficientNet.")
    ] = AUTO  # fmt: skip
    style_weight: Annotated[
        float, Number("Style weight", 0, 1000, log=True, live=True, form=".3g")
    ] = 20.0
    content_weight: Annotated[
        float, Number("Content weight", 0, 100, log=True, live=True, form=".2g")
    ] = 1.0
    variation_weight: Annotated[
        float,
        Number("Total-variation weight", 0, 1000, log=True, live=True, form=".2g",
               help="Higher: smoother."),
    ] = 5.0  # fmt: skip
    scale: Annotated[float, Number("Style scale", 0.25, 2, step=0.05, live=True, form=".2f")] = 1.0
    blend: Annotated[
        float,
        Number("Style blend", 0, 1, step=0.01, live=True, form=".0%", help="Of the second style."),
    ] = 0.0
    keep_colour: Annotated[bool, Switch("Preserve the content's colours", live=True)] = False
    moment: Annotated[
        int,
        Number(
            "Optimisation history",
            0,
            KEPT,
            live=True,
            transient=True,
            help="Or click an image of it.",
        ),
    ] = KEPT
    size: Annotated[int, Number("Longer edge", 64, 1024, step=64, unit="px")] = 384
    evaluations: Annotated[int, Number("Evaluations", 4, 2000, log=True)] = 160
    start: Annotated[str, Choice("Initial image", STARTS)] = "content"
    optimiser: Annotated[str, Choice("Optimiser", OPTIMISERS, live=True)] = "lbfgs"
    pooling: Annotated[
        str, Choice("Pooling", {name: name.capitalize() for name in POOLINGS},
                    help="Average pooling gives smoother images (Gatys et al., 2015).")
    ] = "max"  # fmt: skip
    style_layers: Annotated[
        tuple[str, ...],
        Several("Style layers", "layers", of="model", live=True, auto="Early to middle"),
    ] = ()
    content_layers: Annotated[
        tuple[str, ...],
        Several("Content layers", "layers", of="model", live=True, auto="One later layer"),
    ] = ()


OUTPUTS = (
    Output("content", Pictures, "Content image", (0, 0, 8, 3)),
    Output("canvas", Pictures, "Output image", (0, 3, 8, 6)),
    Output("style", Pictures, "Style image", (0, 9, 8, 3)),
    Output("losses", Curve, "Content, style and total-variation loss (relative)", (8, 0, 5, 5),
           x="evaluation", y="relative loss", log_y=True, y_range=(0.001, 2)),
    Output("layers", Bars, "Style loss per layer (relative)", (8, 5, 5, 3), x="relative loss"),
    Output("history", Pictures, "Optimisation history (click an image)", (8, 8, 5, 4),
           picks="moment"),
)  # fmt: skip

METRICS = (
    Metric("style_loss_start", "Initial style loss"),
    Metric("style_loss", "Style loss", ".4f"),
    Metric("content_loss", "Content loss"),
    Metric("evaluations", "Evaluations", "d"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
    Metric("seconds_to_preview", "First preview", ".1f", "s", timed=True),
)


def objective_of(
    now: Parameters, otherwise: tuple[tuple[str, ...], tuple[str, ...]]
) -> StyleObjective:
    """The objective of now. otherwise: (style, content) layers where none are chosen."""
    return StyleObjective(
        now.style_layers or otherwise[0],
        now.content_layers or otherwise[1],
        now.style_weight,
        now.content_weight,
        now.variation_weight,
        now.scale,
        now.blend,
        now.keep_colour,
        now.optimiser,
    )


class StyleTransferReport:
    """Optimises the output image, and makes frames from its state."""

    def __init__(
        self,
        painting: StyleTransfer,
        content: Picture,
        styles: tuple[Picture, Picture],
        clock: Callable[[], float],
    ) -> None:
        self.painting = painting
        self._content, self._styles = content, styles
        self._cards = StyleCards(content, styles, KEPT)
        self._losses = LossLog()
        self._clock, self._spent = clock, 0.0

    def evaluate(self, objective: StyleObjective) -> None:
        """One evaluation; its losses are not read back before they are shown."""
        begun = self._clock()
        self._cards.keep(self.painting)
        self._losses.note(self.painting.evaluations, self.painting.evaluate(objective))
        self._spent += self._clock() - begun

    def begin(self) -> Frame:
        """The losses of the initial image, at the current size."""
        self._losses.first = first = self.painting.losses(self.painting.beginning())
        return Frame(metrics={"style_loss_start": float(first.style)})

    def look(self, now: Parameters, total: int) -> Frame:
        """The output image, current or of the history, and the losses since the last frame."""
        evaluations, size = self.painting.evaluations, self.painting.size
        work = "preview" if size < now.size else "optimising"
        pace = rate(evaluations, self._spent)
        return Frame(
            {**self._cards.hung(self.painting, now.moment, now.blend), **self._losses.outputs()},
            {"evaluations": evaluations, "seconds": self._spent},
            f"{work} at {size} px: evaluation {evaluations} of {total}",
            min(1.0, evaluations / total),
            f"{pace:.1f} evaluations/s",
        )

    def last(self, now: Parameters, total: int) -> Frame:
        """The same after the last evaluation, with the losses of the result."""
        lost = self.painting.losses()
        figures = {"style_loss": float(lost.style), "content_loss": float(lost.content)}
        return self.look(now, total).then(
            Frame({"layers": self._losses.bars(lost)}, figures, rest=True)
        )

    def save(self, folder: Path) -> Frame:
        """Write the output image as a file, pixel for pixel; where that cannot be, it says why."""
        # Half of the name at most is the content's, or the style's would be cut off.
        words = f"{self._content.name[: LONGEST // 2]} after {self._styles[0].name}"
        try:
            return Frame(status=f"saved as {written(self.painting.shown(), folder, words)}")
        except UserError as error:
            return Frame(status=f"not saved: {error}")


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Optimise from coarse to fine; then go on whenever a parameter changes."""
    now = knobs.now
    name = workspace.shelf.default_style_network() if now.model == AUTO else now.model
    yield Frame(status=f"loading {name}", progress=0.0)
    model = workspace.shelf.get(name, workspace.device)
    begun, otherwise = knobs.clock(), by_default(model)
    content, first, second = workspace.pictures
    steps = plan(now.size, now.evaluations)
    styles, objective, edge = (first, second), objective_of(now, otherwise), steps[0][0]
    options = {"start": now.start, "pooling": now.pooling}
    painting = StyleTransfer(
        model, content, styles, objective, size=edge, seed=workspace.seed, **options
    )
    report = StyleTransferReport(painting, content, styles, knobs.clock)

    def paint(until: int, total: int) -> Iterator[Frame]:
        pace = knobs.every(LOOK)
        while painting.evaluations < until:
            if knobs.take("save"):
                yield report.save(workspace.folder)
            report.evaluate(objective_of(knobs.now, otherwise))
            if pace.due():
                yield report.look(knobs.now, total)
                pace.restart()
            else:
                yield Frame(progress=painting.evaluations / total)

    for k, (size, until) in enumerate(steps):
        if size != painting.size:
            painting.enlarge(size)
            yield Frame()
        if k == len(steps) - 1:
            yield report.begin()
        yield from paint(until, now.evaluations)
        if k == 0:
            yield Frame(metrics={"seconds_to_preview": knobs.clock() - begun})
    total = now.evaluations
    while True:
        frame = report.last(knobs.now, total)
        if knobs.take("save") or not knobs.attended:
            frame = frame.then(report.save(workspace.folder).then(Frame(rest=True)))
        yield frame
        if knobs.take("longer"):
            total += knobs.now.evaluations
        elif objective_of(knobs.now, otherwise) != painting.objective:
            total += max(1, round(knobs.now.evaluations * AGAIN))
        yield from paint(total, total)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The network is frozen; the pixels of the output image are optimised. Content: the "
    "feature maps of a later layer. Style: the Gram matrices of early to middle layers. A relative "
    "loss of 1 is that of zero activations. The weights are live.",
    source="Gatys, Ecker and Bethge, 2015 and 2016",
    metrics=METRICS,
    actions=(
        Action("longer", "Continue", "As many evaluations again"),
        Action("save", "Save output image", "As a PNG file, pixel for pixel", at_once=True),
    ),
    pictures=3,
    slots=(
        PictureSlot("Content"),
        PictureSlot("Style", "strokes", tuple(STYLES)),
        PictureSlot("Second style", "waves", tuple(STYLES)),
    ),
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "size": 64, "evaluations": 4},
    picture="rocket",
    main="canvas",
)
