"""What an open window costs the training, and what the training costs the window.

The trainer exhibit on the embedded digits: in one process in a bare loop, as the command line
runs it; in another in the real window with its panel open. The two train turn about, a few seconds
each, and the ratio is taken pair by pair, because a machine's speed drifts; which of a pair goes
first alternates, because a processor that was busy is slower. While it trains in the
window, a timer due every 8 ms on the window's thread tells how late it fires.
"""

import itertools
import statistics
import time

from tests.bench.child import Child

SETTINGS = {"data": "digits", "network": "cnn", "epochs": 3}
ROUNDS = 16
TIMER_MS = 8

_kept = {}


def bare(device: str) -> float:
    """Seconds from the first figures of the training to its end, without a window."""
    from lab import catalog
    from lab.system import devices, garbage
    from lab.workspace import Workspace

    devices.set_threads()
    exhibit, workspace = catalog.load("better_training/trainer"), Workspace.open(device)
    garbage.release()
    begun = None
    for frame in exhibit.run(workspace, **SETTINGS):
        if begun is None and frame.speed is not None:
            begun = time.perf_counter()
    assert begun is not None
    return time.perf_counter() - begun


def in_window(device: str) -> dict[str, float | list[float]]:
    """The same with the panel open: seconds, and the delays of the timer in ms."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from gui.window.app import open_window

    if not _kept:
        _kept["app"], window = open_window(device)
        window.resize(1920, 1080)
        window.show_exhibit("better_training/trainer")
        _kept["window"] = window
    window = _kept["window"]

    def wait(condition) -> None:
        loop, heart = QEventLoop(), QTimer(interval=50)
        heart.timeout.connect(lambda: loop.quit() if condition() else None)
        heart.start()
        loop.exec()

    wait(lambda: window.ready)
    panel = window.current
    panel.set_values(SETTINGS)
    ticks: list[float] = []
    probe = QTimer(interval=TIMER_MS)
    probe.setTimerType(Qt.TimerType.PreciseTimer)
    probe.timeout.connect(lambda: ticks.append(time.perf_counter()))
    times: list[float] = []

    def watch() -> None:
        """When the figures begin, and when they end; as often as the panel itself looks."""
        begun = panel.snapshot is not before and panel.snapshot.speed is not None
        if not times and begun:
            times.append(time.perf_counter())
            probe.start()
        elif times and not panel.active:
            loop.quit()

    before = panel.snapshot
    panel.start()
    loop, watcher = QEventLoop(), QTimer(interval=33)
    watcher.timeout.connect(watch)
    watcher.start()
    loop.exec()
    seconds = time.perf_counter() - times[0]
    probe.stop()
    delays = [1000 * (b - a) - TIMER_MS for a, b in itertools.pairwise(ticks)]
    return {"seconds": seconds, "delays": [max(0.0, delay) for delay in delays]}


def closed() -> None:
    _kept["window"].close()


def measure(device: str) -> dict[str, float]:
    ratios, delays = [], []
    with Child() as without, Child() as with_:
        for i in range(ROUNDS + 1):
            if i % 2:
                alone = without.call("tests.bench.window:bare", device)
            shown = with_.call("tests.bench.window:in_window", device)
            if not i % 2:
                alone = without.call("tests.bench.window:bare", device)
            if i:  # the first round warms both up
                ratios.append(alone / shown["seconds"])
                delays += shown["delays"]
        with_.call("tests.bench.window:closed")
    delays.sort()
    return {
        "speed_ratio": statistics.median(ratios),
        "speed_ratio_lowest": min(ratios),
        "speed_ratio_highest": max(ratios),
        "delay_p99_ms": delays[int(0.99 * len(delays))],
        "delay_max_ms": delays[-1],
        "delay_median_ms": statistics.median(delays),
    }
