"""When a parameter counts: with some values of another one only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, init=False)
class When:
    """With these values of the parameter `name` only: When("method", "pgd", "pgd_l2").

    Where that parameter holds several names, one of `values` among them is enough. Where that
    parameter does not count itself, this condition does not hold.
    """

    name: str
    values: tuple[Any, ...]

    def __init__(self, name: str, *values: Any) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "values", values)

    def holds(self, value: Any) -> bool:
        """Whether `value` of the other parameter is one of those."""
        given = value if isinstance(value, tuple) else (value,)
        return any(wanted in given for wanted in self.values)

    def words(self, several: bool) -> str:
        """For a person at the command line. several: the other parameter holds several names."""
        names = [_written(value) for value in self.values]
        if several:
            return f"only with {' or '.join(names)} in {self.name}"
        return f"only with {self.name}={', '.join(names)}"


class Unless(When):
    """With all values of the parameter `name` but these: Unless("layer", "auto")."""

    def holds(self, value: Any) -> bool:
        """Whether `value` of the other parameter is none of those."""
        return not super().holds(value)

    def words(self, several: bool) -> str:
        """For a person at the command line. several: the other parameter holds several names."""
        return super().words(several).replace("only with", "not with", 1)


Condition = When | tuple[When, ...] | None
"""One, or several of which one is enough; None: the parameter always counts."""


def _written(value: Any) -> str:
    """As the command line takes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
