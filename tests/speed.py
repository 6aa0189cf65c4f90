"""How fast this machine is, for tests that something is quick: they may not depend on it."""

import time


def units(act) -> float:
    """The processor time of `act()`, in units of a fixed piece of Python.

    A unit is 5 to 20 ms.
    """
    fixed = min(_seconds(lambda: sum(i * i for i in range(100_000))) for _ in range(3))
    return _seconds(act) / fixed


def _seconds(act) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start
