"""What did not come in of many files: counted, and said in one line."""

from __future__ import annotations

from pathlib import Path

from lab.errors import UserError
from lab.text import message

# So many reasons are told; more are counted.
MOST_REASONS = 3


class LeftOut:
    """The files that were left out, each with its reason. For one thread."""

    def __init__(self) -> None:
        self._members: dict[str, list[str]] = {}
        self._notes: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._members or self._notes)

    def add(self, path: Path, error: UserError) -> None:
        """Count `path`, which raised `error`."""
        reason = str(error).replace(message(str(path)), _NAME)
        self._members.setdefault(reason, []).append(path.name)

    def add_names(self, names: list[str], reason: str) -> None:
        """Count several files. reason: what is wrong with each, as "is not an image"."""
        if names:
            self._members.setdefault(f"{_NAME} {reason}", []).extend(names)

    def note(self, text: str) -> None:
        """Say something else that was left out."""
        self._notes.append(message(text))

    def join(self, other: LeftOut) -> None:
        """Count what another one counted."""
        for reason, names in other._members.items():
            self._members.setdefault(reason, []).extend(names)
        self._notes += other._notes

    @property
    def count(self) -> int:
        """How many files were left out."""
        return sum(map(len, self._members.values()))

    def line(self, taken: int) -> str:
        """One line: how many of all, and for each reason the first file; "" for none.

        taken: how many files came in.
        """
        told = [_reason(reason, names) for reason, names in self._members.items()]
        if len(told) > MOST_REASONS:
            rest = sum(map(len, list(self._members.values())[MOST_REASONS:]))
            told = [*told[:MOST_REASONS], f"{rest:,} more for other reasons"]
        if told:
            told[0] = f"{self.count:,} of {self.count + taken:,} files left out: {told[0]}"
        return "; ".join([*told, *self._notes[:MOST_REASONS]])


# In the place of a file's name.
_NAME = "\0"


def _reason(reason: str, names: list[str]) -> str:
    first = message(reason.replace(_NAME, names[0]))
    return first if len(names) == 1 else f"{first} (and {len(names) - 1:,} more like it)"
