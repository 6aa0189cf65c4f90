"""Choosing a class of a model by name, on the screen and on the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lab.errors import UserError
from lab.parameters import advice

TOP = "top"


class ClassNames(dict[str, str]):
    """Name -> title of the classes, after `TOP` for the most probable one.

    Where two classes have the same label (ImageNet has two cranes), or one is called `TOP`, the
    name includes the index.
    `in` also accepts the index of a class as text.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        often = Counter((TOP, *classes))
        names = [c if often[c] == 1 else f"{c} ({i})" for i, c in enumerate(classes)]
        super().__init__({TOP: "Predicted class"} | {name: name for name in names})
        self._index = {name: i for i, name in enumerate(names)}
        self._index |= {str(i): i for i in range(len(names)) if str(i) not in self._index}

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._index

    def index(self, name: str) -> int:
        """The index of the class called `name`, which must be one."""
        return self._index[name]

    def __missing__(self, name: str) -> str:
        """The title of a class that is named by its index."""
        return list(self)[self._index[name] + 1]


def class_index(classes: Sequence[str], name: str) -> int | None:
    """The index of a class; None for `TOP`. UserError, with advice, for an unknown name."""
    names = ClassNames(classes)
    if name == TOP:
        return None
    if name not in names:
        raise UserError(f"no class {name}: {advice(name, names)}")
    return names.index(name)
