"""Gram: the matrix that holds a style, for two pictures; and pictures made from nothing but it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, PictureSlot
from lab.media.pictures import STYLES, Picture
from lab.networks.models import Classifier
from lab.parameters import AUTO, Choice, Number, Several
from lab.payloads import Matrix, Pictures
from lab.style.features import Features
from lab.style.gram import styles
from lab.style.layers import by_default
from lab.style.neural_style import Painting, StyleObjective, entering, shape_of, tensor_of
from lab.workspace import Workspace

# Channels of a layer that are shown, those that the style excites most.
SHOWN = 32
# Seconds between two looks at the texture that is being made.
LOOK = 0.08
TWINS = 2
# The weight of total variation, against that of the style, which is 1.
SMOOTH = 0.1


@dataclass(frozen=True)
class Parameters:
    """Where the matrices are taken, and how long the textures are worked on."""

    model: Annotated[str, Choice("Network", "models", auto="VGG-19, else EfficientNet")] = AUTO
    stage: Annotated[
        int, Number("Layer, early to late", 0, 20, live=True, help="Or click a texture.")
    ] = 2
    size: Annotated[int, Number("Size", 64, 512, step=32, unit="px")] = 160
    evaluations: Annotated[
        int, Number("Evaluations for each", 1, 500, log=True, help="Of L-BFGS, from noise.")
    ] = 80
    layers: Annotated[
        tuple[str, ...],
        Several("Layers", "layers", of="model", auto="Those of style transfer", most=8),
    ] = ()


OUTPUTS = (
    Output("of_picture", Matrix, "The picture's Gram matrix", (0, 0, 6, 4),
           x="channel", y="channel"),
    Output("of_style", Matrix, "The style's Gram matrix", (0, 4, 6, 4), x="channel", y="channel"),
    Output("of_texture", Matrix, "The texture's: made to be the same", (0, 8, 6, 4), x="channel",
           y="channel"),
    Output("textures", Pictures, "From noise to the same Gram matrices, layer by layer: click one",
           (6, 0, 4, 8), picks="stage"),
    Output("twins", Pictures, "Other noise: the same matrix again", (6, 8, 4, 4)),
)  # fmt: skip

METRICS = (
    Metric("picture_distance", "Picture to style", ".2f"),
    Metric("texture_distance", "Texture to style"),
    Metric("twins_distance", "Between the twins"),
    Metric("twins_difference", "In their pixels", ".2f"),
)


def distance(gram: Tensor, target: Tensor) -> float:
    """|G - A| / |A|, Frobenius: 0 for the same, 1 for nothing at all."""
    return float((gram - target).norm() / target.norm().clamp(min=1e-12))


def strongest(gram: Tensor, count: int = SHOWN) -> Tensor:
    """The channels (count,) with the largest diagonal of a Gram matrix (1, N, N), in order."""
    return gram[0].diagonal().topk(min(count, gram.shape[1])).indices


def compared(gram: Tensor, style: Tensor, title: str) -> Matrix:
    """A Gram matrix (1, N, N) in units of the style's: G_ij over the root of A_ii A_jj.

    So the style's own diagonal is 1, and its other cells are cosines. Its strongest channels first.
    """
    order = strongest(style)
    strength = style[0].diagonal()[order].clamp(min=1e-12).sqrt()
    values = gram[0][order][:, order] / strength / strength[:, None]
    return Matrix(values.double().cpu().numpy(), low=-1.0, high=1.0, title=title)


class Textures:
    """Two pictures, and the textures that are made from the style of the second alone.

    made[stage]: up to two canvases, from two noises, which have the style's Gram matrices at the
    first stage + 1 layers.
    """

    def __init__(
        self, model: Classifier, picture: Picture, style: Picture, now: Parameters, seed: int
    ) -> None:
        self.names = now.layers or by_default(model)[0]
        self.made: list[list[Painting]] = [[] for _ in self.names]
        self._model, self._style, self._now, self._seed = model, style, now, seed
        self._features = Features(model, self.names)
        self._of_picture, self._of_style = (
            self._grams(tensor_of(one, shape_of(one, now.size)).to(model.device))
            for one in (picture, style)
        )

    def begin(self, stage: int, twin: int) -> Painting:
        """A canvas of noise, half as large as it will be, that is to become a texture."""
        objective = StyleObjective(self.names[: stage + 1], (), variation_weight=SMOOTH)
        both, seed = (self._style, self._style), self._seed + twin
        size = self._now.size // 2
        made = Painting(
            self._model, self._style, both, objective, size=size, start="noise", seed=seed
        )
        self.made[stage].append(made)
        return made

    def look(self, stage: int) -> Frame:
        """The matrices at a layer, and all textures as they are."""
        stage = min(stage, len(self.names) - 1)
        name = self.names[stage]
        of_picture, of_style = self._of_picture[name], self._of_style[name]
        outputs: dict[str, Matrix | Pictures] = {
            "of_picture": compared(of_picture, of_style, f"The picture's Gram matrix at {name}"),
            "of_style": compared(of_style, of_style, f"The style's Gram matrix at {name}"),
            "textures": Pictures(
                [row[0].shown() for row in self.made if row],
                [self._caption(k) for k, row in enumerate(self.made) if row],
                selected=stage if self.made[stage] else None,
                columns=len(self.names),
            ),
        }
        figures = {"picture_distance": distance(of_picture, of_style)}
        grams = [self._grams(made.canvas)[name] for made in self.made[stage]]
        twins = [made.shown() for made in self.made[stage]]
        if grams:
            outputs["of_texture"] = compared(grams[0], of_style, "A texture's, made to be the same")
            captions = [f"from noise {k + 1}" for k in range(len(twins))]
            outputs["twins"] = Pictures(twins, captions, columns=TWINS)
            figures["texture_distance"] = distance(grams[0], of_style)
        if len(twins) == TWINS and twins[0].shape == twins[1].shape:
            figures["twins_distance"] = distance(grams[1], grams[0])
            figures["twins_difference"] = difference(*twins)
        return Frame(outputs, figures)

    def _caption(self, stage: int) -> str:
        return f"+ {self.names[stage]}" if stage else f"{self.names[0]} alone"

    def _grams(self, pixels: Tensor) -> dict[str, Tensor]:
        return styles(self._features, entering(self._model, pixels), self.names)


def difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """The mean absolute difference of two pictures' pixels, in [0, 1]."""
    return float(np.abs(first.astype(np.float32) - second).mean() / 255)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The matrices at once; then texture after texture, twice; then whatever is clicked."""
    now = knobs.now
    name = workspace.shelf.default_style_network() if now.model == AUTO else now.model
    yield Frame(status=f"loading {name}", progress=0.0)
    model = workspace.shelf.get(name, workspace.device)
    picture, style = workspace.pictures
    textures = Textures(model, picture, style, now, workspace.seed)
    yield textures.look(now.stage)
    stages, done, pace = len(textures.names), 0, knobs.every(LOOK)
    total = TWINS * stages * now.evaluations
    for twin, stage in itertools.product(range(TWINS), range(stages)):
        texture = textures.begin(stage, twin)
        status = f"texture {stage + 1} of {stages}, from noise {twin + 1}"
        for evaluation in range(now.evaluations):
            if evaluation == now.evaluations // 2:
                texture.enlarge(now.size)
            texture.evaluate(texture.objective)
            done += 1
            frame = textures.look(knobs.now.stage) if pace.due() else Frame()
            yield frame.then(Frame(status=status, progress=done / total))
    while True:
        yield textures.look(knobs.now.stage).then(Frame(rest=True))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Each cell says how much two channels answer together, and nothing says where. "
    "So whatever has the same matrix has the same style: from noise, the first layer alone gives "
    "colours, the next ones strokes, later ones larger forms. Another noise gives another picture.",
    source="Gatys, Ecker and Bethge, 2015 (texture synthesis; style)",
    metrics=METRICS,
    pictures=2,
    slots=(PictureSlot("Picture"), PictureSlot("Style", "strokes", tuple(STYLES))),
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "size": 64, "evaluations": 1},
    picture="chelsea",
    main="textures",
)
