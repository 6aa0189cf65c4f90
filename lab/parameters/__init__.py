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

from lab.parameters.conditions import Unless, When
from lab.parameters.fields import Field, applies, describe, obstacle
from lab.parameters.fitting import Fitted, fitting
from lab.parameters.specs import (
    AUTO,
    MANY,
    RUNNING,
    Choice,
    Number,
    Options,
    Several,
    Source,
    Spec,
    Switch,
    Text,
    advice,
    asked_of,
)
from lab.parameters.values import (
    as_text,
    check_counting,
    counting,
    differing,
    look_up,
    parse,
    picked,
    putting,
    taking,
    transient,
    typed,
    update,
)

__all__ = [
    "AUTO",
    "MANY",
    "RUNNING",
    "Choice",
    "Field",
    "Fitted",
    "Number",
    "Options",
    "Several",
    "Source",
    "Spec",
    "Switch",
    "Text",
    "Unless",
    "When",
    "advice",
    "applies",
    "as_text",
    "asked_of",
    "check_counting",
    "counting",
    "describe",
    "differing",
    "fitting",
    "look_up",
    "obstacle",
    "parse",
    "picked",
    "putting",
    "taking",
    "transient",
    "typed",
    "update",
]
