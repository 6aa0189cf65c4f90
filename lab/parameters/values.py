"""The values of a parameters dataclass: parsed, checked, and changed together."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from lab.errors import UserError
from lab.parameters.fields import Field, applies, describe, obstacle
from lab.parameters.specs import Choice, Number, Options, Several, Source, advice, asked_of
from lab.parameters.suiting import model_of, renewed

P = TypeVar("P")


def _settled(field: Field, value: Any, options: Options | None) -> Any:
    """`value` checked, and turned from 6.0 into 6 (or back) where the field asks for it."""
    field.spec.check(field.name, value, options)
    if isinstance(field.spec, Several):
        return _in_order(field.spec, value, options)
    if field.type is int:
        if value != int(value):
            raise UserError(f"{field.name}={value}: choose a whole number")
        return int(value)
    return float(value) if field.type is float else value


def _in_order(spec: Several, value: Iterable[str], options: Options | None) -> tuple[str, ...]:
    known = spec.available(options)
    if spec.ordered or known is None:
        return tuple(value)  # a list, where it comes from a session file
    places = {name: place for place, name in enumerate(known)}
    # A file named by its path, or a class by its index, is known and not listed.
    return tuple(sorted(value, key=lambda name: places.get(name, len(places))))


def _field(known: Mapping[str, Field], name: str) -> Field:
    if name not in known:
        raise UserError(f"no parameter {name}: {advice(name, known) if known else 'it has none'}")
    return known[name]


def update(values: P, changes: Mapping[str, Any], options: Options | None = None) -> P:
    """`values` (a frozen parameters dataclass) with `changes`, all checked. Raises UserError.

    A class or a layer that was chosen for one model and that the new one lacks goes back to its
    default. A number that does not suit the new model becomes one that does (`Number.suits`).
    """
    known = {field.name: field for field in describe(type(values))}
    given = {k: _field(known, k) for k in changes}
    apart = {k: v for k, v in changes.items() if not whose_of(given[k])}
    settled = {k: _settled(given[k], v, options) for k, v in apart.items()}
    result: Any = replace(values, **settled)  # type: ignore[type-var]
    for name, field in known.items():
        whose = whose_of(field)
        if not whose or not (name in changes or whose in changes):
            continue
        value = changes.get(name, getattr(values, name))
        try:
            value = _settled(field, value, asked_of(options, getattr(result, whose)))
        except UserError:
            if name in changes:
                raise
            value = field.default
        result = replace(result, **{name: value})
    for name, field in known.items():
        whose = model_of(field.spec)
        if name in changes or whose not in changes:
            continue
        value = renewed(field.spec, getattr(values, whose), getattr(result, whose), options)
        if value is not None:
            result = replace(result, **{name: value})
    return cast(P, result)


def look_up(values: Any, options: Options) -> None:
    """Ask for all that can be chosen beside these values, so that it is known from then on."""
    for field in describe(type(values)):
        if isinstance(field.spec, Choice) and isinstance(field.spec.options, str):
            with contextlib.suppress(UserError):  # a model that is gone
                options(field.spec.options, getattr(values, field.spec.of) if field.spec.of else "")


def picked(values: Any, name: str, index: int, options: Options | None = None) -> Any:
    """What a click on the item at `index` sets the parameter `name` of `values` to.

    For a choice that is a name, in the order in which they are offered; else the index itself.
    """
    field = _field({field.name: field for field in describe(type(values))}, name)
    if not isinstance(field.spec, Choice):
        return index
    whose = whose_of(field)
    asked = asked_of(options, getattr(values, whose)) if whose else options
    return field.spec.named(index, asked)


def whose_of(field: Field) -> str:
    """The parameter that decides what can be chosen for `field`; empty for none."""
    return field.spec.of if isinstance(field.spec, Choice) else ""


def parse(parameters: type[P], texts: Mapping[str, str], options: Options | None = None) -> P:
    """Parameters from command-line texts, e.g. {"epochs": "6"}. Raises UserError."""
    given = typed(parameters, texts)
    values = update(parameters(), given, options)
    check_counting(parameters, given, texts)
    return values


def check_counting(parameters: type, given: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """UserError for a text of the command line that sets what does not count beside `given`.

    Who typed it expects something of it. What comes from a file (`update`) may hold such values;
    they wait until they count. `given`, name -> value, is not checked itself.
    """
    values = _unchecked(parameters, given)
    for name, text in texts.items():
        if unmet := obstacle(values, name):
            raise UserError(f"{name}={text}: {unmet}")


def typed(parameters: type, texts: Mapping[str, str]) -> dict[str, Any]:
    """The values that command-line texts stand for, not yet checked. Raises UserError."""
    known = {field.name: field for field in describe(parameters)}
    return {k: _field(known, k).spec.parse(k, v, None) for k, v in texts.items()}


def as_text(value: Any) -> str:
    """The text that stands for a parameter's value on a command line."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(value)
        return text.getvalue()
    return str(value)


def differing(values: Any) -> dict[str, Any]:
    """Name -> value of the parameters that are not at their default, whether they count or not.

    And of those that would be another one, because they have to suit a model, if left out.
    """
    known = {field.name: field for field in describe(type(values))}
    changed = {name for name, field in known.items() if getattr(values, name) != field.default}
    return {
        name: getattr(values, name)
        for name, field in known.items()
        if name in changed or model_of(field.spec) in changed
    }


def transient(values: Any) -> dict[str, Any]:
    """Name -> value of the parameters that point into what one run made."""
    specs = ((field.name, field.spec) for field in describe(type(values)))
    names = (name for name, spec in specs if isinstance(spec, Number) and spec.transient)
    return {name: getattr(values, name) for name in names}


def counting(parameters: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of `given`, name -> value, what counts beside the rest of it; names and values unchecked."""
    known = {field.name for field in describe(parameters)}
    values = _unchecked(parameters, given)
    return {name: given[name] for name in given if name not in known or applies(values, name)}


def _unchecked(parameters: type, given: Mapping[str, Any]) -> Any:
    known = {field.name for field in describe(parameters)}
    return replace(parameters(), **{name: given[name] for name in given if name in known})


def taking(parameters: type, source: Source) -> tuple[Field, ...]:
    """The parameters that are chosen from `source`, in order: one name each, or several."""
    return tuple(
        field
        for field in describe(parameters)
        if isinstance(field.spec, Choice) and field.spec.options == source
    )


def putting(values: Any, source: Source, name: str) -> dict[str, Any]:
    """The change that puts `name`, one of `source`, to use; none where it is in use already.

    Where several are chosen, it is added to them. Of more than one parameter that takes it, it goes
    to the first that holds another.
    """
    for field in taking(type(values), source):
        value = getattr(values, field.name)
        if isinstance(value, tuple) and name not in value:
            return {field.name: (*value, name)}
        if isinstance(value, str) and name != value:
            return {field.name: name}
    return {}
