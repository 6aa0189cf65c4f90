"""Occlusion: slide a patch over the image and draw a heatmap of the class probability."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, Value
from lab.exhibits.interpreting._occlusion_patch import FILLS, filling, patch_for, stride_for
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
OUTPUTS_OF = {"probability": "Class probability", "logit": "Class score (before softmax)"}


@dataclass(frozen=True)
class Parameters:
    """The network, the class, and the patch that occludes."""

    model: Annotated[str, Choice("Model", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    target: Annotated[
        str, Choice("Class", "classes", of="model", help="Type a part of its name.")
    ] = "top"
    patch: Annotated[
        int, Number("Patch size", 1, 512, unit="px", log=True, of="model", suits=patch_for)
    ] = patch_for(3, 224)
    stride: Annotated[
        int,
        Number("Stride", 1, 256, unit="px", log=True, of="model", suits=stride_for,
               help="Between two positions."),
    ] = stride_for(3, 224)  # fmt: skip
    shape: Annotated[str, Choice("Patch shape", SHAPES)] = "square"
    fill: Annotated[str, Choice("Patch fill", FILLS)] = "grey"
    output: Annotated[str, Choice("Heatmap of", OUTPUTS_OF)] = "probability"
    opacity: Annotated[float, Number("Heatmap opacity", 0, 1, step=0.05, live=True)] = 0.6
    across: Annotated[int, Number("Patch column", -1, 4095, pointed=True, live=True)] = -1
    down: Annotated[int, Number("Patch row", -1, 4095, pointed=True, live=True)] = -1


POINTS = ("across", "down")
OUTPUTS = (
    Output("hidden", Pictures, "1. Occlude a portion of the image", (0, 0, 5, 4)),
    Output("five", Bars, "2. Get the class probabilities", (0, 4, 5, 4), x="probability"),
    Output(
        "map", Overlay, "3. Slide the occlusion. 4. Draw the heatmap", (0, 8, 5, 4), points=POINTS
    ),
    Output("map2", Overlay, "Heatmap of the second class", (5, 0, 3, 3), points=POINTS),
    Output("map3", Overlay, "Heatmap of the third class", (5, 3, 3, 3), points=POINTS),
    Output("map4", Overlay, "Heatmap of the fourth class", (5, 6, 3, 3), points=POINTS),
    Output("map5", Overlay, "Heatmap of the fifth class", (5, 9, 3, 3), points=POINTS),
)
MAPS = ("map", "map2", "map3", "map4", "map5")

METRICS = (
    Metric("positions", "Positions", "d"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
    Metric("seconds_to_first_map", "First heatmap", ".2f", "s", timed=True),
    Metric("baseline_probability", "Unoccluded"),
    Metric("lowest_probability", "Minimum probability"),
    Metric("lowest_at", "Position of the minimum", shown=False),
)


def five_classes(probabilities: Tensor, target: int | None) -> Tensor:
    """The target class, then the most probable others: int64 (up to 5,)."""
    order = probabilities.argsort(descending=True)
    if target is not None:
        asked = torch.tensor([target], device=order.device)
        order = torch.cat([asked, order[order != target]])
    return order[:FIVE].cpu()


class OcclusionCards:
    """Frames from the measured probabilities."""

    def __init__(self, model: Classifier, pixels: Tensor, occluder: Occluder, found: Map) -> None:
        self._occluder, self._map = occluder, found
        self._names = [model.classes[i] for i in found.chosen.tolist()]
        self._picture = as_pixels(pixels)
        self._before = occluder.baseline.softmax(0)[found.chosen].float().cpu().numpy()

    def hidden(self, top: int, left: int, logits: Tensor) -> Frame:
        """The occluded image and its class probabilities, beside those of the unoccluded one."""
        now = logits.softmax(0)[self._map.chosen].float().cpu().numpy()
        picture = as_pixels(self._occluder.picture(top, left))
        caption = f"{self._names[0]}: {now[0]:.3f} (unoccluded {self._before[0]:.3f})"
        bars = {"unoccluded": self._before, "occluded": now}
        return Frame(
            {
                "hidden": Pictures([picture], [caption]),
                "five": Bars(self._names, bars, highlight=0),
            }
        )

    def maps(self, opacity: float, at: tuple[int, int]) -> Frame:
        """The heatmaps as far as they are known; at: the patch's (top, left)."""
        found, patch = self._map, self._occluder.patch[0]
        values = found.spread()
        unit = "probability" if found.output == "probability" else "class score"
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
            title = f"3. Slide, 4. heatmap: {unit} of {self._names[k]}"
            if k:
                title = f"{self._names[k]} (p = {self._before[k]:.3f})"
            outputs[name] = Overlay(
                *(self._picture, heat, low, high, f"{unit}, stretched", opacity, box, extent),
                title=title,
            )
        return Frame(outputs)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The heatmap from coarse to fine, then the patch under the pointer."""
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
    cards = OcclusionCards(model, pixels, occluder, found)
    baseline = occluder.baseline.softmax(0)[chosen[0]].item()
    total, done, first = len(rows) * len(columns), 0, 0.0
    yield Frame(
        metrics={"positions": total, "baseline_probability": baseline},
        status=f"{model.card.title}, occluding {picture.name}",
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
            frame = cards.hidden(*at, logits[-1]).then(cards.maps(knobs.now.opacity, at))
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
    status = f"{name}: {baseline:.3f} → {found.lowest:.3f}; point at a heatmap to slide the patch"
    worst = cards.hidden(row, column, occluder.logits([(row, column)])[0])
    ending = worst.then(cards.maps(knobs.now.opacity, (row, column)))
    yield ending.then(Frame(metrics=metrics, status=status, progress=1.0))
    yield from answer(knobs, occluder, cards, (row, column))


def answer(
    knobs: Knobs[Parameters], occluder: Occluder, cards: OcclusionCards, at: tuple[int, int]
) -> Iterator[Frame]:
    """The patch under the pointer, for as long as it moves; at: (top, left) before that."""
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
            frame = cards.hidden(top, left, occluder.logits([at])[0])
        yield frame.then(cards.maps(now.opacity, at)).then(Frame(rest=True))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Dark: with the patch there the class probability falls, so this is where the model is "
    "looking. Is it the object, or the background (Clever Hans)? Each scale is stretched from the "
    "least value to the largest. Move the pointer over a heatmap to slide the patch yourself.",
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
