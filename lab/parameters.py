"""Parameters of an exhibit: a frozen dataclass whose fields carry their own range, unit and help.

Written once, beside the field::

    @dataclass(frozen=True)
    class Parameters:
        epochs: Annotated[int, Number("Epochs", 1, 100)] = 6
        lr: Annotated[float, Number("Learning rate", 1e-5, 1, log=True, live=True)] = 0.05
        optimiser: Annotated[str, Choice("Optimiser", {"sgd": "SGD", "adam": "Adam"})] = "sgd"
    models: Annotated[tuple[str, ...], Several("Networks", "models")] = ()

The control panel, the command line, the session file and the error messages are made from it.
"""

from __future__ import annotations

import contextlib
import csv
import difflib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from lab.errors import UserError

# painters: the networks of the shelf that paint. layers: all of a model's; maps: those that answer
# with feature maps, which have rows and columns.
Source = Literal["models", "painters", "datasets", "classes", "layers", "maps", "convolutions"]
# (source, of) -> name and title of what can be chosen; of: whose classes or layers, else "".
Options = Callable[[Source, str], Mapping[str, str]]
P = TypeVar("P")


AUTO = "auto"


@dataclass(frozen=True)
class Spec:
    """What every parameter says of itself. A live one may change while the run goes on."""

    label: str

    def parse(self, name: str, text: str, options: Options | None) -> Any:
        """The value that `text`, from a command line, stands for. Raises UserError."""
        raise NotImplementedError

    def check(self, name: str, value: Any, options: Options | None) -> None:
        """Raises UserError if `value` cannot be this parameter's."""
        raise NotImplementedError


@dataclass(frozen=True)
class Number(Spec):
    """A whole number or a real one between `low` and `high`, both allowed.

    log: the slider moves by factors. step: the slider's grain, 0 for the control's own choice.
    form: how the value is written, as in format(). pointed: the pointer over a picture sets it, so
    the panel has no control for it. within: a parameter that is Several; the panel hides the
    control while this one's own name is not among its values, because it then does nothing.
    """

    low: float
    high: float
    step: float = 0
    unit: str = ""
    log: bool = False
    form: str = ""
    pointed: bool = False
    within: str = ""
    live: bool = False
    help: str = ""

    def parse(self, name: str, text: str, options: Options | None) -> float:
        try:
            return float(text)
        except ValueError:
            raise UserError(f"{name}={text}: {self.label.lower()} is a number") from None

    def check(self, name: str, value: Any, options: Options | None) -> None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # NaN is between no two numbers.
        if not number or not self.low <= value <= self.high:
            unit = f" {self.unit}" if self.unit else ""
            given = f"{value:g}" if isinstance(value, float) else value
            raise UserError(f"{name}={given}: choose from {self.low:g} to {self.high:g}{unit}")


@dataclass(frozen=True)
class Switch(Spec):
    """On or off."""

    live: bool = False
    help: str = ""

    def parse(self, name: str, text: str, options: Options | None) -> bool:
        states = {"on": True, "true": True, "yes": True, "1": True}
        states |= {"off": False, "false": False, "no": False, "0": False}
        if text.lower() not in states:
            raise UserError(f"{name}={text}: choose on or off")
        return states[text.lower()]

    def check(self, name: str, value: Any, options: Options | None) -> None:
        if not isinstance(value, bool):
            raise UserError(f"{name}={value}: choose on or off")


@dataclass(frozen=True)
class Choice(Spec):
    """One of several names.

    options: name -> what the screen calls it; or a `Source`, for what the lab has in hand at the
    time (the models on the shelf, the data sets), which grows while the window is open. of: the
    parameter that says whose, where the source is the classes or the layers of a model. auto: what
    the screen calls "auto", which is offered first where this is not empty.
    """

    options: Mapping[str, str] | Source
    live: bool = False
    help: str = ""
    of: str = ""
    auto: str = ""

    def available(self, options: Options | None) -> Mapping[str, str] | None:
        """name -> label of what can be chosen now; None where there is nobody to ask.

        options: where the choice depends on another parameter, those `asked_of` its value.
        """
        if not isinstance(self.options, str):
            return self.options
        if options is None:
            return None
        offered = options(self.options, "")
        return _Led(AUTO, self.auto, offered) if self.auto else offered

    def named(self, index: int, options: Options | None) -> str:
        """The name of the `index`-th of what can be chosen now, "auto" not counted.

        That is what a click on the item at that place of a card means.
        """
        known = self.available(options) or {}
        return [name for name in known if not (self.auto and name == AUTO)][index]

    def parse(self, name: str, text: str, options: Options | None) -> str:
        return text

    def check(self, name: str, value: Any, options: Options | None) -> None:
        if not isinstance(value, str):
            raise UserError(f"{name}={value}: give a name")
        known = self.available(options)
        if known is not None and value not in known:
            raise UserError(f"{name}={value}: {advice(value, known)}")


class _Led(dict[str, str]):
    """What is offered, with one more before it; `in` still knows what is not offered."""

    def __init__(self, name: str, title: str, offered: Mapping[str, str]) -> None:
        super().__init__({name: title} | dict(offered))
        self._offered = offered

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._offered

    def __missing__(self, name: str) -> str:
        return self._offered[name]


@dataclass(frozen=True)
class Several(Choice):
    """Any of several names, as a tuple: models of the shelf, layers, transforms one after another.

    least, most: how many. ordered: their order matters, so the hand may drag it; else they come in
    the order in which they are offered. auto: what the screen says for none of them, where the
    exhibit then chooses by itself. On the command line they are parted by commas; a name with a
    comma of its own, a file's, stands in double quotes.
    """

    least: int = 0
    most: int = 1000
    ordered: bool = False

    def available(self, options: Options | None) -> Mapping[str, str] | None:
        if not isinstance(self.options, str):
            return self.options
        return options and options(self.options, "")

    def parse(self, name: str, text: str, options: Options | None) -> Any:
        try:
            parts = next(csv.reader([text], skipinitialspace=True), [])
        except csv.Error:
            raise UserError(f"{name}={text}: give names, parted by commas") from None
        return tuple(part.strip() for part in parts if part.strip())

    def check(self, name: str, value: Any, options: Options | None) -> None:
        if not isinstance(value, (tuple, list)) or not all(isinstance(v, str) for v in value):
            raise UserError(f"{name}={value}: give names, parted by commas")
        known = self.available(options)
        for each in value:
            if known is not None and each not in known:
                raise UserError(f"{name}={each}: {advice(each, known)}")
            if value.count(each) > 1:
                raise UserError(f"{name}={','.join(value)}: name {each} once")
        if not self.least <= len(value) <= self.most:
            few = f"choose {self.least} or more" if len(value) < self.least else ""
            raise UserError(f"{name}={','.join(value)}: {few or f'choose {self.most} at most'}")


# More names than these do not go into one line.
MANY = 20


def advice(given: str, known: Iterable[str]) -> str:
    """Advice for a name that is not known."""
    known = list(known)
    close = difflib.get_close_matches(given, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    if len(known) > MANY:
        return hint.strip() or f"there are {len(known)}, such as {', '.join(known[:5])}"
    return f"{hint}choose from {', '.join(known)}"


def asked_of(options: Options | None, of: str) -> Options | None:
    """`options` for a choice that depends on another parameter, whose value is `of`."""
    return options and (lambda source, _: options(source, of))


@dataclass(frozen=True)
class Field:
    """One parameter of an exhibit: its name, int / float / bool / str / tuple, default and spec."""

    name: str
    type: type
    default: Any
    spec: Number | Switch | Choice


def describe(parameters: type) -> tuple[Field, ...]:
    """The parameters of a `Parameters` dataclass in order. TypeError where one has no spec."""
    hints = get_type_hints(parameters, include_extras=True)
    result = []
    for item in fields(parameters):
        hint = hints[item.name]
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{parameters.__qualname__}.{item.name} has no spec")
        kind, spec = get_args(hint)[:2]
        result.append(Field(item.name, kind, item.default, spec))
    return tuple(result)


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
    default.
    """
    known = {field.name: field for field in describe(type(values))}
    given = {k: _field(known, k) for k in changes}
    apart = {k: v for k, v in changes.items() if not _whose(given[k])}
    settled = {k: _settled(given[k], v, options) for k, v in apart.items()}
    result: Any = replace(values, **settled)  # type: ignore[type-var]
    for name, field in known.items():
        whose = _whose(field)
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
    return cast(P, result)


def fitting(parameters: type[P], given: Mapping[str, Any], options: Options | None = None) -> P:
    """Parameters with as much of `given` as fits; what does not is passed over."""
    result, known = parameters(), {field.name: field for field in describe(parameters)}
    # First the models, then the classes and layers of them.
    for name in sorted(given.keys() & known, key=lambda name: bool(_whose(known[name]))):
        with contextlib.suppress(UserError):
            result = update(result, {name: given[name]}, options)
    return result


def picked(values: Any, name: str, index: int, options: Options | None = None) -> Any:
    """What a click on the item at `index` sets the parameter `name` of `values` to.

    For a choice that is a name, in the order in which they are offered; else the index itself.
    """
    field = _field({field.name: field for field in describe(type(values))}, name)
    if not isinstance(field.spec, Choice):
        return index
    whose = _whose(field)
    asked = asked_of(options, getattr(values, whose)) if whose else options
    return field.spec.named(index, asked)


def _whose(field: Field) -> str:
    return field.spec.of if isinstance(field.spec, Choice) else ""


def parse(parameters: type[P], texts: Mapping[str, str], options: Options | None = None) -> P:
    """Parameters from command-line texts, e.g. {"epochs": "6"}. Raises UserError."""
    return update(parameters(), typed(parameters, texts), options)


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
    """Name -> value of the parameters that are not at their default."""
    pairs = ((field, getattr(values, field.name)) for field in describe(type(values)))
    return {field.name: value for field, value in pairs if value != field.default}


def taking(parameters: type, source: Source) -> tuple[Field, ...]:
    """The parameters that are chosen from `source`, in order: one name each, or several."""
    return tuple(
        field
        for field in describe(parameters)
        if isinstance(field.spec, Choice) and field.spec.options == source
    )
