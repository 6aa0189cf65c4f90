"""When Python looks for garbage, in a program of ours; a notebook's is its own affair.

PyTorch makes half a million objects that live as long as the program. Python's collector goes
through all of them again and again while they are imported (0.8 of 2.7 s), and later whenever a
run has made enough new ones: a quarter of a second in which no window moves.
"""

from __future__ import annotations

import atexit
import gc


def hold() -> None:
    """Collect nothing from now on, until `release()`: call it before PyTorch is imported."""
    gc.disable()


def release() -> None:
    """Collect again, if that was held, but never look at what is there now."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
        # At the very end all of it goes; libraries that count their objects complain otherwise.
        atexit.register(gc.unfreeze)
