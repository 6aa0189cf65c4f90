"""How soon the window is on the screen, over the time that `import torch` takes.

Both from the start of the process, interpreter included, in turn, and the median of the ratios.
"""

import statistics
import time

from tests.bench.child import in_child

ROUNDS = 5


def torch_imported(begun: float) -> float:
    import torch  # noqa: F401

    return time.time() - begun


def painted(begun: float) -> float:
    from gui.window.app import open_window

    app, window = open_window("cpu")
    at: list[float] = []
    window.painted.connect(lambda: at.append(time.time()))
    window.painted.connect(window.close)
    app.exec()
    return at[0] - begun


def measure(device: str) -> dict[str, float]:
    torch_seconds, paint_seconds = [], []
    for i in range(ROUNDS + 1):
        paint = in_child("tests.bench.startup:painted", time.time())
        torch_ = in_child("tests.bench.startup:torch_imported", time.time())
        if i:  # the first round only fills the disk's cache
            paint_seconds.append(paint)
            torch_seconds.append(torch_)
    ratios = [p / t for p, t in zip(paint_seconds, torch_seconds, strict=True)]
    return {
        "paint_over_torch": statistics.median(ratios),
        "paint_seconds": statistics.median(paint_seconds),
        "torch_seconds": statistics.median(torch_seconds),
    }
