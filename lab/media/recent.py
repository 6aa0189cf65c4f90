"""The pixels of files that were used last; those of others are read again when they are needed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

LARGEST = 256 << 20
"""Bytes that are kept: seven images of 12 megapixels."""


class Recent:
    """At most `largest` bytes of pixels, those that were asked for last. For any thread."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._lock = threading.Lock()
        self._held: OrderedDict[object, NDArray[np.uint8]] = OrderedDict()

    @property
    def bytes(self) -> int:
        """How many are held now."""
        with self._lock:
            return sum(pixels.nbytes for pixels in self._held.values())

    def get(self, key: object, read: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """The pixels of `key`: those that are held, or else what `read` returns.

        Two threads that ask at once may both read. An image larger than the whole is not kept.
        """
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        # Outside the lock: others must not wait for a slow disk.
        pixels = read()
        with self._lock:
            self._held[key] = pixels
            total = sum(held.nbytes for held in self._held.values())
            while total > self._largest:
                total -= self._held.popitem(last=False)[1].nbytes
        return pixels
