"""What each exhibit costs the window: how late a timer due every 8 ms fires on its thread.

Each exhibit runs in the real window from its start to its end or its rest, and then, where it
follows the pointer, while the pointer moves over its picture; again and again, until the timer has
fired a thousand times: a 99th percentile of fewer would be the largest of them by another name.
The bounds are those of `window`: a 99th percentile of 16 ms, and never more than 50.
"""

import itertools
import time
from collections.abc import Callable

from tests.bench.child import Child
from tests.bench.window import TIMER_MS

# Enough of each to see what it costs, where the whole of it takes minutes.
SETTINGS = {
    "architectures/residual": {"depths": ("20",), "epochs": 1, "seeds": 1},
    "architectures/loss_landscape": {"epochs": 1, "grid": 9},
    "building_blocks/batch_norm": {"epochs": 2, "seeds": 1},
    "building_blocks/normalisations": {"epochs": 1, "seeds": 1},
    "better_training/overfitting": {"epochs": 5, "seeds": 1},
    "better_training/memorise": {"steps": 60, "seeds": 1},
    "better_training/regularisation": {"epochs": 4, "seeds": 1},
    "better_training/dropout": {"epochs": 3, "seeds": 1},
    "better_training/trainer": {"epochs": 1},
    "better_training/augmentation": {"epochs": 2, "seeds": 1},
    "better_training/transfer": {"epochs": 1, "seeds": 1},
    "better_training/hyperparameters": {"epochs": 2, "seeds": 1},
    "better_training/notebook": {"epochs": 1, "seeds": 1},
    "adversarial/black_box": {"rounds": 2, "epochs": 5},
    "adversarial/defences": {"epochs": 1, "adversarial_epochs": 1, "attacked": 100},
    "interpreting/gram": {"evaluations": 10},
    "interpreting/style_transfer": {"evaluations": 40},
    "interpreting/style_video": {"frames": 6, "evaluations": 5, "steps": 10},
}
SWEEP = 120  # places that the pointer passes
LEAST = 1000  # times that the timer fires


def in_window(path: str, device: str) -> list[float]:
    """The delays of the timer, in ms, in order of size."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from gui.window.app import open_window

    _app, window = open_window(device)
    window.resize(1920, 1080)
    window.show_exhibit(path)

    def wait(condition: Callable[[], bool]) -> None:
        loop, heart = QEventLoop(), QTimer(interval=20)
        heart.timeout.connect(lambda: loop.quit() if condition() else None)
        heart.start()
        loop.exec()

    wait(lambda: window.ready and not window.current.active)
    panel = window.current
    panel.set_values(SETTINGS.get(path, {}))
    panel.stop()
    ticks: list[float] = []
    probe = QTimer(interval=TIMER_MS)
    probe.setTimerType(Qt.TimerType.PreciseTimer)
    probe.timeout.connect(lambda: ticks.append(time.perf_counter()))
    points = [output.points for output in panel.exhibit.outputs if output.points]

    def once() -> None:
        panel.start()
        wait(lambda: not panel.active)
        for k in range(SWEEP if points else 0):
            panel.set_values(dict(zip(points[0], (20 + k, 200 - k), strict=True)))
            until = time.perf_counter() + 0.02
            wait(lambda until=until: time.perf_counter() > until)
        wait(lambda: not panel.active)

    once()  # everything is warm, as after the first picture of a lecture
    probe.start()
    while len(ticks) <= LEAST:
        once()
    probe.stop()
    delays = sorted(1000 * (b - a) - TIMER_MS for a, b in itertools.pairwise(ticks))
    window.close()
    return [max(0.0, delay) for delay in delays]


def measure(device: str) -> dict[str, float]:
    from lab import catalog

    figures = {}
    for entry in catalog.entries():
        with Child() as child:
            delays = child.call("tests.bench.delays:in_window", entry.path, device)
        figures[f"{entry.name}_p99_ms"] = delays[int(0.99 * len(delays))]
        figures[f"{entry.name}_max_ms"] = delays[-1]
    return figures
