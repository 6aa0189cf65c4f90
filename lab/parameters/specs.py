"""What a parameter says of itself: a number, a switch, a text, one name of several, or several."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.errors import UserError
from lab.parameters.conditions import Condition, When

# painters: the networks of the shelf that paint. layers: all of a model's; units: with those of a
# transformer that answer with tokens; maps: those that answer with feature maps, which have rows
# and columns.
# operations: those of a network of lab/structure, layers and the functions between them.
# input: "channels" and "size" of the image that a model takes, as text.
Source = Literal[
    "models",
    "painters",
    "datasets",
    "classes",
    "layers",
    "units",
    "maps",
    "convolutions",
    "operations",
    "input",
]
# (source, of) -> name and title of what can be chosen; of: whose classes or layers, else "".
Options = Callable[[Source, str], Mapping[str, str]]

AUTO = "auto"


RUNNING: Literal["while running"] = "while running"


@dataclass(frozen=True)
class Spec:
    """What every parameter says of itself.

    live: it may change while the run goes on, and has an effect on what is shown. True: at any
    time, also when the run rests. RUNNING: until the run rests, or says in a frame that it is
    `fixed`; from then on, and always where this is False, changing it begins the run again.
    when: the values of another parameter with which this one counts, else always. Where it does
    not, the panel hides its control, and the command line refuses it.
    """

    label: str
    live: bool | Literal["while running"] = field(default=False, kw_only=True)
    help: str = field(default="", kw_only=True)
    when: Condition = field(default=None, kw_only=True)

    @property
    def conditions(self) -> tuple[When, ...]:
        """Of which one has to hold; empty where it always counts."""
        if self.when is None:
            return ()
        return self.when if isinstance(self.when, tuple) else (self.when,)

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
    the panel has no control for it. per: for an amount in pixel units, [0, 1], of pictures with
    `per` + 1 levels a channel: the control writes it over `per` beside it ("0.00784 = 2/255"), and
    both are understood where it is typed and on the command line ("2/255"). auto: what the screen
    calls the value `low`, where that means that the exhibit chooses; "auto" on the command line.
    of, suits: suits(channels, size) is what suits a model whose input has so many channels and such
    an edge in pixels; where the parameter `of` gets a model that another value suits, this becomes
    it, unless it is set at the same time. transient: it points into what one run made (a step of
    its history): in the window the next begins at its default.
    """

    low: float
    high: float
    step: float = 0
    unit: str = ""
    log: bool = False
    form: str = ""
    pointed: bool = False
    transient: bool = False
    per: int = 0
    auto: str = ""
    of: str = ""
    suits: Callable[[int, int], float] | None = None

    def parse(self, name: str, text: str, options: Options | None) -> float:
        if self.auto and text.lower() in (AUTO, self.auto.lower()):
            return self.low
        over = f"/{self.per}" if self.per and text.endswith(f"/{self.per}") else ""
        try:
            value = float(text.removesuffix(over))
        except ValueError:
            raise UserError(f"{name}={text}: {self.label.lower()} is a number") from None
        return value / self.per if over else value

    def written(self, value: float) -> str:
        """The value as a control shows it, with its unit."""
        if self.auto and value == self.low:
            return self.auto
        form = self.form or ("d" if isinstance(value, int) else ".3g")
        over = f"= {self.per * value:.3g}/{self.per}" if self.per else ""
        return f"{value:{form}} {over or self.unit}".strip()

    def check(self, name: str, value: Any, options: Options | None) -> None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # NaN is between no two numbers.
        if not number or not self.low <= value <= self.high:
            unit = f" {self.unit}" if self.unit else ""
            given = f"{value:g}" if isinstance(value, float) else value
            over = f", which is {self.per * self.high:g}/{self.per}" if self.per else ""
            raise UserError(
                f"{name}={given}: choose from {self.low:g} to {self.high:g}{unit}{over}"
            )


@dataclass(frozen=True)
class Switch(Spec):
    """On or off."""

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
class Text(Spec):
    """A line of text that is typed: a word, the beginning of a sentence.

    most: how many characters. examples: what the control offers to choose from; anything else may
    be typed. What a text has to be besides, the run says in one line.
    """

    most: int = 200
    examples: tuple[str, ...] = ()

    def parse(self, name: str, text: str, options: Options | None) -> str:
        return text.strip()

    def check(self, name: str, value: Any, options: Options | None) -> None:
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise UserError(f"{name}={value!r}: {self.label.lower()} is a line of text")
        if len(value) > self.most:
            raise UserError(f"{name}: {len(value)} characters; give {self.most} at most")


@dataclass(frozen=True)
class Choice(Spec):
    """One of several names.

    options: name -> what the screen calls it; or a `Source`, for what the lab has in hand at the
    time (the models on the shelf, the data sets), which grows while the window is open. of: the
    parameter that says whose, where the source is the classes or the layers of a model. auto: what
    the screen calls "auto", which is offered first where this is not empty; of a model the title of
    the one that is meant stands after it. also: name -> label of what is offered after all that the
    source has.
    """

    options: Mapping[str, str] | Source
    of: str = ""
    auto: str = ""
    also: Mapping[str, str] = field(default_factory=dict)

    def available(self, options: Options | None) -> Mapping[str, str] | None:
        """name -> label of what can be chosen now; None where there is nobody to ask.

        options: where the choice depends on another parameter, those `asked_of` its value.
        """
        if not isinstance(self.options, str):
            return self.options
        if options is None:
            return None
        offered = options(self.options, "")
        if self.also:
            offered = _Offered(dict(offered) | dict(self.also), offered)
        if not self.auto:
            return offered
        # Which of the models is meant depends on what is downloaded.
        meant = options(self.options, AUTO) if self.options == "models" else {}
        title = ": ".join((self.auto, *meant.values()))
        return _Offered({AUTO: title} | dict(offered), offered)

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


class _Offered(dict[str, str]):
    """All that is offered; `in` still knows what the source knows and does not offer."""

    def __init__(self, shown: Mapping[str, str], offered: Mapping[str, str]) -> None:
        super().__init__(shown)
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
    return options and (lambda source, asked: options(source, asked or of))
