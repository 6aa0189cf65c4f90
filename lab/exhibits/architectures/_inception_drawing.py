"""Feature maps drawn as blocks: height and width as they are, and a depth for the channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import resources
from lab.media.colours import ORANGE, SKY

Point = tuple[float, float]
Colour = tuple[int, int, int]

# Of a row, in pixels; drawn twice as large, so that lines are smooth.
WIDTH, HEIGHT, TWICE = 860, 292, 2
GROUND, INK, MUTED = (20, 23, 28), (238, 241, 245), (154, 165, 180)
# The face of a block; the depth of the deepest, to the right and upwards, and of a single channel.
FACE, DEEPEST, LEAST = 130, 100, 4
UP = 0.42
_FONT = Path(resources.__file__).parent / "fonts" / "Inter-Medium.otf"


@dataclass(frozen=True)
class Block:
    """Feature maps: the face that is seen, uint8 (H, W, 3), and how deep they are."""

    face: NDArray[np.uint8]
    channels: int
    label: str


@dataclass(frozen=True)
class Step:
    """What leads from a block to the next: its name, and what it takes."""

    name: str
    takes: str
    reduction: bool = False


@dataclass(frozen=True)
class Row:
    """Blocks from left to right, with a step after each but the last, under the arithmetic."""

    heading: str
    blocks: Sequence[Block]
    steps: Sequence[Step]


def drawing(row: Row, deepest: int) -> NDArray[np.uint8]:
    """A row as uint8 (HEIGHT, WIDTH, 3). deepest: the channels of the deepest block there is."""
    sheet = Image.new("RGB", (WIDTH * TWICE, HEIGHT * TWICE), GROUND)
    _row(sheet, ImageDraw.Draw(sheet), row, deepest)
    small = sheet.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return np.asarray(small, np.uint8).copy()


def _row(sheet: Image.Image, pen: ImageDraw.ImageDraw, row: Row, deepest: int) -> None:
    _text(pen, (WIDTH / 2, 12), row.heading, 30, INK)
    depths = [LEAST + (DEEPEST - LEAST) * block.channels / deepest for block in row.blocks]
    # Between blocks, and a third of that at both ends.
    gap = (WIDTH - sum(FACE + depth for depth in depths)) / (len(depths) - 1 + 2 / 3)
    left, floor = gap / 3, HEIGHT - 48.0
    for number, (block, depth) in enumerate(zip(row.blocks, depths, strict=True)):
        _block(sheet, pen, block, depth, (left, floor - FACE))
        _text(pen, (left + FACE / 2, floor + 10), block.label, 26, INK)
        if number < len(row.steps):
            start = left + FACE + depth + 8
            _step(pen, row.steps[number], start, left + FACE + depth + gap - 8, floor - FACE / 2)
        left += FACE + depth + gap


def _at(point: Point) -> Point:
    return point[0] * TWICE, point[1] * TWICE


def _block(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, block: Block, depth: float, corner: Point
) -> None:
    """A box whose front is the face; a line on its sides for each of a few channels."""
    left, top = corner
    back = depth, -depth * UP

    def moved(share: float, point: Point) -> Point:
        return _at((point[0] + share * back[0], point[1] + share * back[1]))

    right, bottom = left + FACE, top + FACE
    upper, side = (left, top), (right, top)
    corners = [_at(upper), moved(1, upper), moved(1, side), _at(side)]
    pen.polygon(corners, fill=(62, 76, 92))
    pen.polygon([_at(side), moved(1, side), moved(1, (right, bottom)), _at((right, bottom))],
                fill=(44, 55, 68))  # fmt: skip
    lines = min(block.channels, round(depth / 5) + 1)
    for i in range(1, lines):
        share = i / lines
        pen.line([moved(share, upper), moved(share, side), moved(share, (right, bottom))],
                 fill=(88, 104, 122), width=TWICE)  # fmt: skip
    edge = FACE * TWICE
    front = Image.fromarray(block.face).resize((edge, edge), Image.Resampling.NEAREST)
    sheet.paste(front, (round(left * TWICE), round(top * TWICE)))
    pen.rectangle([_at(upper), _at((right, bottom))], outline=MUTED, width=2 * TWICE)


def _step(pen: ImageDraw.ImageDraw, step: Step, start: float, end: float, height: float) -> None:
    colour = ORANGE if step.reduction else SKY
    y = height
    pen.line([_at((start, y)), _at((end - 12, y))], fill=colour, width=4 * TWICE)
    pen.polygon([_at((end, y)), _at((end - 16, y - 9)), _at((end - 16, y + 9))], fill=colour)
    middle = (start + end) / 2
    _text(pen, (middle, y - 46), step.name, 31, colour)
    _text(pen, (middle, y + 12), step.takes, 29, INK)


def _text(pen: ImageDraw.ImageDraw, at: Point, words: str, size: int, colour: Colour) -> None:
    """A line, centred below a point."""
    font = ImageFont.truetype(str(_FONT), size * TWICE)
    pen.text(_at(at), words, fill=colour, font=font, anchor="ma")
