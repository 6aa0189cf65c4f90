"""The cube of an activation, N x C x (H, W), with what each normalisation averages over."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lab.media.colours import ORANGE, SKY
from lab.networks.normalisation import KINDS, shared
from lab.payloads import Pictures

# Images, channels, positions, and the value that is normalised: on the face that is seen best.
SHAPE, AT, GROUPS = (5, 8, 5), (0, 3, 2), 2
# Pixels of a picture; it is drawn so many times as large, for smooth edges.
WIDTH, HEIGHT, FINER = 400, 370, 3
GREEN, GROUND, PLAIN, INK = (0, 158, 115), (20, 23, 28), (66, 73, 84), (238, 241, 245)
# The averages of a normalisation, in order, by their number; the last covers the others.
TONES = {0: (), 1: (SKY,), 2: (SKY, ORANGE), 3: (SKY, GREEN, ORANGE)}
# How bright the three faces are: of the first image, of the last channel, on top.
FRONT, SIDE, TOP = 0.88, 0.66, 1.0
AXES = {"weight": ("in", "out", "k, k")}

Point = tuple[float, float]


def _project(n: float, c: float, row: float) -> Point:
    """Where a corner of the lattice is, in units of a cell's edge; rows go down."""
    return 0.866 * (c + n), 0.5 * (c - n) + row


def _face(kind: str, cell: tuple[int, int, int]) -> tuple[int, int, int]:
    """The colour of a cell: that of the last average that it is in."""
    if kind == "weight":
        return SKY if cell[0] == AT[0] else PLAIN
    colour = PLAIN
    masks = shared(kind, SHAPE, AT, GROUPS)
    for mask, tone in zip(masks, TONES[len(masks)], strict=True):
        if mask[cell]:
            colour = tone
    return colour


@cache
def cube(kind: str) -> NDArray[np.uint8]:
    """Its three visible faces in isometric projection: uint8 (HEIGHT, WIDTH, 3)."""
    images, channels, rows = SHAPE
    across = 0.866 * (images + channels)
    edge = FINER * (WIDTH - 52) / across
    left = FINER * 8.0
    top = FINER * 8.0 + edge * images * 0.5
    picture = Image.new("RGB", (FINER * WIDTH, FINER * HEIGHT), GROUND)
    pen = ImageDraw.Draw(picture)

    def place(n: float, c: float, row: float) -> Point:
        x, y = _project(n, c, row)
        return left + edge * x, top + edge * y

    def draw(cell: tuple[int, int, int], corners: list[Point], light: float) -> None:
        colour = tuple(round(light * part) for part in _face(kind, cell))
        pen.polygon(corners, fill=colour)
        pen.line([*corners, corners[0]], fill=GROUND, width=FINER * 2, joint="curve")

    for c in range(channels):
        for r in range(rows):
            square = [(0, c, r), (0, c + 1, r), (0, c + 1, r + 1), (0, c, r + 1)]
            draw((0, c, r), [place(*corner) for corner in square], FRONT)
    for n in range(images):
        for r in range(rows):
            end = channels
            square = [(n, end, r), (n + 1, end, r), (n + 1, end, r + 1), (n, end, r + 1)]
            draw((n, channels - 1, r), [place(*corner) for corner in square], SIDE)
        for c in range(channels):
            square = [(n, c, 0), (n + 1, c, 0), (n + 1, c + 1, 0), (n, c + 1, 0)]
            draw((n, c, 0), [place(*corner) for corner in square], TOP)
    if kind != "weight":
        n, c, r = AT
        corners = [place(n, *end) for end in ((c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1))]
        pen.line([*corners, corners[0], corners[1]], fill=INK, width=FINER * 4, joint="curve")
    _name_axes(pen, kind, place)
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return np.asarray(small)


def _name_axes(
    pen: ImageDraw.ImageDraw, kind: str, place: Callable[[float, float, float], Point]
) -> None:
    """C below the front, N above its left end, H, W beside it."""
    images, channels, rows = SHAPE
    font = ImageFont.load_default(FINER * 34)
    along, depth, high = AXES.get(kind, ("C", "N", "H, W"))
    x, y = place(0, channels / 2, rows)
    pen.text((x - FINER * 30, y + FINER * 26), along, INK, font, anchor="mm")
    x, y = place(images / 2, 0, 0)
    pen.text((x - FINER * 26, y - FINER * 16), depth, INK, font, anchor="mm")
    x, y = place(images, channels, rows / 2)
    turned = Image.new("L", (FINER * 120, FINER * 40))
    ImageDraw.Draw(turned).text((FINER * 60, FINER * 20), high, 255, font, anchor="mm")
    turned = turned.rotate(90, expand=True)
    pen.bitmap((round(x) + FINER * 3, round(y) - turned.height // 2), turned, INK)


def cubes(chosen: str) -> Pictures:
    """All eight, in the order of KINDS, the chosen one framed."""
    return Pictures(
        [cube(kind) for kind in KINDS],
        [f"{row.title}\n{row.axes}" for row in KINDS.values()],
        selected=list(KINDS).index(chosen),
        columns=4,
    )
