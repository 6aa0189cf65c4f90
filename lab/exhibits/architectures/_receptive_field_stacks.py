"""The lecture's question: a stack of 3 x 3 convolutions against one with a larger kernel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from lab.media.colours import ORANGE, SKY
from lab.media.opencv import opencv
from lab.payloads import Pictures
from lab.structure.fields import fields
from lab.structure.stacks import Stack, measured_field, seen_at
from lab.structure.trace import traced

QUESTIONS = {"two": "Two 3 × 3 or one 5 × 5", "three": "Three 3 × 3 or one 7 × 7"}
STACKS = {
    "two": {"Two 3 × 3": Stack((3, 3)), "One 5 × 5": Stack((5,))},
    "three": {"Three 3 × 3": Stack((3, 3, 3)), "One 7 × 7": Stack((7,))},
}
DEEPEST = 3
# Edge of the map for which multiply-adds are counted: VGG-16's third stage.
MAP = 56

# Of a picture, in pixels.
WIDTH, HEIGHT = 480, 600
GROUND, LINE, PLAIN = (20, 23, 28), (90, 98, 110), (38, 43, 51)


@lru_cache(maxsize=64)
def counted(stack: Stack, channels: int) -> tuple[int, int, int, int]:
    """(field, weights, ReLUs, multiply-adds) of the stack, counted in PyTorch's own layers."""
    with torch.device("meta"):
        network = stack.network(channels)
    trace = traced(network, MAP, channels)
    relus = sum(each.kind == "ReLU" for each in trace.operations)
    return fields(trace)[-1].size[0], trace.parameters, relus, trace.multiply_adds


@lru_cache(maxsize=8)
def seen(stack: Stack) -> int:
    """The edge of the field, measured by the gradient to each pixel."""
    with torch.random.fork_rng(devices=()):
        return measured_field(stack.network(1))


def saved(question: str, channels: int) -> float:
    """The share of the weights that the stack does without."""
    stack, single = STACKS[question].values()
    return 1 - counted(stack, channels)[1] / counted(single, channels)[1]


def drawn(question: str, back: int, channels: int) -> Pictures:
    """Which pixels the unit at the top depends on, `back` layers back, and what both ways cost."""
    pictures, captions, found = [], [], []
    for name, stack in STACKS[question].items():
        shown = min(back, len(stack.kernels))
        pictures.append(layers_of(stack, shown))
        field, weights, relus, adds = counted(stack, channels)
        found.append((weights, relus))
        same = "" if field == seen(stack) else f", measured {seen(stack)}"
        captions.append(
            f"{name}: field {field} × {field}{same}\n{short(weights)} weights, "
            f"{relus} ReLU{'s' * (relus > 1)}\n{short(adds)} multiply-adds"
        )
    (weights, relus), (more, fewer) = found
    words = f"{weights / more - 1:+.0%} weights, {relus - fewer:+d} ReLU".replace("-", "−")
    title = f"{QUESTIONS[question].replace(' or ', ' for ')}: {words}"
    return Pictures(pictures, captions, columns=2, title=title)


def short(count: int) -> str:
    """A count in a few characters: 1,638,400 is 1.64 M."""
    for unit, size in (("G", 10**9), ("M", 10**6)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:,}"


def layers_of(stack: Stack, back: int) -> NDArray[np.uint8]:
    """The maps of a stack over one another, the image below: uint8 (HEIGHT, WIDTH, 3).

    What the unit in the middle of the last one depends on is coloured, `back` layers back.
    """
    cv = opencv()
    pixels = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
    depth, size = len(stack.kernels), stack.field() + 2
    high = (HEIGHT - 20) / (depth + 1)
    # A cell's steps to the right and, for the next row, down and to the left.
    right = 0.62 * WIDTH / size
    down = np.array([-0.35 * right, min(0.62 * high / size, 0.5 * right)])

    def point(level: int, row: float, column: float) -> NDArray[np.float64]:
        middle = np.array([WIDTH / 2, HEIGHT - 10 - (level + 0.5) * high])
        away = np.array([(column - size / 2) * right, 0.0]) + (row - size / 2) * down
        return np.asarray(middle + away)

    def polygon(level: int, top: float, left: float, edge: float) -> NDArray[np.int32]:
        corners = [(top, left), (top, left + edge), (top + edge, left + edge), (top + edge, left)]
        places = [point(level, *corner) for corner in corners]
        return np.rint(np.array(places) * 16).astype(np.int32)

    def outline(corners: NDArray[np.int32], colour: tuple[int, int, int], width: int) -> None:
        cv.polylines(pixels, [corners], True, colour, width, cv.LINE_AA, 4)

    for level in range(depth + 1):
        mask = seen_at(stack, level, size)
        known = depth - level <= back
        for row in range(size):
            for column in range(size):
                cell = polygon(level, row, column, 1)
                colour = PLAIN
                if known and bool(mask[row, column]):
                    colour = ORANGE if level == depth else SKY
                cv.fillPoly(pixels, [cell], colour, cv.LINE_AA, 4)
                outline(cell, LINE if colour == PLAIN else GROUND, 1)
        if level and depth - level < back:
            half, below = (sum(k // 2 for k in stack.kernels[at:]) for at in (level, level - 1))
            upper = polygon(level, size // 2 - half, size // 2 - half, 2 * half + 1)
            lower = polygon(level - 1, size // 2 - below, size // 2 - below, 2 * below + 1)
            for a, b in zip(upper, lower, strict=True):
                cv.line(pixels, a.tolist(), b.tolist(), ORANGE, 2, cv.LINE_AA, 4)
    return pixels
