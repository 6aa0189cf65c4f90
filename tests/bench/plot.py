"""How long a redraw of a plot takes: new data, and the real paint of all that they change.

Two lines of 2,000 points, as a training and a validation loss, in the card that the trainer gives
its largest plot in a window of 1920 x 1080. Beside it what pyqtgraph takes with its own axes and
legend, lines of the same width, and ranges that follow the data. The two turn about, redraw by
redraw.
"""

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from tests.bench.child import in_child

POINTS, ROUNDS, WARM = 2000, 120, 20
SETTLE = 5.0  # seconds


def noisy() -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """(x, [training, validation]), other numbers each time, in ranges that stay."""
    random = np.random.default_rng(0)
    x = np.linspace(0, 30, POINTS)
    while True:
        noise = random.normal(0, 0.1, (2, POINTS))
        yield x, [0.4 + 2 * np.exp(-x / 8) + noise[0], 0.5 + 2 * np.exp(-x / 9) + noise[1]]


def ours() -> tuple[Callable[[np.ndarray, list[np.ndarray]], None], tuple[int, int]]:
    """(redraws with new data, the size of the plot in pixels)."""
    from gui.window.app import open_window
    from lab.exhibit import Output
    from lab.payloads import Curve

    app, window = open_window("cpu")
    window.resize(1920, 1080)
    window.show_exhibit("better_training/trainer")
    ready = None
    # What PyTorch warms up behind the first paint would be measured else.
    while ready is None or time.monotonic() < ready + SETTLE:
        app.processEvents()
        if ready is None and window.ready:
            ready = time.monotonic()
    board = window.current.board
    plots = [card for card in board.cards.values() if card.view.output.kind is Curve]
    largest = max(plots, key=lambda card: card.view.width() * card.view.height())
    assert isinstance(largest.view.output, Output)
    name = largest.view.output.name

    def redraw(x: np.ndarray, lines: list[np.ndarray]) -> None:
        payload = Curve(dict(zip(("training", "validation"), ((x, y) for y in lines), strict=True)))
        board.mark({name: payload})
        board.draw({name: payload}, 1.0)

    redraw.window = window
    return redraw, (largest.view.width(), largest.view.height())


def plain(size: tuple[int, int]) -> Callable[[np.ndarray, list[np.ndarray]], None]:
    """The same plot as pyqtgraph makes it."""
    import pyqtgraph as pg

    plot = pg.PlotWidget()
    plot.setAntialiasing(True)
    plot.addLegend()
    plot.setLabel("bottom", "epoch")
    plot.setLabel("left", "cross-entropy (nats)")
    plot.resize(*size)
    colours = {"training": "#56b4e9", "validation": "#e69f00"}
    curves = [plot.plot(pen=pg.mkPen(c, width=2.5), name=name) for name, c in colours.items()]
    plot.show()

    def redraw(x: np.ndarray, lines: list[np.ndarray]) -> None:
        for curve, y in zip(curves, lines, strict=True):
            curve.setData(x, y)
        plot.viewport().repaint()

    redraw.window = plot
    return redraw


def redraws() -> dict[str, list[float]]:
    """Milliseconds of each redraw, of each side."""
    from PySide6.QtWidgets import QApplication

    mine, size = ours()
    sides = {"ours": mine, "plain": plain(size)}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _, (x, lines) in zip(range(ROUNDS + WARM), noisy(), strict=False):
        for name, redraw in sides.items():
            begun = time.perf_counter()
            redraw(x, lines)
            times[name].append(1000 * (time.perf_counter() - begun))
            # What was left for later counts too.
            QApplication.processEvents()
            times[name][-1] = 1000 * (time.perf_counter() - begun)
    for redraw in sides.values():
        redraw.window.close()
    return {name: taken[WARM:] for name, taken in times.items()} | {"size": list(size)}


def measure(device: str) -> dict[str, float]:
    times = in_child("tests.bench.plot:redraws")
    mine, plain_ = sorted(times["ours"]), sorted(times["plain"])
    return {
        "redraw_ms": statistics.median(mine),
        "redraw_p99_ms": mine[int(0.99 * len(mine))],
        "plain_pyqtgraph_ms": statistics.median(plain_),
        "width": times["size"][0],
        "height": times["size"][1],
    }
