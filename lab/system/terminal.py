"""What a command tells on stderr while it works."""

from __future__ import annotations

import shutil
import sys

from lab.system import clock


class StatusLine:
    """A line that is written over: what goes on, and how much is left.

    Where stderr is no terminal's, a line for each. The last one is always shown: it says how the
    work ended.
    """

    def __init__(self) -> None:
        self._line = self._last = ""
        self._remaining = clock.Remaining()
        self._shown = clock.now()

    def __call__(self, status: str | None, share: float | None = None) -> None:
        """Show a status. share: what is done of all, in [0, 1]; None where nothing is known."""
        self._remaining.update(share)
        self._line = " · ".join(filter(None, (status, self._remaining.words)))
        if not self._last or clock.now() - self._shown > 0.2:
            self._write()

    def _write(self) -> None:
        if self._line in ("", self._last):
            return
        self._last, self._shown = self._line, clock.now()
        if not sys.stderr.isatty():
            print(self._line, file=sys.stderr, flush=True)
            return
        # A longer one would leave its first row behind.
        line = self._line[: shutil.get_terminal_size().columns - 1]
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Show the last status, and end the line, so that what comes next stands below it."""
        self._write()
        if self._last and sys.stderr.isatty():
            print(file=sys.stderr)
