"""The fields of a parameters dataclass: their specs, and which of them count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from lab.errors import UserError
from lab.parameters.conditions import When
from lab.parameters.specs import Choice, Number, Several, Spec, Switch, Text


@dataclass(frozen=True)
class Field:
    """One parameter of an exhibit: its name, int / float / bool / str / tuple, default and spec."""

    name: str
    type: type
    default: Any
    spec: Number | Switch | Text | Choice


# A slider that is dragged asks at every step.
_described: dict[type, tuple[Field, ...]] = {}


def describe(parameters: type) -> tuple[Field, ...]:
    """The parameters of a `Parameters` dataclass in order.

    TypeError where one has no spec, or depends on a parameter that there is not, or on itself;
    ValueError where it depends on a value that the other one cannot have.
    """
    if parameters in _described:
        return _described[parameters]
    hints = get_type_hints(parameters, include_extras=True)
    result = []
    for item in fields(parameters):
        hint = hints[item.name]
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{parameters.__qualname__}.{item.name} has no spec")
        kind, spec = get_args(hint)[:2]
        result.append(Field(item.name, kind, item.default, spec))
    _check_conditions(parameters.__qualname__, {field.name: field for field in result})
    return _described.setdefault(parameters, tuple(result))


def _check_conditions(owner: str, known: Mapping[str, Field]) -> None:
    for name, field in known.items():
        for condition in field.spec.conditions:
            if condition.name not in known:
                raise TypeError(f"{owner}.{name} depends on {condition.name}, which there is not")
            _check_values(f"{owner}.{name}", condition, known[condition.name].spec)
    for name in known:
        if name in _depends_on(known, name):
            raise TypeError(f"{owner}.{name} depends on itself")


def _depends_on(known: Mapping[str, Field], name: str) -> set[str]:
    """The parameters that `name` depends on, and those that they hang on."""
    found: set[str] = set()
    wanted = [name]
    while wanted:
        others = {condition.name for condition in known[wanted.pop()].spec.conditions}
        wanted += others - found
        found |= others
    return found


def _check_values(place: str, condition: When, spec: Spec) -> None:
    if not condition.values:
        raise ValueError(f"{place} depends on no value of {condition.name}")
    for value in condition.values:
        if isinstance(spec, Choice):
            if isinstance(spec.options, str) or value in spec.options:
                continue
            raise ValueError(f"{place} depends on {condition.name}={value}, which there is not")
        try:
            spec.check(condition.name, value, None)
        except UserError as error:
            raise ValueError(f"{place} depends on {error}") from None


def applies(values: Any, name: str) -> bool:
    """Whether the parameter `name` counts, given the other `values` of its dataclass."""
    return not obstacle(values, name)


def obstacle(values: Any, name: str) -> str:
    """What the parameter `name` would need to count, for a person; empty where it counts."""
    fields = describe(type(values))
    return needs(fields, _unmet({field.name: field for field in fields}, values, name))


def needs(fields: Iterable[Field], conditions: Iterable[When]) -> str:
    """Conditions on some of `fields`, of which one is enough, in words; empty for none."""
    several = {field.name for field in fields if isinstance(field.spec, Several)}
    return ", or ".join(each.words(each.name in several) for each in conditions)


def _unmet(known: Mapping[str, Field], values: Any, name: str) -> tuple[When, ...]:
    """The conditions of `name`, or of one that it depends on, of which none holds."""
    unmet = conditions = known[name].spec.conditions
    for condition in conditions:
        if condition.holds(getattr(values, condition.name)):
            unmet = _unmet(known, values, condition.name)
            if not unmet:
                return ()
    return unmet
