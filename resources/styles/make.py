"""Paint the style pictures: `python resources/styles/make.py [NAME ...]`.

Our own work, by code alone: no picture of anybody's went in. Each is painted at twice its size and
made smaller, from random numbers with a fixed seed, so that it comes out the same every time.
Everything is RGB; OpenCV only fills the shapes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SIZE = 640  # of what is kept
LARGE = 2 * SIZE  # of what is painted
QUALITY = 88
FOLDER = Path(__file__).parent

Colours = np.ndarray
Random = np.random.Generator


def palette(*codes: str) -> Colours:
    """Colours from "#rrggbb", float (N, 3)."""
    return np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in codes], float)


def canvas(colour: Colours) -> np.ndarray:
    """A picture of one colour: uint8 (LARGE, LARGE, 3)."""
    return np.full((LARGE, LARGE, 3), colour, np.uint8)


def noise(random: Random, cells: int, octaves: int = 4, size: int = LARGE) -> np.ndarray:
    """Smooth noise in [-1, 1], float (size, size): `cells` bumps across, then finer ones."""
    total, weight = np.zeros((size, size), np.float32), 1.0
    for octave in range(octaves):
        grid = random.normal(size=(cells * 2**octave + 3,) * 2).astype(np.float32)
        total += weight * cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
        weight /= 2
    return total / np.abs(total).max()


def flow(height: np.ndarray) -> np.ndarray:
    """Directions along the contours of a height: its curl, so strokes neither meet nor part."""
    down, across = np.gradient(cv2.GaussianBlur(height, (0, 0), 6))
    return np.arctan2(-across, down)


def ramp(colours: Colours, share: np.ndarray | float) -> Colours:
    """The colour at `share` in [0, 1] of the way through a palette."""
    place = np.clip(share, 0, 1) * (len(colours) - 1)
    low = np.minimum(np.floor(place).astype(int), len(colours) - 2)
    rest = (place - low)[..., None]
    return colours[low] * (1 - rest) + colours[low + 1] * rest


def fill(image: np.ndarray, points: np.ndarray, colour: Colours) -> None:
    """Fill the polygon with these corners, float (N, 2) as (x, y)."""
    cv2.fillPoly(image, [np.round(points * 16).astype(np.int32)], _ints(colour), cv2.LINE_AA, 4)


def line(image: np.ndarray, points: np.ndarray, colour: Colours, width: float) -> None:
    """Draw a line through points, float (N, 2) as (x, y), so many pixels wide."""
    cv2.polylines(
        image,
        [np.round(points * 16).astype(np.int32)],
        False,
        _ints(colour),
        max(1, round(width)),
        cv2.LINE_AA,
        4,
    )


def dot(image: np.ndarray, x: float, y: float, radius: float, colour: Colours) -> None:
    """Fill a circle."""
    centre = (round(x * 16), round(y * 16))
    cv2.circle(image, centre, round(radius * 16), _ints(colour), -1, cv2.LINE_AA, 4)


def around(points: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns that a shape lies in."""
    (left, top), (right, bottom) = points.min(0), points.max(0)
    rows = slice(max(0, int(top)), max(0, int(bottom) + 2))
    return rows, slice(max(0, int(left)), max(0, int(right) + 2))


def _ints(colour: Colours) -> tuple[int, ...]:
    return tuple(int(c) for c in np.clip(colour, 0, 255))


def along(angle: np.ndarray, x: float, y: float, steps: int, stride: float) -> np.ndarray:
    """The way from (x, y) along a field of directions, float (steps, 2); never turns back."""
    points, heading = [], None
    for _ in range(steps):
        row, column = int(np.clip(y, 0, LARGE - 1)), int(np.clip(x, 0, LARGE - 1))
        step = np.array([np.cos(angle[row, column]), np.sin(angle[row, column])])
        heading = step if heading is None or step @ heading >= 0 else -step
        points.append((x, y))
        x, y = x + stride * heading[0], y + stride * heading[1]
    return np.array(points)


def stroke(
    image: np.ndarray, points: np.ndarray, colour: Colours, width: float, random: Random
) -> None:
    """A loaded brush: a dark edge below, the body, and bristles of lighter and darker paint."""
    ways = np.gradient(points, axis=0)
    across = np.stack([-ways[:, 1], ways[:, 0]], 1)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    line(image, points + across * width * 0.16, colour * 0.62, width)
    line(image, points, colour, width)
    for offset in np.linspace(-0.38, 0.38, 5):
        shade = colour * random.uniform(0.78, 1.12) + random.uniform(-6, 14)
        line(image, points + across * width * offset, shade, max(1.0, width * 0.13))


def strokes(random: Random) -> np.ndarray:
    """Oil in short thick strokes that follow a swirling night sky over hills."""
    y, x = np.mgrid[:LARGE, :LARGE].astype(np.float32) / LARGE
    swirls = [(0.30, 0.30, 0.17, 1), (0.63, 0.42, 0.14, -1), (0.86, 0.17, 0.13, 1)]
    height = 0.5 * noise(random, 3, 2) + 1.2 * y
    for across, down, radius, turn in swirls:
        far = np.hypot(x - across, y - down) / radius
        height += turn * 1.5 * np.exp(-(far**2))
    angle = flow(height)
    night = palette("#0b1c4a", "#12347e", "#1f5aa8", "#4a8fc7", "#9cc4d4", "#dfe3b5")
    share = 0.34 + 0.30 * noise(random, 5, 3)
    for across, down, radius, _ in swirls:
        far = np.hypot(x - across, y - down) / radius
        share += 0.5 * np.exp(-((far - 0.9) ** 2) * 9) + 0.25 * np.exp(-(far**2) * 2)
    colours = ramp(night, share)
    lights = [(0.86, 0.17, 0.075), (0.14, 0.12, 0.035), (0.47, 0.13, 0.03), (0.30, 0.30, 0.03)]
    lights += [(0.08, 0.47, 0.025), (0.63, 0.42, 0.028), (0.74, 0.56, 0.022), (0.42, 0.53, 0.02)]
    gold = palette("#fff3b0", "#f9d648", "#f0a51e", "#c98a2b")
    for across, down, radius in lights:
        far = np.hypot(x - across, y - down) / radius
        glow = np.clip(1.9 - far, 0, 1)[..., None]
        colours = colours * (1 - glow) + ramp(gold, far / 2.2) * glow
        ring = np.exp(-((far - 1.5) ** 2) * 2)
        rings = np.arctan2(x - across, -(y - down))
        angle = np.where(ring > 0.25, rings, angle)
        angle = np.where(far < 1.6, rings, angle)
    ground = 0.74 + 0.05 * np.sin(7 * x + 1) + 0.035 * np.sin(17 * x) + 0.02 * noise(random, 6, 2)
    hills = palette("#0a1a2e", "#173a4a", "#2f6456", "#6b8f4e", "#b9a94a")
    below = y > ground
    land = 0.42 + 0.45 * noise(random, 7, 3) - 0.9 * (y - ground)
    colours = np.where(below[..., None], ramp(hills, land), colours)
    lie = np.arctan2(np.gradient(ground, axis=1) * LARGE, 1.0) + 0.5 * np.sin(9 * x + 14 * y)
    angle = np.where(below, lie, angle)
    image = canvas(night[1] * 0.8)
    for width, count, steps in ((30, 2600, 7), (20, 5200, 7), (13, 7000, 6)):
        for _ in range(count):
            px, py = random.uniform(-20, LARGE + 20, 2)
            points = along(angle, px, py, steps, width * 0.85)
            row, column = (int(np.clip(v, 0, LARGE - 1)) for v in points[len(points) // 2][::-1])
            colour = colours[row, column] * random.uniform(0.82, 1.16) + random.normal(0, 9, 3)
            stroke(image, points, colour, width * random.uniform(0.75, 1.15), random)
    return image


def waves(random: Random) -> np.ndarray:
    """Woodblock waves: flat Prussian blues, cream foam in claws, lines that follow the swell."""
    blues = palette("#0e2a4d", "#1b4a7a", "#3b78a3", "#7fa9bd", "#b9cdc9")
    cream, ink = palette("#f3e7cb")[0], palette("#0b1d33")[0]
    image = canvas(cream)
    sky = palette("#d8c9a6", "#eddfc0", "#f5ead1")
    image[:] = ramp(sky, np.linspace(0, 1, LARGE))[:, None]
    for k in range(6):  # long thin clouds
        y, left = 70 + 50 * k, random.uniform(-200, 900)
        x = np.linspace(left, left + random.uniform(300, 700), 50)
        line(image, np.stack([x, y + 6 * np.sin(x / 90)], 1), sky[0] * 0.96, 7)
    rows = 9
    for row in range(rows):
        near = row / (rows - 1)
        base = 330 + 790 * near**1.15
        tall, length = 70 + 150 * near, 300 + 330 * near
        phase = random.uniform(0, 1)
        turn = np.linspace(-0.5, LARGE / length + 1.5, 900)
        lap = 2 * np.pi * (turn + phase)
        # A trochoid, as water goes: round troughs and pointed crests, here leaning to the right.
        x = length * (turn - 0.86 * np.sin(lap) / (2 * np.pi)) + 0.30 * tall * np.cos(lap)
        swell = 1 + 0.35 * np.sin(0.37 * lap + row)
        y = base - tall * swell * np.cos(lap)
        crest = np.stack([x, y], 1)
        body = np.concatenate([crest, [[LARGE + 900, LARGE + 900], [-900, LARGE + 900]]])
        fill(image, body, blues[(row * 2) % 3 + (0 if near > 0.4 else 1)])
        for depth in range(1, 9):  # stripes that follow the swell, thinner as they sink
            down = crest + np.array([tall * 0.05 * depth, tall * 0.17 * depth])
            tone = blues[(depth + row) % 2 * 2 + 1] if depth % 3 else blues[4]
            line(image, down, tone, (9 - depth) * (0.9 + near))
        line(image, crest, ink, 7 + 4 * near)
        line(image, crest + np.array([0, 9 + 6 * near]), cream, 10 + 9 * near)
        top = np.cos(lap)
        for k in np.flatnonzero(top > 0.80)[::3]:  # foam
            for _ in range(3):
                radius = random.uniform(0.035, 0.10) * tall
                spot = crest[k] + random.normal(0, 0.055 * tall, 2) + [0, 0.03 * tall]
                dot(image, *spot, radius + 3 + near, ink)
                dot(image, *spot, radius, cream)
        for k in np.flatnonzero((top > 0.25) & (np.sin(lap) > -0.35))[
            ::8
        ]:  # claws of foam that reach forward
            reach = tall * random.uniform(0.22, 0.42)
            bend = np.linspace(0, 1, 9)[:, None]
            claw = crest[k] + reach * np.concatenate([bend, 0.9 * bend**2.2 - 0.35 * bend], 1)
            line(image, claw, ink, 0.105 * tall + 5)
            line(image, claw, cream, 0.105 * tall - 1)
            dot(image, *claw[-1], 0.075 * tall + 3, ink)
            dot(image, *claw[-1], 0.075 * tall, cream)
        for _ in range(int(26 * near + 8)):  # spray
            k = random.choice(np.flatnonzero(top > 0.7))
            spot = crest[k] + [random.normal(0, tall * 0.5), -abs(random.normal(0, tall * 0.35))]
            dot(image, *spot, random.uniform(2, 7) * (0.6 + near), cream)
    return image


def mosaic(random: Random) -> np.ndarray:
    """Glass tiles in dark grout, laid in rows around a sun over the sea."""
    y, x = np.mgrid[:LARGE, :LARGE].astype(np.float32) / LARGE
    sea = 0.62 + 0.03 * np.sin(9 * x) + 0.015 * np.sin(23 * x + 1)
    far = np.hypot(x - 0.5, y - 0.46)
    image = canvas(palette("#2b2a2c")[0])
    warm = palette("#fff0b3", "#ffd23f", "#f79824", "#e4572e", "#b02e3c", "#6a2c70")
    cool = palette("#0b3c5d", "#118ab2", "#06d6a0", "#2a9d8f", "#8ecae6", "#14506b")
    leaf = palette("#1b4332", "#40916c", "#95d5b2", "#d8c46b")
    tile = 40.0
    taken = np.zeros((LARGE, LARGE), np.uint8)
    spots = []
    for radius in np.arange(tile * 0.5, LARGE, tile):  # rings around the sun
        count = max(1, int(2 * np.pi * radius / tile))
        shift = random.uniform(0, 2 * np.pi)
        for turn in shift + np.arange(count) * 2 * np.pi / count:
            place = (0.5 * LARGE + radius * np.cos(turn), 0.46 * LARGE + radius * np.sin(turn))
            spots.append((*place, turn + np.pi / 2, "sky"))
    for k in range(14):  # rows of the sea, which follow its swell
        across = np.arange(-tile, LARGE + tile, tile) + (k % 2) * tile / 2
        for px in across:
            column = int(np.clip(px, 0, LARGE - 1))
            swell = 0.5 * np.sin(9 * px / LARGE + 0.6 * k)
            py = LARGE * float(sea[0, column]) + (k + 0.6) * tile + 7 * swell
            spots.append((px, py, 0.25 * np.cos(9 * px / LARGE + 0.6 * k), "sea"))
    for px, py, turn, kind in spots:
        if not (-tile < px < LARGE + tile and -tile < py < LARGE + tile):
            continue
        row, column = int(np.clip(py, 0, LARGE - 1)), int(np.clip(px, 0, LARGE - 1))
        above = py < LARGE * sea[row, column] + tile * 0.1
        if above != (kind == "sky") or taken[row, column]:
            continue
        if kind == "sky":
            distance = far[row, column]
            ray = 0.5 + 0.5 * np.sin(12 * np.arctan2(py / LARGE - 0.46, px / LARGE - 0.5))
            colour = ramp(warm, min(1.0, distance * 1.25 + 0.10 * ray * (distance > 0.13)))
            if distance > 0.33 and ray < 0.32:
                colour = cool[random.integers(1, 5)]
        else:
            band = (py / LARGE - sea[0, column]) * 3
            colour = cool[int(random.integers(0, 3) + 3 * (np.sin(26 * band) > 0)) % 6]
            if abs(px / LARGE - 0.5) < 0.09 + 0.05 * random.uniform() and random.uniform() < 0.75:
                colour = ramp(warm, band * 0.9)
            elif band > 0.85:
                colour = leaf[random.integers(0, 4)]
        colour = np.clip(colour * random.uniform(0.80, 1.12) + random.normal(0, 6, 3), 0, 255)
        half = tile * 0.43
        corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
        corners += random.normal(0, 2.6, (4, 2))
        rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        shape = corners @ rotation + [px, py]
        fill(image, shape + np.array([3, 4]), palette("#141314")[0])
        fill(image, shape, colour)
        line(image, shape[[3, 0, 1]], colour * 0.6 + 102, 4)  # light from above, on the left
        line(image, shape[[1, 2, 3]], colour * 0.6, 4)
        cv2.fillPoly(taken, [np.round(shape * 0.86 + 0.14 * np.array([px, py])).astype(int)], 1)
    grain = random.normal(0, 7, (LARGE // 4, LARGE // 4, 1)).astype(np.float32)
    grain = cv2.resize(grain, (LARGE, LARGE))[..., None]
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def ink(random: Random) -> np.ndarray:
    """Ink wash on paper: mountains in mist, dry-brushed pines and reeds, a red seal."""
    paper = palette("#efe6d2")[0]
    image = np.full((LARGE, LARGE, 3), paper, np.float32)
    image += 9 * noise(random, 5, 5)[..., None] + random.normal(0, 4, (LARGE, LARGE, 1))
    y = np.mgrid[:LARGE, :LARGE][0].astype(np.float32)
    black = palette("#16181c")[0]

    def wash(share: np.ndarray) -> None:
        nonlocal image
        share = np.clip(share, 0, 1)[..., None]
        image = image * (1 - share) + black * share

    far = np.hypot(np.mgrid[:LARGE, :LARGE][1] - 930, y - 250)
    wash(0.22 * np.exp(-(((far - 128) / 40) ** 2)) * (far > 120))  # the moon is bare paper
    for layer in range(6):
        near = layer / 5
        ridge = noise(random, 3 + layer, 6)[0] * (150 + 90 * near) + 330 + 145 * layer
        below = y - ridge
        grain = 0.5 + 0.5 * noise(random, 26, 4)
        edge = np.exp(-np.clip(below, 0, None) / (26 + 30 * near)) * (below > 0)
        body = np.exp(-np.clip(below, 0, None) / (90 + 40 * near)) * (below > 0)
        wash((0.18 + 0.60 * near) * edge * (0.55 + 0.6 * grain) + (0.10 + 0.42 * near) * body)
        # Strokes down the slopes, broken where the brush ran dry.
        down = np.zeros((LARGE, LARGE), np.uint8)
        for _ in range(150 + 60 * layer):
            px = random.uniform(0, LARGE)
            top = ridge[int(px)] + random.uniform(0, 50)
            lean, long = random.normal(0, 0.5), random.uniform(30, 120) * (0.6 + near)
            t = np.linspace(0, 1, 8)
            points = np.stack([px + lean * long * t + 6 * np.sin(5 * t), top + long * t], 1)
            line(down, points, np.array([255.0]), random.uniform(1, 7))
        dry = np.where(noise(random, 90, 2) > -0.15, 1.0, 0.25)
        wash((0.14 + 0.42 * near) * dry * down / 255)
        wash(0.02 * near * (below > 0))
    marks = np.zeros((LARGE, LARGE), np.uint8)
    for _ in range(16):  # pines
        px, foot = random.uniform(40, LARGE - 40), random.uniform(900, 1150)
        tall = random.uniform(130, 250)
        line(marks, np.array([[px, foot], [px + random.normal(0, 9), foot - tall]]), [255], 8)
        for level in np.linspace(0.25, 1, 11):
            wide = (1.08 - level) * tall * 0.42
            for side in (-1, 1):
                tip = [px + side * wide, foot - level * tall + 0.22 * wide]
                line(marks, np.array([[px, foot - level * tall], tip]), [255], 9)
    for _ in range(110):  # reeds
        px, lean, tall = random.uniform(0, LARGE), random.normal(0, 70), random.uniform(90, 340)
        t = np.linspace(0, 1, 14)
        blade = np.stack([px + lean * t**2, LARGE + 10 - tall * t], 1)
        for part in range(13):
            line(marks, blade[part : part + 2], [255], 11 * (1 - t[part]) + 1)
    dry = np.where(noise(random, 120, 2) > -0.25, 0.92, 0.45)
    wash(cv2.GaussianBlur(marks, (0, 0), 1.2) / 255 * dry)
    for _ in range(260):  # a loaded brush was shaken
        px, py = random.uniform(0, LARGE, 2)
        spot = np.zeros((LARGE, LARGE), np.uint8)
        if random.uniform() < 0.35:
            dot(spot, px, py, random.uniform(1, 6), [255])
            wash(0.5 * spot / 255)
    seal = palette("#b3261e")[0]
    image[1010:1120, 1105:1200] = seal + random.normal(0, 9, (110, 95, 1))
    for k in range(4):
        image[1026 + 22 * k : 1034 + 22 * k, 1122 : 1122 + 60 - 17 * (k % 2)] = paper
    image[1022:1108, 1150:1158] = paper
    return np.clip(image, 0, 255).astype(np.uint8)


def cubes(random: Random) -> np.ndarray:
    """Cubist facets: a plane cut by lines again and again, each part shaded, some hatched."""
    ochre = palette("#e8c07d", "#c98b4e", "#8c4a2f", "#4f2f26")
    slate = palette("#dfe4dc", "#9fb0ad", "#5b7580", "#26353f")
    accents = palette("#c8102e", "#1f4e9c", "#e3a008", "#2f6f4f")
    parts = [np.array([[0, 0], [LARGE, 0], [LARGE, LARGE], [0, LARGE]], float)]
    for _ in range(120):
        sizes = np.array([_area(part) for part in parts])
        k = int(random.choice(len(parts), p=sizes**1.6 / (sizes**1.6).sum()))
        part = parts.pop(k)
        through = part.mean(0) + random.normal(0, 0.12, 2) * np.sqrt(sizes[k])
        turn = random.choice([0.5, 1.05, 2.1, 2.6, 1.57, 0.1]) + random.normal(0, 0.13)
        parts += [half for half in _cut(part, through, turn) if len(half) > 2]
    image = canvas(ochre[3])
    y, x = np.mgrid[:LARGE, :LARGE].astype(np.float32)
    for number, part in enumerate(parts):
        middle = part.mean(0) / LARGE
        warm = np.sin(5 * middle[0] + 1.2) + np.cos(6 * middle[1]) + random.normal(0, 0.55) > 0.1
        colours = ochre if warm else slate
        if random.uniform() < 0.13:
            accent = accents[random.integers(0, 4)]
            colours = np.stack([accent * 0.5 + 127, accent, accent * 0.8, accent * 0.4])
        turn = random.uniform(0, 2 * np.pi)
        reach = (part - part.mean(0)) @ [np.cos(turn), np.sin(turn)]
        away = (x - part.mean(0)[0]) * np.cos(turn) + (y - part.mean(0)[1]) * np.sin(turn)
        share = (away - reach.min()) / (np.ptp(reach) + 1e-6)
        mask = np.zeros((LARGE, LARGE), np.uint8)
        fill(mask, part, np.array([255.0]))
        low = random.uniform(0, 0.45)
        box = around(part)
        shade = ramp(colours, low + 0.5 * share[box])
        cover = mask[box][..., None] / 255
        image[box] = (image[box] * (1 - cover) + shade * cover).astype(np.uint8)
        if number % 5 == 0:  # hatching
            layer = image.copy()
            normal = np.array([-np.sin(turn), np.cos(turn)])
            for offset in np.arange(-700, 700, 17):
                start = part.mean(0) + offset * np.array([np.cos(turn), np.sin(turn)])
                ends = np.stack([start - 900 * normal, start + 900 * normal])
                line(layer, ends, colours[3] * 0.8, 4)
            image[mask > 127] = layer[mask > 127]
    for part in parts:
        closed = np.concatenate([part, part[:1]])
        line(image, closed + np.array([4, 4]), ochre[0] * 1.05, 4)
        line(image, closed, palette("#1c1512")[0], random.uniform(5, 12))
    weave = 6 * noise(random, 160, 1) + 5 * noise(random, 60, 2)
    dabs = 0.06 * noise(random, 40, 3)
    return np.clip(image * (1 + dabs[..., None]) + weave[..., None], 0, 255).astype(np.uint8)


def _area(part: np.ndarray) -> float:
    x, y = part[:, 0], part[:, 1]
    return 0.5 * abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1)))


def _cut(part: np.ndarray, through: np.ndarray, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """The two parts of a convex polygon on either side of a line."""
    side = (part - through) @ [np.sin(turn), -np.cos(turn)]
    one, other = [], []
    for k in range(len(part)):
        here, there, a, b = part[k], part[(k + 1) % len(part)], side[k], side[(k + 1) % len(part)]
        (one if a >= 0 else other).append(here)
        if a * b < 0:
            crossing = here + (there - here) * a / (a - b)
            one.append(crossing)
            other.append(crossing)
    return np.array(one), np.array(other)


def dots(random: Random) -> np.ndarray:
    """Points of pure colour, side by side: trees, a river and the evening sun."""
    y, x = np.mgrid[:LARGE, :LARGE].astype(np.float32) / LARGE
    sky = palette("#f7b267", "#f9c784", "#fce2b8", "#a9c9e8", "#6d9fd8")
    water = palette("#22577a", "#3a86b7", "#f4a259", "#fbe3b5", "#2a6f97")
    grass = palette("#1d5c3a", "#4c9f50", "#9bc53d", "#e9d758")
    tree = palette("#152d45", "#1f5a4c", "#3e8e5a", "#b7c94f")
    shore = 0.55 + 0.015 * np.sin(11 * x)
    bank = 0.80 - 0.16 * x + 0.025 * np.sin(8 * x + 1)
    far = np.hypot(x - 0.62, (y - 0.40))
    colours = ramp(sky, 0.15 + 1.35 * far + 0.14 * noise(random, 4, 3))
    colours = np.where((far < 0.075)[..., None], palette("#fff4c2")[0], colours)
    river = 0.45 + 0.5 * np.sin(95 * y + 4 * noise(random, 5, 2)) * np.exp(-np.abs(x - 0.62) * 2)
    colours = np.where((y > shore)[..., None], ramp(water, river), colours)
    colours = np.where((y > bank)[..., None], ramp(grass, 0.5 + 0.6 * noise(random, 8, 3)), colours)
    lumps = 0.07 * noise(random, 7, 4)
    for px, py, wide, tall in ((0.14, 0.34, 0.17, 0.30), (0.36, 0.46, 0.09, 0.13),
                               (0.92, 0.42, 0.11, 0.20)):  # fmt: skip
        inside = np.hypot((x - px) / wide, (y - py) / tall) + 4 * lumps < 1
        light = 0.35 - 1.1 * (y - py) / tall * 0.4 + 0.5 * (x - px) / wide * 0.6 + 5 * lumps
        colours = np.where(inside[..., None], ramp(tree, light), colours)
        trunk = (np.abs(x - px) < 0.012 + 0.01 * (y > py + tall)) & (y > py) & (y < py + tall * 1.4)
        colours = np.where(trunk[..., None], palette("#3b2438")[0], colours)
    image = canvas(palette("#f2e8d5")[0])
    for radius, spread in ((17.0, 19.0), (12.0, 13.0), (8.5, 12.0)):
        places = np.mgrid[0:LARGE:spread, 0:LARGE:spread].reshape(2, -1).T[:, ::-1]
        places = places + random.uniform(-0.62, 0.62, places.shape) * spread
        random.shuffle(places)
        for px, py in places:
            row, column = int(np.clip(py, 0, LARGE - 1)), int(np.clip(px, 0, LARGE - 1))
            colour = colours[row, column].copy()
            kind = random.uniform()
            if kind < 0.13:  # its complement beside it makes a colour glow
                colour = 255 - colour[[2, 0, 1]] * 0.75
            elif kind < 0.30:
                colour = colour[[0, 2, 1]] * 0.5 + colour * 0.5
            colour = colour.mean() + (colour - colour.mean()) * 1.35 + random.normal(0, 17, 3)
            dot(image, px, py, radius * random.uniform(0.62, 0.95) * 0.62, colour)
    return image


def glass(random: Random) -> np.ndarray:
    """Stained glass in lead: petals around a rose, with light that varies within each pane."""
    image = canvas(palette("#0c0c10")[0])
    jewels = palette("#9d0208", "#e85d04", "#ffba08", "#0353a4", "#0096c7", "#2b9348", "#7b2cbf",
                     "#d00070", "#caf0f8")  # fmt: skip
    middle, rings = np.array([LARGE / 2, LARGE / 2]), [0, 90, 200, 300, 430, 560, 700, 920]
    counts = [1, 8, 16, 16, 32, 32, 64]
    panes = []
    for ring, (inner, outer, count) in enumerate(zip(rings, rings[1:], counts, strict=False)):
        step = 2 * np.pi / count
        for k in range(count):
            turn = (k + 0.5 * (ring % 2)) * step
            t = np.linspace(0, 1, 15)
            bulge = 0.24 * (outer - inner) * np.sin(np.pi * t) * (1 if ring % 2 else 0.4)
            away = np.concatenate([outer + bulge, (inner + bulge * (ring > 1))[::-1]])
            angle = np.concatenate([turn + (t - 0.5) * step, turn + (t[::-1] - 0.5) * step])
            shape = middle + np.stack([np.cos(angle), np.sin(angle)], 1) * away[:, None]
            panes.append((shape, jewels[(ring * 3 + (k % 2) * (1 + ring % 3) + k // 8 % 2) % 9]))
    glow = 0.5 + 0.5 * noise(random, 9, 4)
    streaks = noise(random, 40, 2)
    y, x = np.mgrid[:LARGE, :LARGE].astype(np.float32)
    for shape, colour in panes:
        mask = np.zeros((LARGE, LARGE), np.uint8)
        fill(mask, shape, np.array([255.0]))
        box = around(shape)
        if not mask[box].size:
            continue
        away = np.hypot(x[box] - shape[:, 0].mean(), y[box] - shape[:, 1].mean())
        light = 1.25 - 0.55 * away / (away[mask[box] > 0].max() if mask[box].any() else 1)
        light = (light * (0.66 + 0.5 * glow[box]) + 0.10 * streaks[box])[..., None]
        tinted = colour * random.uniform(0.8, 1.15) * light + 60 * np.clip(light - 1, 0, 1)
        cover = mask[box][..., None] / 255
        painted = np.clip(tinted, 0, 255)
        image[box] = (image[box] * (1 - cover) + painted * cover).astype(np.uint8)
    for shape, _ in panes:
        closed = np.concatenate([shape, shape[:1]])
        line(image, closed, palette("#0b0b0e")[0], 15)
        line(image, closed - np.array([2, 2]), palette("#4d4a4a")[0], 3)
    return image


STYLES: dict[str, Callable[[Random], np.ndarray]] = {
    style.__name__: style for style in (strokes, waves, mosaic, ink, cubes, dots, glass)
}


def main(names: list[str]) -> None:
    """Paint the styles of these names, or all."""
    for number, (name, paint) in enumerate(STYLES.items()):
        if names and name not in names:
            continue
        image = paint(np.random.default_rng(number))
        small = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        path = FOLDER / f"{name}.jpg"
        Image.fromarray(np.ascontiguousarray(small)).save(path, quality=QUALITY, optimize=True)
        print(f"{path.name:14} {path.stat().st_size / 1000:6.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
