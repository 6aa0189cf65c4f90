"""What a panel is set to: the values of its parameters, and the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab import parameters
from lab.errors import NotYet, UserError
from lab.parameters import Number, Options, Spec
from lab.runs import Run


class PanelSettings:
    """values: a parameters dataclass; None before `restore`."""

    def __init__(self) -> None:
        self.values: Any = None
        self.seed = 0
        self._waiting: dict[str, Any] = {}
        self._changed = False  # whether a change waits, not what an earlier session was set to

    def restore(self, kind: type, saved: Run, options: Options) -> list[str]:
        """Take what an earlier session was set to; one line for each value that does not fit."""
        self.values, self.seed, self._changed = kind(), saved.seed, False
        return self._take(saved.params, options)

    def _take(self, given: Mapping[str, Any], options: Options) -> list[str]:
        fitted = parameters.fitting(self.values, given, options)
        self.values, self._waiting = fitted.values, dict(fitted.waiting)
        return list(fitted.refused.values())

    def change(self, changes: Mapping[str, Any], options: Options) -> frozenset[str]:
        """Set several parameters, or none of them; returns the names of those that were set.

        What depends on the layers of a network waits until these are known, and then is set with
        the next change. Raises UserError if one is not valid.
        """
        waiting, self._waiting = self._waiting, {}
        together = waiting | dict(changes)
        try:
            self.values = parameters.update(self.values, together, options)
        except NotYet:
            self._waiting, self._changed = together, True
            return frozenset()
        except UserError:
            if not (waiting and changes):
                raise
            return self.change(changes, options)  # what waited is no reason to refuse this
        return frozenset(together)

    def take_waiting(self, options: Options) -> tuple[frozenset[str], list[str]]:
        """Set what waited: the names that were set, and a line for each that did not fit.

        What an earlier session was set to is taken as far as it fits. Of a change all is, or none
        of it: raises UserError.
        """
        before = self._waiting
        if self._changed and before:
            return self.change({}, options), []
        refused = self._take(before, options)
        return frozenset(before) - frozenset(self._waiting), refused

    def reset(self) -> dict[str, Any]:
        """The changes back to the defaults, by name; the seed is reset at once."""
        self.seed = 0
        defaults, self._waiting = type(self.values)(), {}
        return {name: getattr(defaults, name) for name in parameters.differing(self.values)}

    def changed(self) -> int:
        """How many controls, the seed's among them, do not show their default."""
        pointed = {f.name for f in parameters.describe(type(self.values)) if _is_pointed(f.spec)}
        return len(parameters.differing(self.values).keys() - pointed) + bool(self.seed)

    def forget_earlier(self, before: Any) -> None:
        """Set back what points into the run before, which had the values `before`.

        What was set since then stays.
        """
        if type(before) is type(self.values):
            spent = parameters.transient(self.values)
            defaults = type(self.values)()
            spent = {k: getattr(defaults, k) for k, v in spent.items() if getattr(before, k) == v}
            self.values = replace(self.values, **spent)

    def remembered(self, path: str, slots: tuple[str, ...]) -> Run:
        """The run that the session saves: of the exhibit at `path`, with the pictures in `slots`.

        The first slot's picture is left open: it is the chosen one of the light table.
        """
        # What waits is set, though not known to fit yet.
        changed = {**parameters.differing(self.values), **self._waiting}
        for name in parameters.transient(self.values):
            changed.pop(name, None)
        pictures = ("", *slots) if any(slots) else ()
        try:
            return Run(path, changed, self.seed, pictures)
        except UserError:  # a file's name that no line can hold
            lasting = {name: value for name, value in changed.items() if _in_a_line(path, value)}
            return Run(path, lasting, self.seed)


def _in_a_line(path: str, value: Any) -> bool:
    try:
        Run(path, {"value": value})
    except UserError:
        return False
    return True


def _is_pointed(spec: Spec) -> bool:
    """Whether the pointer sets it: it has no control."""
    return isinstance(spec, Number) and spec.pointed
