"""The parameters of an exhibit, told to the command line: in words, and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.errors import UserError
from lab.parameters.conditions import Unless
from lab.parameters.fields import Field, describe, needs
from lab.parameters.specs import (
    AUTO,
    MANY,
    RUNNING,
    Choice,
    Number,
    Options,
    Several,
    Text,
    asked_of,
)


def as_data(parameters: type) -> list[dict[str, Any]]:
    """Every parameter of a dataclass in order, ready for JSON."""
    return [_data(field) for field in describe(parameters)]


def _data(field: Field) -> dict[str, Any]:
    spec = field.spec
    told = {
        "name": field.name,
        "label": spec.label,
        "type": field.type.__name__ if isinstance(field.type, type) else "list",
        "default": field.default,
        "live": spec.live,
        "when": [
            {"name": each.name, "values": each.values, "unless": isinstance(each, Unless)}
            for each in spec.conditions
        ],
        "help": spec.help,
    }
    if isinstance(spec, Number):
        names = ("low", "high", "step", "unit", "log", "per", "pointed", "auto", "of")
        return told | {name: getattr(spec, name) for name in names}
    if isinstance(spec, Text):
        return told | {"most": spec.most, "examples": spec.examples}
    if isinstance(spec, Choice):
        where = "source" if isinstance(spec.options, str) else "choices"
        told |= {where: spec.options, "of": spec.of, "auto": spec.auto}
    if isinstance(spec, Several):
        told |= {"least": spec.least, "most": spec.most, "ordered": spec.ordered}
    return told


def as_lines(parameters: type, options: Options) -> Iterator[str]:
    """The same for a person: how to set it, what it is, what it may be, when it counts."""
    fields = describe(parameters)
    for field in fields:
        yield f"--set {field.name}={_default(field)}"
        live = {True: ", live", RUNNING: ", live while it runs"}.get(field.spec.live, "")
        yield f"    {field.spec.label}: {_range(field, parameters(), options)}{live}"
        if field.spec.conditions:
            yield f"    {needs(fields, field.spec.conditions)}"
        if isinstance(field.spec, Number) and field.spec.suits:
            yield f"    begins at what suits {field.spec.of}"
        if field.spec.help:
            yield f"    {field.spec.help}"


def _default(field: Field) -> str:
    spec, value = field.spec, field.default
    if isinstance(spec, Number):
        if spec.auto and value == spec.low:
            return AUTO
        return f"{spec.per * value:g}/{spec.per}" if spec.per else f"{value:g}"
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _range(field: Field, defaults: Any, options: Options) -> str:
    spec = field.spec
    if isinstance(spec, Number):
        whole = "a whole number" if field.type is int else "a number"
        if not (per := spec.per):
            return f"{whole} from {spec.low:g} to {spec.high:g} {spec.unit}".strip()
        ends = f"{whole} from {spec.low:.3g} to {spec.high:.3g}"
        return f"{ends}, or {per * spec.low:g}/{per} to {per * spec.high:g}/{per}"
    if isinstance(spec, Text):
        such = f", such as {', '.join(spec.examples[:3])}" if spec.examples else ""
        return f"a text of up to {spec.most} characters{such}"
    if not isinstance(spec, Choice):
        return "on or off"
    known = _known(spec, defaults, options)
    names = ", ".join(known) if len(known) <= MANY else f"such as {', '.join(known[:3])}"
    if isinstance(spec.options, str) and spec.of:
        names = f"the {spec.options} of {spec.of}, {names}"
    return f"{names}; any of them, parted by commas" if isinstance(spec, Several) else names


def _known(spec: Choice, defaults: Any, options: Options) -> list[str]:
    try:
        asked = asked_of(options, getattr(defaults, spec.of)) if spec.of else options
        return list(spec.available(asked) or {})
    except UserError:  # what it would be asked of is not on this machine
        return []
