"""Gram matrices of an image and a style, and textures synthesised from the style's alone."""

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
from lab.style.neural_style import StyleObjective, StyleTransfer, entering, shape_of, tensor_of
from lab.workspace import Workspace

# Channels shown of a layer, those most active for the style.
SHOWN = 32
# Seconds between two updates of the texture.
LOOK = 0.08
# Textures from different noise for each layer.
TWINS = 2
# Weight of the total-variation loss; the style loss has 1.
SMOOTH = 0.1


@dataclass(frozen=True)
class Parameters:
    """The layers of the Gram matrices, and the optimisation of the textures."""

    model: Annotated[
        str, Choice("Model", "models", auto="Automatic",
                    help="VGG-19 once it is downloaded, else EfficientNet.")
    ] = AUTO  # fmt: skip
    stage: Annotated[
        int, Number("Layer shown, early to late", 0, 20, live=True, help="Or click a texture.")
    ] = 2
    size: Annotated[int, Number("Longer edge", 64, 512, step=32, unit="px")] = 160
    evaluations: Annotated[
        int, Number("Evaluations per texture", 1, 500, log=True, help="Of L-BFGS, from noise.")
    ] = 80
    layers: Annotated[
        tuple[str, ...],
        Several("Style layers", "layers", of="model", auto="Those of style transfer", most=8),
    ] = ()


OUTPUTS = (
    Output("of_picture", Matrix, "Gram matrix of the image", (0, 0, 6, 4),
           x="channel", y="channel"),
    Output("of_style", Matrix, "Gram matrix of the style", (0, 4, 6, 4), x="channel", y="channel"),
    Output("of_texture", Matrix, "Gram matrix of the synthesised texture", (0, 8, 6, 4),
           x="channel", y="channel"),
    Output("textures", Pictures, "Texture synthesis from the Gram matrices of more and more layers "
           "(click one)", (6, 0, 4, 8), picks="stage"),
    Output("twins", Pictures, "Two textures with the same Gram matrix", (6, 8, 4, 4)),
)  # fmt: skip

METRICS = (
    Metric("picture_distance", "Gram distance, image to style", ".2f"),
    Metric("texture_distance", "texture to style"),
    Metric("twins_distance", "two textures"),
    Metric("twins_difference", "Pixel distance", ".2f"),
)


def distance(gram: Tensor, target: Tensor) -> float:
    """Relative Frobenius distance |G - A| / |A|: 0 where equal, 1 for G = 0."""
    return float((gram - target).norm() / target.norm().clamp(min=1e-12))


def strongest(gram: Tensor, count: int = SHOWN) -> Tensor:
    """The channels (count,) with the largest diagonal entries of a Gram matrix (1, N, N)."""
    return gram[0].diagonal().topk(min(count, gram.shape[1])).indices


def compared(gram: Tensor, style: Tensor, title: str) -> Matrix:
    """A Gram matrix (1, N, N) over that of the style: G_ij over the root of A_ii A_jj.

    The style's own diagonal is then 1, and its other cells are cosines. Its strongest channels
    come first.
    """
    order = strongest(style)
    strength = style[0].diagonal()[order].clamp(min=1e-12).sqrt()
    values = gram[0][order][:, order] / strength / strength[:, None]
    return Matrix(values.double().cpu().numpy(), low=-1.0, high=1.0, title=title)


class Textures:
    """Two images, and textures with the Gram matrices of the second.

    made[stage]: up to TWINS textures from different noise, optimised for the style's Gram matrices
    at the first stage + 1 layers.
    """

    def __init__(
        self, model: Classifier, picture: Picture, style: Picture, now: Parameters, seed: int
    ) -> None:
        self.names = now.layers or by_default(model)[0]
        self.made: list[list[StyleTransfer]] = [[] for _ in self.names]
        self._model, self._style, self._now, self._seed = model, style, now, seed
        self._features = Features(model, self.names)
        self._of_picture, self._of_style = (
            self._grams(tensor_of(one, shape_of(one, now.size)).to(model.device))
            for one in (picture, style)
        )

    def begin(self, stage: int, twin: int) -> StyleTransfer:
        """A canvas of noise, half as large as it will be, that is to become a texture."""
        objective = StyleObjective(self.names[: stage + 1], (), variation_weight=SMOOTH)
        both, seed = (self._style, self._style), self._seed + twin
        size = self._now.size // 2
        made = StyleTransfer(
            self._model, self._style, both, objective, size=size, start="noise", seed=seed
        )
        self.made[stage].append(made)
        return made

    def look(self, stage: int) -> Frame:
        """The Gram matrices at a layer, and all textures so far."""
        stage = min(stage, len(self.names) - 1)
        name = self.names[stage]
        of_picture, of_style = self._of_picture[name], self._of_style[name]
        outputs: dict[str, Matrix | Pictures] = {
            "of_picture": compared(of_picture, of_style, f"Gram matrix of the image, {name}"),
            "of_style": compared(of_style, of_style, f"Gram matrix of the style, {name}"),
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
            title = f"Gram matrix of the synthesised texture, {name}"
            outputs["of_texture"] = compared(grams[0], of_style, title)
            captions = [f"from noise {k + 1}" for k in range(len(twins))]
            outputs["twins"] = Pictures(twins, captions, columns=TWINS)
            figures["texture_distance"] = distance(grams[0], of_style)
        if len(twins) == TWINS and twins[0].shape == twins[1].shape:
            figures["twins_distance"] = distance(grams[1], grams[0])
            figures["twins_difference"] = difference(*twins)
        return Frame(outputs, figures)

    def _caption(self, stage: int) -> str:
        return f"+ {self.names[stage]}" if stage else f"{self.names[0]} only"

    def _grams(self, pixels: Tensor) -> dict[str, Tensor]:
        return styles(self._features, entering(self._model, pixels), self.names)


def difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """The mean absolute difference of two images' pixels, in [0, 1]."""
    return float(np.abs(first.astype(np.float32) - second).mean() / 255)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The Gram matrices at once; then all textures, TWINS times; then the layer that is clicked."""
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
    caption="A cell of the Gram matrix: how strongly two channels respond together, summed over "
    "all positions. So it holds the style, not the layout. From noise, the first layer alone gives "
    "colours, the next ones strokes, later ones larger forms. Other noise gives another texture "
    "with the same Gram matrix. Scale: the style's diagonal is 1.",
    source="Gatys, Ecker and Bethge, 2015 (texture synthesis; style)",
    metrics=METRICS,
    pictures=2,
    slots=(PictureSlot("Image"), PictureSlot("Style", "strokes", tuple(STYLES))),
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "size": 64, "evaluations": 1},
    picture="chelsea",
    main="textures",
)
