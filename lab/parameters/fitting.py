"""Values of an earlier time: what still fits is taken, what does not is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from lab.errors import NotYet, UserError
from lab.parameters.fields import Field, describe
from lab.parameters.specs import Choice, Options, asked_of
from lab.parameters.suiting import model_of
from lab.parameters.values import update, whose_of

P = TypeVar("P")


@dataclass(frozen=True)
class Fitted(Generic[P]):
    """As much of some given values as fits.

    refused: name -> one line that says why it does not fit. waiting: what depends on the layers of
    a network that is still being looked into.
    """

    values: P
    refused: Mapping[str, str]
    waiting: Mapping[str, Any]


def fitting(values: P, given: Mapping[str, Any], options: Options | None = None) -> Fitted[P]:
    """`values` (a frozen parameters dataclass) with as much of `given` as fits.

    Of several names those that are there are taken. Names of no parameter are passed over, and so
    is what was chosen for a model that is gone.
    """
    known = {field.name: field for field in describe(type(values))}
    refused: dict[str, str] = {}
    waiting: dict[str, Any] = {}
    # First the models, then the classes and layers of them, and what has to suit them.
    later = {name for name in known if whose_of(known[name]) or model_of(known[name].spec)}
    for name in sorted(given.keys() & known, key=lambda name: (name in later, name)):
        whose = whose_of(known[name])
        if whose in waiting:
            waiting[name] = given[name]
            continue
        try:
            asked = asked_of(options, getattr(values, whose)) if whose else options
            left, gone = _there(known[name], given[name], asked)
            values = update(values, {name: left}, options)
        except NotYet:
            waiting[name] = given[name]
        except UserError as error:
            if whose not in refused:
                refused[name] = str(error)
        else:
            if gone:
                refused[name] = _no_longer(known[name], gone)
    return Fitted(values, refused, waiting)


def _there(field: Field, value: Any, options: Options | None) -> tuple[Any, list[str]]:
    """Of a chosen value what can be chosen now, and the names that are gone.

    Raises UserError where nothing is left of it.
    """
    spec = field.spec
    offered = spec.available(options) if isinstance(spec, Choice) else None
    several = isinstance(value, (tuple, list))
    names = [name for name in (value if several else [value]) if isinstance(name, str)]
    if offered is None or not names:
        return value, []
    gone = [name for name in names if not _is_there(name, offered)]
    if len(gone) == len(names):
        raise UserError(_no_longer(field, gone))
    return (tuple(name for name in value if name not in gone) if several else value), gone


def _is_there(name: str, offered: Mapping[str, str]) -> bool:
    """Any path can be named; one that is gone has no title."""
    try:
        return name in offered and bool(offered[name])
    except KeyError:
        return False


def _no_longer(field: Field, gone: Iterable[str]) -> str:
    names = " and ".join(Path(name).name or name for name in gone)
    return f"{field.spec.label}: {names} is no longer there"
