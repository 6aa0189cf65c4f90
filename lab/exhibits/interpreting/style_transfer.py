"""Style transfer: a picture is painted anew in the manner of another, while everybody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output, PictureSlot
from lab.exhibits.interpreting._style_transfer_cards import StyleCards
from lab.exhibits.interpreting._style_transfer_losses import LossLog
from lab.media.pictures import STYLES, Picture, written
from lab.parameters import AUTO, Choice, Number, Several, Switch
from lab.payloads import Bars, Curve, Pictures
from lab.style.features import POOLINGS
from lab.style.layers import by_default
from lab.style.neural_style import OPTIMISERS, STARTS, Painting, StyleObjective, plan
from lab.system.clock import rate
from lab.workspace import Workspace

# Seconds between two looks at the canvas: as often as an eye follows.
LOOK = 0.08
# The share of as many evaluations again that a turned knob gets, once the painting is done.
AGAIN = 0.25
# Of its past the painting keeps so many pictures.
KEPT = 18


@dataclass(frozen=True)
class Parameters:
    """What is painted, and how; most may be turned while it is."""

    model: Annotated[str, Choice("Network", "models", auto="VGG-19, else EfficientNet")] = AUTO
    style_weight: Annotated[
        float, Number("Style weight", 0, 1000, log=True, live=True, form=".3g")
    ] = 20.0
    content_weight: Annotated[
        float, Number("Content weight", 0, 100, log=True, live=True, form=".2g")
    ] = 1.0
    variation_weight: Annotated[
        float,
        Number("Total variation weight", 0, 1000, log=True, live=True, form=".2g",
               help="Holds the paint together; too much of it and everything is smooth."),
    ] = 5.0  # fmt: skip
    scale: Annotated[
        float, Number("Scale of the style", 0.25, 2, step=0.05, live=True, form=".2f")
    ] = 1.0
    blend: Annotated[
        float, Number("Share of the second style", 0, 1, step=0.01, live=True, form=".0%")
    ] = 0.0
    keep_colour: Annotated[bool, Switch("Keep the colours of the content", live=True)] = False
    moment: Annotated[
        int,
        Number("Back through the painting", 0, KEPT, live=True, help="Or click a moment of it."),
    ] = KEPT
    size: Annotated[int, Number("Size", 64, 1024, step=64, unit="px")] = 384
    evaluations: Annotated[int, Number("Evaluations", 4, 2000, log=True)] = 160
    start: Annotated[str, Choice("Start from", STARTS)] = "content"
    optimiser: Annotated[str, Choice("Optimiser", OPTIMISERS, live=True)] = "lbfgs"
    pooling: Annotated[
        str, Choice("Pooling", {name: name.capitalize() for name in POOLINGS},
                    help="Average pooling paints a little smoother (Gatys et al., 2015).")
    ] = "max"  # fmt: skip
    style_layers: Annotated[
        tuple[str, ...],
        Several("Layers of the style", "layers", of="model", live=True, auto="Early to middle"),
    ] = ()
    content_layers: Annotated[
        tuple[str, ...],
        Several("Layers of the content", "layers", of="model", live=True, auto="A middle one"),
    ] = ()


OUTPUTS = (
    Output("content", Pictures, "What is to be seen", (0, 0, 8, 3)),
    Output("canvas", Pictures, "The canvas paints itself", (0, 3, 8, 6)),
    Output("style", Pictures, "In the manner of", (0, 9, 8, 3)),
    Output("losses", Curve, "What is lacking: 1 is all, 0 is nothing", (8, 0, 5, 5),
           x="evaluation", y="loss", log_y=True, y_range=(0.001, 2)),
    Output("layers", Bars, "What each layer misses", (8, 5, 5, 3), x="loss"),
    Output("history", Pictures, "How it came about: click a moment", (8, 8, 5, 4),
           picks="moment"),
)  # fmt: skip

METRICS = (
    Metric("style_loss_start", "Style loss at first"),
    Metric("style_loss", "Now", ".4f"),
    Metric("content_loss", "Content loss"),
    Metric("evaluations", "Evaluations", "d"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
    Metric("seconds_to_preview", "First sketch", ".1f", "s", timed=True),
)


def objective_of(
    now: Parameters, otherwise: tuple[tuple[str, ...], tuple[str, ...]]
) -> StyleObjective:
    """What the painting is to become. otherwise: the layers where none are chosen."""
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


class Story:
    """Paints, and turns the state of the painting into frames."""

    def __init__(
        self,
        painting: Painting,
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
        """One evaluation; nothing is read back before somebody looks."""
        begun = self._clock()
        self._cards.keep(self.painting)
        self._losses.note(self.painting.evaluations, self.painting.evaluate(objective))
        self._spent += self._clock() - begun

    def begin(self) -> Frame:
        """What the start lacked, at the size that the canvas has now."""
        self._losses.first = first = self.painting.lacking(self.painting.beginning())
        return Frame(metrics={"style_loss_start": float(first.style)})

    def look(self, now: Parameters, total: int) -> Frame:
        """The canvas as it is or was, and what it lacked since the last look."""
        evaluations, size = self.painting.evaluations, self.painting.size
        work = "sketch" if size < now.size else "painting"
        pace = rate(evaluations, self._spent)
        return Frame(
            {**self._cards.hung(self.painting, now.moment, now.blend), **self._losses.outputs()},
            {"evaluations": evaluations, "seconds": self._spent},
            f"{work} at {size} px: evaluation {evaluations} of {total}",
            min(1.0, evaluations / total),
            f"{pace:.1f} evaluations/s",
        )

    def last(self, now: Parameters, total: int) -> Frame:
        """The same when nothing more comes, with what the canvas lacks after the last step."""
        lost = self.painting.lacking()
        figures = {"style_loss": float(lost.style), "content_loss": float(lost.content)}
        return self.look(now, total).then(
            Frame({"layers": self._losses.bars(lost)}, figures, rest=True)
        )

    def save(self, folder: Path) -> Frame:
        """Write the canvas as a file, pixel for pixel. UserError where that cannot be."""
        words = f"{self._content.name} after {self._styles[0].name}"
        return Frame(status=f"saved as {written(self.painting.shown(), folder, words)}")


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Paint from coarse to fine; then go on whenever something is turned."""
    now = knobs.now
    name = workspace.shelf.default_style_network() if now.model == AUTO else now.model
    yield Frame(status=f"loading {name}", progress=0.0)
    model = workspace.shelf.get(name, workspace.device)
    begun, otherwise = knobs.clock(), by_default(model)
    content, first, second = workspace.pictures
    steps = plan(now.size, now.evaluations)
    styles, objective, edge = (first, second), objective_of(now, otherwise), steps[0][0]
    options = {"start": now.start, "pooling": now.pooling}
    painting = Painting(
        model, content, styles, objective, size=edge, seed=workspace.seed, **options
    )
    story = Story(painting, content, styles, knobs.clock)

    def paint(until: int, total: int) -> Iterator[Frame]:
        pace = knobs.every(LOOK)
        while painting.evaluations < until:
            story.evaluate(objective_of(knobs.now, otherwise))
            if pace.due():
                yield story.look(knobs.now, total)
                pace.restart()
            else:
                yield Frame(progress=painting.evaluations / total)

    for k, (size, until) in enumerate(steps):
        if size != painting.size:
            painting.enlarge(size)
            yield Frame()
        if k == len(steps) - 1:
            yield story.begin()
        yield from paint(until, now.evaluations)
        if k == 0:
            yield Frame(metrics={"seconds_to_preview": knobs.clock() - begun})
    total = now.evaluations
    while True:
        frame = story.last(knobs.now, total)
        if knobs.take("save") or not knobs.attended:
            frame = frame.then(story.save(workspace.folder).then(Frame(rest=True)))
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
    caption="Nobody drew this: the pixels learn, while the network stays as it is. The content is "
    "what a middle layer answers, place by place; the style is what answers together at the "
    "early layers, wherever that is. Turn the weights while it paints.",
    source="Gatys, Ecker and Bethge, 2015 and 2016",
    metrics=METRICS,
    actions=(
        Action("longer", "Paint longer", "As many evaluations again"),
        Action("save", "Save the canvas", "As a PNG file, pixel for pixel, once it is done"),
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
