"""What a panel is set to: the values of its parameters, and the seed."""

from __future__ import annotations

from typing import Any

from lab import parameters
from lab.errors import NotYet, UserError
from lab.parameters import Options
from lab.runs import Run


class PanelSettings:
    """values: a parameters dataclass; None before `restore`."""

    def __init__(self) -> None:
        self.values: Any = None
        self.seed = 0
        self._waiting: dict[str, Any] = {}

    @property
    def waits(self) -> bool:
        """Whether a change waits until the layers of a network are known."""
        return bool(self._waiting)

    def restore(self, kind: type, saved: Run, options: Options) -> None:
        """Take what an earlier session was set to; values no longer valid are ignored."""
        try:
            self.values = parameters.fitting(kind, saved.params, options)
        except NotYet:
            self.values, self._waiting = kind(), dict(saved.params)
        self.seed = saved.seed

    def change(self, changes: dict[str, Any], options: Options) -> bool:
        """Set several parameters, or none of them. Raises UserError if one is not valid.

        False where they wait, with those that waited before.
        """
        changes = self._waiting | changes
        self._waiting = {}
        try:
            self.values = parameters.update(self.values, changes, options)
        except NotYet:
            self._waiting = changes
            return False
        return True

    def remembered(self, path: str, slots: tuple[str, ...]) -> Run:
        """The run that the session saves: of the exhibit at `path`, with the pictures in `slots`.

        The first slot's picture is left open: it is the chosen one of the light table.
        """
        changed = parameters.differing(self.values)
        try:
            return Run(path, changed, self.seed, ("", *slots) if any(slots) else ())
        except UserError:  # a file's name that no line can hold
            return Run(path, seed=self.seed)
