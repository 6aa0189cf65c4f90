"""The cards of the exhibit inception: windows, feature maps, the module's graph, blocks, bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lab.errors import UserError
from lab.exhibits.architectures._inception_drawing import Block, Row, Step, drawing
from lab.media.colours import ORANGE, SKY, viridis
from lab.media.opencv import opencv
from lab.networks import imagenet
from lab.networks.models import Classifier
from lab.payloads import Bars, Graph, Pictures
from lab.structure import networks
from lab.structure.inception import BRANCHES, GOOGLENET, Cost, Widths, convolutions, cost
from lab.structure.parallel_kernels import filters, responses
from lab.workspace import Workspace

# Edge of the image with the windows, in pixels: about; a pixel of the feature maps is enlarged by a
# whole number.
ENLARGED = 448
GREEN, PURPLE = (0, 158, 115), (204, 121, 167)
# The window of each branch, and its colour.
WINDOWS = {"1 × 1": (1, SKY), "3 × 3": (3, ORANGE), "5 × 5": (5, GREEN), "pool": (3, PURPLE)}
NAMES = {"1 × 1": "1 × 1", "3 × 3": "3 × 3", "5 × 5": "5 × 5", "pool": "pooling"}
# Feature maps shown of each branch.
EACH = 2
MILLION = 1e6


@dataclass(frozen=True)
class Map:
    """A feature map: its branch, what it is, and its values, float32 (rows, columns)."""

    branch: str
    name: str
    values: NDArray[np.float32]

    def picture(self) -> NDArray[np.uint8]:
        """uint8 (rows, columns, 3): viridis from its least value to its largest."""
        return viridis(self.values, float(self.values.min()), float(self.values.max()))


def squared(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The middle square of an image, uint8 (size, size, 3). UserError for one that is smaller."""
    height, width = pixels.shape[:2]
    edge = min(height, width)
    if edge < size:
        raise UserError(
            f"the image has {width} × {height} pixels: choose one of at least {size} × {size}, "
            "or a smaller size"
        )
    top, left = (height - edge) // 2, (width - edge) // 2
    cv = opencv()
    square = np.ascontiguousarray(pixels[top : top + edge, left : left + edge])
    found: NDArray[np.uint8] = cv.resize(square, (size, size), interpolation=cv.INTER_AREA)
    return found


def fixed_maps(image: NDArray[np.uint8]) -> list[Map]:
    """Of filters that are the same for every image."""
    pixels = torch.from_numpy(image.copy()).permute(2, 0, 1).float() / 255
    return [
        Map(each.branch, each.name, found.numpy())
        for each, found in zip(filters(), responses(pixels), strict=True)
    ]


class GoogLeNet:
    """The first Inception module of GoogLeNet with an image before it."""

    def __init__(self, workspace: Workspace) -> None:
        name = "googlenet"
        self.trained = name in workspace.shelf.in_hand()
        if self.trained:
            self._classifier = workspace.shelf.get(name, workspace.device)
        else:
            with torch.random.fork_rng():
                torch.manual_seed(0)
                network = networks.fresh(name)
            self._classifier = Classifier(imagenet.card(name), network)
            self._classifier = self._classifier.to(workspace.device).frozen()

    @property
    def weights(self) -> str:
        """Which weights they are, in words."""
        return "ImageNet weights" if self.trained else "fresh weights"

    @property
    def status(self) -> str:
        """The same in a line, before what is said of the arithmetic."""
        if self.trained:
            return "GoogLeNet with ImageNet weights; "
        return "GoogLeNet with fresh random weights, as its own are not downloaded; "

    def maps(self, pixels: NDArray[np.uint8]) -> list[Map]:
        """The strongest maps of each branch. torchvision's third branch has a 3 x 3 kernel."""
        network = self._classifier.network
        with torch.inference_mode():
            found = self._classifier.normalise(self._classifier.prepare(pixels))
            for part in ("conv1", "maxpool1", "conv2", "conv3", "maxpool2"):
                found = getattr(network, part)(found)
            module = network.inception3a
            parts: list[Tensor] = [getattr(module, f"branch{i}")(found)[0] for i in range(1, 5)]
        maps, first = [], 0
        for branch, result in zip(BRANCHES, parts, strict=True):
            order = result.square().mean((1, 2)).argsort(descending=True)[:EACH].tolist()
            maps += [Map(branch, f"channel {first + i}", result[i].cpu().numpy()) for i in order]
            first += len(result)
        return maps


def place(across: int, down: int, size: int) -> tuple[int, int]:
    """(column, row) of the pixel under the pointer; the middle until there is one."""
    scale = max(ENLARGED // size, 1)

    def of(pointed: int) -> int:
        return size // 2 if pointed < 0 else min(pointed // scale, size - 1)

    return of(across), of(down)


def windows(image: NDArray[np.uint8], at: tuple[int, int]) -> Pictures:
    """The image, enlarged, with the window of each kernel around one pixel."""
    size = len(image)
    scale = max(ENLARGED // size, 1)
    large = image.repeat(scale, 0).repeat(scale, 1)
    cv = opencv()
    # The pooling's window is as large as the 3 x 3 kernel's.
    for branch in ("5 × 5", "3 × 3", "1 × 1"):
        edge, colour = WINDOWS[branch]
        first = [(middle - edge // 2) * scale for middle in at]
        last = [begin + edge * scale - 1 for begin in first]
        cv.rectangle(large, first, last, colour, max(scale // 5, 2))
    return Pictures([large])


def patch(image: NDArray[np.uint8], at: tuple[int, int], edge: int) -> NDArray[np.uint8]:
    """What a kernel sees: uint8 (edge, edge, 3); outside the image there are zeros."""
    around = edge // 2
    padded = np.pad(image, ((around, around), (around, around), (0, 0)))
    return padded[at[1] : at[1] + edge, at[0] : at[0] + edge]


def feature_maps(
    image: NDArray[np.uint8], at: tuple[int, int], maps: Sequence[Map], weights: str
) -> Pictures:
    """A column for each branch: what it sees, and below it its feature maps."""
    seen = [patch(image, at, WINDOWS[branch][0]) for branch in BRANCHES]
    counts = [f"{NAMES[branch]} sees\n{WINDOWS[branch][0] ** 2} px" for branch in BRANCHES]
    rows = [[each for each in maps if each.branch == branch] for branch in BRANCHES]
    below = [row[i] for i in range(EACH) for row in rows]
    return Pictures(
        [*seen, *(each.picture() for each in below)],
        [*counts, *(each.name for each in below)],
        columns=len(BRANCHES),
        title=f"Feature maps, concatenated in depth ({weights})",
    )


def module_graph(widths: Widths, size: int) -> Graph:
    """The module with the shape and the multiply-adds of each convolution."""

    def shape(channels: int) -> str:
        return f"{size}×{size}×{channels}"

    nodes = {"input": f"input\n{shape(widths.inputs)}"}
    edges, groups = [], []
    ends = []
    for branch in BRANCHES:
        last, own = "input", []
        if branch == "pool":
            nodes["pooling"] = f"3 × 3 max\n{shape(widths.inputs)}"
            edges.append((last, "pooling"))
            own.append(last := "pooling")
        for each in (c for c in convolutions(widths) if c.branch == branch):
            name = f"{branch} reduction" if each.reduction else branch
            kernel = f"{each.kernel} × {each.kernel}"
            nodes[name] = (
                f"{kernel} conv\n{shape(each.outputs)}\n{written(each.multiply_adds(size))}"
            )
            edges.append((last, name))
            own.append(last := name)
        ends.append(last)
        groups.append(own)
    nodes["output"] = f"concat\n{shape(widths.outputs)}"
    edges += [(end, "output") for end in ends]
    modules = {name: branch for branch, own in zip(BRANCHES, groups, strict=True) for name in own}
    return Graph(nodes, edges, groups=groups, modules=modules)


def blocks(image: NDArray[np.uint8], maps: Sequence[Map], widths: Widths, size: int) -> Pictures:
    """The 5 x 5 branch without and with the reduction before it, as blocks."""
    by_branch = {each.branch: each.picture() for each in maps}

    def block(face: NDArray[np.uint8], channels: int) -> Block:
        return Block(face, channels, f"{size} × {size} × {channels}")

    first = block(image, widths.inputs)
    last = block(by_branch["5 × 5"], widths.five)
    between = block(by_branch["1 × 1"], widths.five_reduced)
    area, given, left, out = f"{size} · {size}", widths.inputs, widths.five_reduced, widths.five
    direct, reduction, after = (
        size**2 * count for count in (given * 25 * out, given * left, left * 25 * out)
    )
    both = reduction + after
    plain = Row(
        f"without: {area} · {given} · 5 · 5 · {out} = {written(direct)}",
        [first, last],
        [Step("5 × 5", written(direct))],
    )
    reduced = Row(
        f"with 1 × 1: {written(reduction)} + {written(after)} = {written(both)}: "
        f"{ratio(direct, both)}",
        [first, between, last],
        [Step("1 × 1", written(reduction), True), Step("5 × 5", written(after))],
    )
    deepest = max(block.channels for block in reduced.blocks)
    return Pictures([drawing(row, deepest) for row in (plain, reduced)], columns=2)


def compared(with_: Cost, without: Cost) -> Bars:
    """Multiply-adds of what is reduced and of all, in millions; parameters, in thousands."""
    reduced = ("3 × 3", "5 × 5")
    series = {
        name: np.array(
            [
                *(found.multiply_adds[branch] / MILLION for branch in reduced),
                found.total / MILLION,
                found.parameters / 1e3,
            ]
        )
        for name, found in (("without 1 × 1", without), ("with", with_))
    }
    high = max(float(values.max()) for values in series.values())
    labels = [*(f"{branch} (M)" for branch in reduced), "module (M)", "weights (K)"]
    return Bars(labels, series, high=high, form=",.0f", highlight=len(reduced))


def all_modules() -> tuple[Bars, float]:
    """GoogLeNet's nine modules as the paper has them, and the ratio of all without to all with."""
    found: dict[str, list[float]] = {"without 1 × 1": [], "with": []}
    for widths, size in GOOGLENET.values():
        for name, reduced in zip(found, (False, True), strict=True):
            found[name].append(cost(widths, size, reduced).total / MILLION)
    totals = [sum(values) for values in found.values()]
    labels = list(GOOGLENET)
    high = max(max(values) for values in found.values())
    title = f"GoogLeNet (M): {ratio(*totals)}"
    return Bars(labels, found, high=high, form=",.0f", title=title), totals[0] / totals[1]


def written(count: float) -> str:
    """A count in millions or thousands."""
    if count >= MILLION:
        return f"{count / MILLION:,.1f} M"
    return f"{count / 1e3:,.1f} K" if count >= 1e3 else f"{count:,.0f}"


def ratio(without: float, with_: float) -> str:
    """How many times fewer, or more, in words."""
    if with_ <= without:
        return f"{without / with_:.1f} × fewer"
    return f"{with_ / without:.1f} × more"


def told(widths: Widths, with_: Cost, without: Cost) -> str:
    """What the reductions save, in a line."""
    return (
        f"1 × 1 reductions: {ratio(without.total, with_.total)} multiply-adds; output depth "
        f"{widths.outputs}, {widths.naive} without the 1 × 1 after the pooling"
    )
