"""Python's garbage collector in our programs; notebooks are not affected.

PyTorch creates half a million objects that live as long as the program. The collector traverses all
of them repeatedly during the import (0.8 of 2.7 s), and later whenever a run has created enough new
ones, which stops the window for a quarter of a second.
"""

from __future__ import annotations

import atexit
import gc


def hold() -> None:
    """Disable the collector until `release()`. To be called before PyTorch is imported."""
    gc.disable()


def release() -> None:
    """Enable the collector again after `hold()`, but never traverse the objects of now."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
        # At exit everything is collected; libraries that count their objects complain otherwise.
        atexit.register(gc.unfreeze)
