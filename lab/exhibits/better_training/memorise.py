"""Overfitting put to use: coordinate networks memorise a picture, and paint it from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibit.comparing import comparison_metrics
from lab.exhibits.better_training._memorise_cards import Box, MemoriseCards, prepared
from lab.exhibits.better_training._memorise_race import Networks, PictureRace
from lab.networks.coordinate_networks import OMEGA, SIGMA
from lab.parameters import Number
from lab.payloads import Bars, Curve, Pictures, Table
from lab.workspace import Workspace

# Seconds between two updates of the progress.
LOOK = 0.15


@dataclass(frozen=True)
class Parameters:
    """The networks and their training; and the part that is enlarged, which is live."""

    zoom: Annotated[
        float, Number("Zoom", 2, 32, log=True, form=".1f", unit="×", live=True)
    ] = 8.0  # fmt: skip
    across: Annotated[int, Number("Zoom: column", -1, 1023, pointed=True, live=True)] = -1
    down: Annotated[int, Number("Zoom: row", -1, 1023, pointed=True, live=True)] = -1
    width: Annotated[int, Number("Width", 8, 256, log=True, unit="units")] = 96
    depth: Annotated[int, Number("Layers", 1, 8, help="Besides the output.")] = 4
    omega: Annotated[
        float, Number("Sines: ω0", 1, 100, log=True, form=".0f", help="Sitzmann et al., 2020.")
    ] = OMEGA  # fmt: skip
    sigma: Annotated[
        float,
        Number("Fourier features: σ", 0.5, 50, log=True, form=".1f",
               help="Standard deviation of the frequencies, in periods over the longer edge."),
    ] = SIGMA  # fmt: skip
    size: Annotated[
        int, Number("Image: longer edge", 32, 512, log=True, unit="px", help="A larger one is "
                    "scaled down.")
    ] = 256  # fmt: skip
    steps: Annotated[int, Number("Steps", 10, 5000, log=True)] = 600
    seeds: Annotated[int, Number("Seeds", 1, 6)] = 3


OUTPUTS = (
    Output("paintings", Pictures, "Image, and what the networks paint", (0, 0, 7, 6),
           points=("across", "down")),
    Output("enlarged", Pictures, "Beyond the pixels", (0, 6, 7, 6)),
    Output("psnr", Curve, "PSNR (peak signal-to-noise ratio)", (7, 0, 5, 4), x="step", y="dB"),
    Output("bytes", Bars, "Size of image and network (kB)", (7, 4, 5, 4), x="kB"),
    Output("table", Table, "PSNR, mean ± spread over seeds", (7, 8, 5, 4)),
)  # fmt: skip

METRICS = (
    Metric("psnr", "PSNR of the sines", ".1f", "dB"),
    Metric("lead", "Ahead of plain ReLU", "+.1f", "dB"),
    Metric("parameters", "Parameters", ",d"),
    Metric("bits_per_pixel", "Bits per pixel", ".1f"),
    *comparison_metrics("psnr", "PSNR", ".1f"),
    Metric("pixels_per_second", "Pixels per second", ",.0f", shown=False, timed=True),
)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The race, painted as it goes; then the part under the pointer, for as long as it moves."""
    now = knobs.now
    yield Frame(status="preparing the image", progress=0.0)
    pixels = prepared(workspace.picture, now.size)
    networks = Networks(now.width, now.depth, now.omega, now.sigma)
    seeds = range(workspace.seed, workspace.seed + now.seeds)
    race = PictureRace(pixels, networks, now.steps, seeds, workspace.device)
    cards = MemoriseCards(pixels, race)

    def box() -> Box:
        return cards.box(now.zoom, now.across, now.down)

    shown = knobs.every(LOOK)
    for check in race.run():
        turned, now = now != knobs.now, knobs.now
        if check is not None:
            yield from cards.checked(check, box())
        if turned:
            yield from cards.looks(box())
        elif check is not None:
            yield Frame(progress=race.share)
        elif shown.due():
            speed = f"{race.pixels_per_second:,.0f} pixels/s"
            seed = f"seed {race.race_number + 1} of {now.seeds}, "
            status = f"{seed}step {race.step} of {now.steps}" if race.race_number else None
            yield Frame(status=status, progress=race.share, speed=speed)
        else:
            yield Frame()
    metrics = {"pixels_per_second": race.pixels_per_second}
    yield Frame(metrics=metrics, status=cards.outcome(), progress=1.0)
    while True:
        if knobs.now == now:
            yield Frame(rest=True)
        else:
            now = knobs.now
            yield from cards.looks(box())


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="A network from a place (x, y) to its colour overfits one image: its weights are the "
    "image. Sines paint detail that plain ReLU cannot; random Fourier features help ReLU to it. "
    "Between the pixels the network gives a colour too: point at the image and zoom.",
    source="Sitzmann et al., 2020; Tancik et al., 2020; Dupont et al., 2021",
    metrics=METRICS,
    pictures=1,
    seeded=True,
    lively=True,
    quick={"size": 48, "width": 16, "depth": 2, "steps": 20, "seeds": 2},
    picture="chelsea",
    main="paintings",
)
