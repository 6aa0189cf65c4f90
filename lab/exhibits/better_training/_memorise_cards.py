"""What a race to a picture shows: the paintings, a part enlarged, and how many bytes it takes."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from lab.exhibit import Frame, Value
from lab.exhibit.comparing import final_metrics, final_table, mean_curve
from lab.exhibits.better_training._memorise_race import PictureRace
from lab.media.pictures import Picture
from lab.networks.coordinate_networks import KINDS
from lab.payloads import Bars, Pictures, Table
from lab.training.coordinates import HIGHEST, error_of, painted, psnr

# Samples along the longer edge of the enlarged part.
FINE = 224
TITLES = {kind: row.title for kind, row in KINDS.items()}
Box = tuple[float, float, float, float]


def prepared(picture: Picture, edge: int) -> NDArray[np.uint8]:
    """A picture whose longer edge is `edge` pixels, or its own where that is less."""
    height, width = picture.size
    scale = min(edge / max(height, width), 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.array(Image.fromarray(picture.pixels).resize(size, Image.Resampling.LANCZOS))


def coded(pixels: NDArray[np.uint8], form: str, **options: int) -> bytes:
    """The bytes of a picture file."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form, **options)
    return content.getvalue()


def jpeg_as_good(pixels: NDArray[np.uint8], wanted: float) -> tuple[int, float]:
    """(bytes, PSNR in dB) of the smallest JPEG file that is as good as `wanted`, or of the best."""

    def tried(quality: int) -> tuple[int, float]:
        content = coded(pixels, "JPEG", quality=quality, subsampling=0, optimize=1)
        with Image.open(io.BytesIO(content)) as image:
            return len(content), psnr(error_of(np.asarray(image), pixels))

    low, high = 1, 95
    while low < high:
        middle = (low + high) // 2
        if tried(middle)[1] >= wanted:
            high = middle
        else:
            low = middle + 1
    return tried(low)


def in_half(network: nn.Module) -> nn.Module:
    """A copy whose weights are rounded to 16 bits (float16)."""
    rounded = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in rounded.parameters():
            parameter.copy_(parameter.half())
    return rounded


def decibels(value: float) -> str:
    """A PSNR as text."""
    if value >= HIGHEST:
        return f"{HIGHEST:.0f} dB or more"
    return f"{value:.1f} dB" if np.isfinite(value) else "diverged"


def outlined(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """A copy with a white line inside a black one around a part of it."""
    result = pixels.copy()
    height, width = pixels.shape[:2]
    left, top, wide, high = box
    for away, colour in ((1, 0), (0, 255)):
        rows = round(top) - away, min(round(top + high) - 1 + away, height - 1)
        columns = round(left) - away, min(round(left + wide) - 1 + away, width - 1)
        (first, last), (start, end) = ((max(a, 0), b) for a, b in (rows, columns))
        result[[first, last], start : end + 1] = colour
        result[first : last + 1, [start, end]] = colour
    return result


def contrasted(pixels: NDArray[np.uint8]) -> tuple[int, int]:
    """(column, row) of the place around which the brightness varies most."""
    grey = pixels.mean(2)
    # Sums over windows from differences of cumulative sums; the window is cut at the border.
    radius = max(round(max(grey.shape) / 16), 1)

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        for axis in (0, 1):
            length = values.shape[axis]
            total = np.insert(np.cumsum(values, axis), 0, 0, axis)
            start = np.maximum(np.arange(length) - radius, 0)
            end = np.minimum(np.arange(length) + radius + 1, length)
            shape = (-1, 1) if axis == 0 else (1, -1)
            values = (total.take(end, axis) - total.take(start, axis)) / (end - start).reshape(
                shape
            )
        return values

    variance = mean(grey**2) - mean(grey) ** 2
    row, column = np.unravel_index(int(variance.round(6).argmax()), grey.shape)
    return int(column), int(row)


def part(size: tuple[int, int], zoom: float, across: float, down: float) -> Box:
    """The part of a picture around a place, inside it: its longer edge divided by `zoom`.

    across, down: the place in pixels.
    """
    height, width = size
    side = max(max(size) / zoom, 1.0)
    wide, high = min(side, width), min(side, height)
    left = min(max(across - wide / 2, 0.0), width - wide)
    top = min(max(down - high / 2, 0.0), height - high)
    return left, top, wide, high


class MemoriseCards:
    """Frames from the state of a race.

    The paintings are those of the first race: further seeds add to the figures only.
    """

    def __init__(self, pixels: NDArray[np.uint8], race: PictureRace) -> None:
        self.pixels, self._race = pixels, race
        self.size = (pixels.shape[0], pixels.shape[1])
        self._contrasted = contrasted(pixels)
        self._png = len(coded(pixels, "PNG", optimize=1))
        self._networks = {kind: trainer.model for kind, trainer in race.trainers.items()}
        self._first: dict[str, float] = {}

    def box(self, zoom: float, across: int, down: int) -> Box:
        """The part around a pixel; for -1 the column or row of the place with the most contrast."""
        column, row = (
            place if place >= 0 else own
            for place, own in zip((across, down), self._contrasted, strict=True)
        )
        return part(self.size, zoom, column + 0.5, row + 0.5)

    def checked(self, check: int, box: Box) -> Iterator[Frame]:
        """All that a checkpoint shows."""
        yield self.figures()
        if self._race.race_number > 0:
            return
        for kind in KINDS:
            self._first[kind] = float(self._race.scores.at("psnr", kind, check)[0])
        found = ", ".join(f"{TITLES[kind]} {decibels(v)}" for kind, v in self._first.items())
        status = f"step {self._race.checks[check]} of {self._race.checks[-1]}: {found}"
        yield self.paintings(box).then(Frame(status=status))
        yield Frame({"bytes": self._bytes(last=check == len(self._race.checks) - 1)})
        yield from self.enlarged(box)

    def looks(self, box: Box) -> Iterator[Frame]:
        """What another part changes."""
        yield self.paintings(box)
        yield from self.enlarged(box)

    def paintings(self, box: Box) -> Frame:
        """The picture, with the enlarged part outlined, and what each network makes of it."""
        height, width = self.size
        images, captions = [outlined(self.pixels, box)], [f"image\n{width} × {height} pixels"]
        for kind, found in self._first.items():
            images.append(self._race.paintings[kind])
            captions.append(f"{TITLES[kind]}\n{decibels(found)}")
        return Frame({"paintings": Pictures(images, captions)})

    def enlarged(self, box: Box) -> Iterator[Frame]:
        """A part of the picture, sampled more finely than its pixels."""
        left, top, wide, high = box
        scale = FINE / max(wide, high)
        samples = max(round(high * scale), 1), max(round(wide * scale), 1)
        cubic = Image.fromarray(self.pixels).resize(
            samples[::-1], Image.Resampling.BICUBIC, (left, top, left + wide, top + high)
        )
        images, captions = [np.array(cubic)], ["bicubic interpolation"]
        for kind, network in self._networks.items():
            yield Frame()
            images.append(painted(network, self.size, box, samples))
            captions.append(TITLES[kind])
        title = (
            f"Beyond the pixels: {wide:.0f} × {high:.0f} pixels sampled at "
            f"{samples[1]} × {samples[0]}"
        )
        yield Frame({"enlarged": Pictures(images, captions, title=title)})

    def figures(self) -> Frame:
        """The curve, the table and the metrics, of all races so far."""
        scores = self._race.scores
        table = final_table(scores, {"psnr": ("PSNR (dB)", ".1f")}, TITLES, "Network")
        pixels = self.pixels.shape[0] * self.pixels.shape[1]
        counts = (f"{self._count(kind):,}" for kind in KINDS)
        rows = [[*row, count] for row, count in zip(table.rows, counts, strict=True)]
        columns = [*table.columns, "Parameters"]
        metrics: dict[str, Value] = {
            **final_metrics(scores, "psnr"),
            "psnr": scores.mean("psnr", "sines"),
            "lead": scores.mean("psnr", "sines") - scores.mean("psnr", "relu"),
            "parameters": self._count("sines"),
            "bits_per_pixel": 32 * self._count("sines") / pixels,
        }
        outputs = {
            "psnr": mean_curve(scores, "psnr", TITLES),
            "table": Table(columns, rows),
        }
        return Frame(outputs, metrics)

    def _count(self, kind: str) -> int:
        return sum(p.numel() for p in self._networks[kind].parameters())

    def _bytes(self, last: bool) -> Bars:
        network, found = self._networks["sines"], self._first["sines"]
        weights = self._count("sines")
        size, quality = jpeg_as_good(self.pixels, found if np.isfinite(found) else 0.0)
        half = "sines, 16 bits"
        if last:
            error = error_of(painted(in_half(network), self.size), self.pixels)
            half += f" ({decibels(psnr(error))})"
        sizes = {
            "raw RGB": self.pixels.nbytes,
            "PNG (lossless)": self._png,
            f"JPEG ({decibels(quality)})": size,
            f"sines, 32 bits ({decibels(found)})": 4 * weights,
            half: 2 * weights,
        }
        values = np.array(list(sizes.values())) / 1000
        return Bars(list(sizes), {"kB": values}, high=float(values.max()), form=".1f")

    def outcome(self) -> str:
        """What came of it, from the measured figures."""
        if self._race.diverged:
            (kind, seed), step = next(iter(self._race.diverged.items()))
            return f"{TITLES[kind]}, seed {seed}: diverged by step {step}"
        scores = self._race.scores
        sines, relu = (scores.mean("psnr", kind) for kind in ("sines", "relu"))
        return (
            f"done: sines {decibels(sines)}, {sines - relu:+.1f} dB from plain ReLU; point at the "
            "image to look beyond its pixels"
        )
