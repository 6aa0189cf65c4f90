"""A small pool of threads for files: reading, decoding, saving, downloads, the camera."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

# Files, a download and the camera at the same time.
THREADS = 4


class Transfer:
    """A generator in the pool that can be cancelled."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        """Close the generator after its current step."""
        self.cancelled = True


class FilePool:
    """hand_over(function, argument) calls a function in the window's thread."""

    def __init__(self, hand_over: Callable[[Callable[[Any], None], Any], None]) -> None:
        self._hand_over = hand_over
        self._transfers: set[Transfer] = set()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="glassbox-files")
        self._closed = False

    def read(self, function: Callable[[], T], then: Callable[[T | Exception], None]) -> None:
        """Call `function` in the pool, then `then` with its result or error in the window's."""

        def job() -> None:
            try:
                result: T | Exception = function()
            except Exception as error:
                result = error
            self._hand_over(then, result)

        if not self._closed:
            self._threads.submit(job)

    def transfer(
        self,
        steps: Callable[[], Generator[T, None, Any]],
        progress: Callable[[T], None],
        then: Callable[[Any], None],
    ) -> Transfer:
        """Run a generator in the pool; `progress` gets each step, `then` None or the error.

        Cancelling closes the generator, whose `finally` cleans up; `then` gets None. After `close`
        nothing is begun.
        """
        handle = Transfer()
        if self._closed:
            handle.cancel()
            return handle

        def job() -> None:
            result: Exception | None = None
            generator = steps()
            try:
                for step in generator:
                    if handle.cancelled:
                        break
                    self._hand_over(progress, step)
            except Exception as error:
                result = error
            finally:
                generator.close()
            self._transfers.discard(handle)
            self._hand_over(then, result)

        self._transfers.add(handle)
        self._threads.submit(job)
        return handle

    def close(self) -> None:
        """Cancel transfers, and wait until all that is being read or saved is done."""
        self._closed = True
        for transfer in list(self._transfers):
            transfer.cancel()
        self._threads.shutdown(wait=True)
