"""Occlusion: hide a patch of the picture, ask again, and map where hiding hurts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, Value
from lab.networks.classes import class_index
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.occlusion.occluder import Shape
from lab.occlusion.occlusion_map import Occluder, coarse_to_fine, positions
from lab.occlusion.occlusion_map import occlusion_map as occlusion_map
from lab.occlusion.progressive_map import Map
from lab.parameters import Choice, Number
from lab.payloads import Bars, Overlay, Pictures
from lab.system.clock import rate
from lab.workspace import Workspace

FIVE = 5
SHAPES = {"square": "Square", "disc": "Disc"}
FILLS = {"grey": "Grey", "mean": "The picture's mean", "blur": "Blur", "noise": "Noise"}
OUTPUTS_OF = {"probability": "Probability", "logit": "Logit (before softmax)"}


@dataclass(frozen=True)
class Parameters:
    """What is hidden, how, and of which class one asks."""

    model: Annotated[str, Choice("Network", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    target: Annotated[
        str, Choice("Class", "classes", of="model", help="Type a part of its name.")
    ] = "top"
    patch: Annotated[int, Number("Patch size", 1, 512, unit="px", log=True)] = 32
    stride: Annotated[
        int, Number("Stride", 1, 256, unit="px", log=True, help="From one place to the next.")
    ] = 8
    shape: Annotated[str, Choice("Patch shape", SHAPES)] = "square"
    fill: Annotated[str, Choice("Filled with", FILLS)] = "grey"
    output: Annotated[str, Choice("Map of", OUTPUTS_OF)] = "probability"
    opacity: Annotated[float, Number("Opacity of the heat", 0, 1, step=0.05, live=True)] = 0.6
    across: Annotated[int, Number("Patch across", -1, 4095, pointed=True, live=True)] = -1
    down: Annotated[int, Number("Patch down", -1, 4095, pointed=True, live=True)] = -1


POINTS = ("across", "down")
OUTPUTS = (
    Output("hidden", Pictures, "1. Hide a patch", (0, 0, 5, 4)),
    Output("five", Bars, "2. Ask the network again", (0, 4, 5, 4), x="probability"),
    Output("map", Overlay, "3. Note it there, slide on: 4. the map", (0, 8, 5, 4), points=POINTS),
    Output("map2", Overlay, "The second class", (5, 0, 3, 3), points=POINTS),
    Output("map3", Overlay, "The third class", (5, 3, 3, 3), points=POINTS),
    Output("map4", Overlay, "The fourth class", (5, 6, 3, 3), points=POINTS),
    Output("map5", Overlay, "The fifth class", (5, 9, 3, 3), points=POINTS),
)
MAPS = ("map", "map2", "map3", "map4", "map5")

METRICS = (
    Metric("positions", "Positions", "d"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
    Metric("seconds_to_first_map", "First map", ".2f", "s", timed=True),
    Metric("baseline_probability", "Nothing hidden"),
    Metric("lowest_probability", "Lowest"),
    Metric("lowest_at", "Lowest at", shown=False),
)


def filling(kind: str, image: Tensor, seed: int) -> Tensor:
    """What is put in place of a patch: float32 (C, H, W) in [0, 1] for `image` of that shape.

    kind: a key of FILLS. Blur leaves the colours and takes the detail; noise is uniform.
    """
    if kind == "grey":
        return torch.full_like(image, 0.5)
    if kind == "mean":
        return image.mean((1, 2), keepdim=True).expand_as(image)
    if kind == "noise":
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(image.shape, generator=generator).to(image.device)
    edge = min(image.shape[1:])
    sigma = max(edge / 16, 0.5)
    # As far as reflection reaches, and no further than three standard deviations.
    kernel = 2 * min(round(3 * sigma), edge - 1) + 1
    blurred: Tensor = transforms.gaussian_blur(image, [kernel, kernel], [sigma, sigma])
    return blurred


def five_classes(probabilities: Tensor, target: int | None) -> Tensor:
    """The class that is asked for, then the most probable others: int64 (up to 5,)."""
    order = probabilities.argsort(descending=True)
    if target is not None:
        asked = torch.tensor([target], device=order.device)
        order = torch.cat([asked, order[order != target]])
    return order[:FIVE].cpu()


class Story:
    """Turns what was measured into frames."""

    def __init__(self, model: Classifier, pixels: Tensor, occluder: Occluder, found: Map) -> None:
        self._occluder, self._map = occluder, found
        self._names = [model.classes[i] for i in found.chosen.tolist()]
        self._picture = as_pixels(pixels)
        self._before = occluder.baseline.softmax(0)[found.chosen].float().cpu().numpy()

    def hidden(self, top: int, left: int, logits: Tensor) -> Frame:
        """The picture with the patch there, and what the network says of it."""
        now = logits.softmax(0)[self._map.chosen].float().cpu().numpy()
        picture = as_pixels(self._occluder.picture(top, left))
        caption = f"{self._names[0]}: {now[0]:.3f}, with nothing hidden {self._before[0]:.3f}"
        bars = {"patch hidden": now, "whole picture": self._before}
        return Frame(
            {
                "hidden": Pictures([picture], [caption]),
                "five": Bars(self._names, bars, highlight=0),
            }
        )

    def maps(self, opacity: float, at: tuple[int, int]) -> Frame:
        """The maps as far as they are known; at: the patch's (top, left)."""
        found, patch = self._map, self._occluder.patch[0]
        values = found.spread()
        unit = "probability" if found.output == "probability" else "logit"
        extent = found.extent(patch)
        box = (float(at[1]), float(at[0]), float(patch), float(patch))
        outputs = {}
        for k, name in enumerate(MAPS):
            if k >= len(self._names):
                nothing = np.full((1, 1), np.nan)
                outputs[name] = Overlay(self._picture, nothing, 0, 1, "", title="No further class")
                continue
            heat = values[:, :, k]
            low, high = float(np.nanmin(heat)), float(np.nanmax(heat))
            title = f"{self._names[k]}: {unit} with the patch there"
            if k:
                title = f"{self._names[k]} ({self._before[k]:.3f})"
            outputs[name] = Overlay(
                self._picture, heat, low, high, unit, opacity, box, extent, title=title
            )
        return Frame(outputs)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The map from coarse to fine, then the patch under the pointer."""
    now, picture = knobs.now, workspace.picture
    yield Frame(status=f"loading {now.model}", progress=0.0)
    model = workspace.shelf.get(now.model, workspace.device)
    target = class_index(model.classes, now.target)
    pixels = model.prepare(picture.pixels)
    image = pixels[0]
    rows, columns = positions(image.shape[1], image.shape[2], now.patch, now.stride)
    fill = filling(now.fill, image, workspace.seed)
    begun = knobs.clock()
    shape: Shape = "disc" if now.shape == "disc" else "square"
    occluder = Occluder(model, image, patch=now.patch, fill=fill, shape=shape)
    chosen = five_classes(occluder.baseline.softmax(0), target)
    found = Map(rows, columns, chosen, now.output)
    story = Story(model, pixels, occluder, found)
    baseline = occluder.baseline.softmax(0)[chosen[0]].item()
    total, done, first = len(rows) * len(columns), 0, 0.0
    yield Frame(
        metrics={"positions": total, "baseline_probability": baseline},
        status=f"{model.card.title} looks at {picture.name}",
    )
    for cells in coarse_to_fine(len(rows), len(columns)):
        places = [(rows[i], columns[j]) for i, j in cells]
        for which, logits in occluder.chunks(places):
            if not which:
                yield Frame()
                continue
            found.note([cells[k] for k in which], logits)
            done += len(which)
            at = places[which[-1]]
            frame = story.hidden(*at, logits[-1]).then(story.maps(knobs.now.opacity, at))
            speed = rate(done, knobs.clock() - begun)
            pace = f"{done} of {total} positions"
            yield frame.then(
                Frame(status=pace, progress=done / total, speed=f"{speed:,.0f} positions/s")
            )
        if not first:
            first = knobs.clock() - begun
            yield Frame(metrics={"seconds_to_first_map": first})
    row, column = rows[found.lowest_cell[0]], columns[found.lowest_cell[1]]
    metrics: dict[str, Value] = {
        "seconds": knobs.clock() - begun,
        "lowest_probability": found.lowest,
        "lowest_at": [row + now.patch / 2, column + now.patch / 2],
    }
    name = model.classes[int(chosen[0])]
    status = (
        f"{name}: from {baseline:.3f} to {found.lowest:.3f}. Point at a map to slide the patch."
    )
    worst = story.hidden(row, column, occluder.logits([(row, column)])[0])
    ending = worst.then(story.maps(knobs.now.opacity, (row, column)))
    yield ending.then(Frame(metrics=metrics, status=status, progress=1.0))
    yield from answer(knobs, occluder, story, (row, column))


def answer(
    knobs: Knobs[Parameters], occluder: Occluder, story: Story, at: tuple[int, int]
) -> Iterator[Frame]:
    """The patch where the pointer is, for as long as there is one; at: (top, left) before that."""
    height, width = occluder.image.shape[1:]
    seen = (-1, -1)
    while True:
        now = knobs.now
        frame, pointed = Frame(), (now.down, now.across)
        if pointed != seen and min(pointed) >= 0:
            seen = pointed
            # The patch lies around the pointer, and inside the picture.
            half = [side // 2 for side in occluder.patch]
            top = min(max(now.down - half[0], 0), height - occluder.patch[0])
            left = min(max(now.across - half[1], 0), width - occluder.patch[1])
            at = top, left
            frame = story.hidden(top, left, occluder.logits([at])[0])
        yield frame.then(story.maps(now.opacity, at)).then(Frame(rest=True))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Where the map is dark, hiding that place takes the class away: that is what the "
    "network looks at. Is it the object, or the background? Move the pointer over a map to slide "
    "the patch yourself.",
    source="Zeiler and Fergus, 2014",
    metrics=METRICS,
    pictures=1,
    follows=True,
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem", "patch": 8, "stride": 4},
    picture="astronaut",
    main="map",
)
