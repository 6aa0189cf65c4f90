"""What an open window costs the training, and what the training costs the window.

The trainer exhibit on the embedded digits, once in a bare loop as the command line runs it, once
in the real window with its panel open, in turn. While it runs in the window, a timer due every
8 ms on the window's thread tells how late it fires.
"""

import itertools
import statistics
import time

from tests.bench.child import in_child

EPOCHS = 8
ROUNDS = 3
TIMER_MS = 8


def bare(device: str) -> float:
    """Seconds from the first yield of the training to the last, without a window."""
    from lab import catalog, devices
    from lab.workspace import Workspace

    devices.set_threads()
    exhibit = catalog.load("better_training/trainer")
    begun = None
    for frame in exhibit.run(Workspace.open(device), epochs=EPOCHS):
        if begun is None and frame.speed is not None:
            begun = time.perf_counter()
    assert begun is not None
    return time.perf_counter() - begun


def in_window(device: str) -> dict[str, float | list[float]]:
    """The same with the panel open: seconds, and the delays of the timer in ms."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from gui.app import open_window

    app, window = open_window(device)
    window.resize(1920, 1080)

    def wait(condition) -> None:
        while not condition():
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    # Something to wake the wait above; the probe itself wakes it while it is measured.
    heart = QTimer(window, interval=50)
    heart.start()
    wait(lambda: window.ready)
    panel = window.current
    panel.set_value("epochs", EPOCHS)
    ticks: list[float] = []
    probe = QTimer(window, interval=TIMER_MS)
    probe.setTimerType(Qt.TimerType.PreciseTimer)
    probe.timeout.connect(lambda: ticks.append(time.perf_counter()))
    panel.start()
    wait(lambda: panel.snapshot.speed is not None)
    begun = time.perf_counter()
    heart.stop()
    probe.start()
    wait(lambda: not panel.active)
    seconds = time.perf_counter() - begun
    probe.stop()
    window.close()
    delays = [1000 * (b - a) - TIMER_MS for a, b in itertools.pairwise(ticks)]
    return {"seconds": seconds, "delays": [max(0.0, delay) for delay in delays]}


def measure(device: str) -> dict[str, float]:
    ratios, delays = [], []
    for _ in range(ROUNDS):
        without = in_child("tests.bench.window:bare", device)
        with_ = in_child("tests.bench.window:in_window", device)
        ratios.append(without / with_["seconds"])
        delays += with_["delays"]
    delays.sort()
    return {
        "speed_ratio": statistics.median(ratios),
        "delay_p99_ms": delays[int(0.99 * len(delays))],
        "delay_max_ms": delays[-1],
        "delay_median_ms": statistics.median(delays),
    }
