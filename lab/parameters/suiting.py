"""Numbers that have to suit a model: how large a patch, or a perturbation, begins."""

from __future__ import annotations

from lab.errors import UserError
from lab.parameters.specs import Number, Options, Spec


def model_of(spec: Spec) -> str:
    """The parameter that holds the model which a number has to suit; empty where it need not."""
    return spec.of if isinstance(spec, Number) and spec.suits else ""


def suiting(spec: Spec, model: str, options: Options | None) -> float | None:
    """The number that suits a model; None where that is not known."""
    if options is None or not isinstance(spec, Number) or spec.suits is None:
        return None
    try:
        seen = options("input", model)
    except UserError:  # the run will say what is wrong with the model
        return None
    value = spec.suits(int(seen["channels"]), int(seen["size"]))
    return min(max(value, spec.low), spec.high)


def renewed(spec: Spec, before: str, after: str, options: Options | None) -> float | None:
    """The number for the model `after`; None where it suits as well as for the model `before`."""
    new = suiting(spec, after, options)
    return None if new == suiting(spec, before, options) else new
