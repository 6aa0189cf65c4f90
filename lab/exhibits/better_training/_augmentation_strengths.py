"""How strongly each transform works: a slider for each that is on the list."""

from __future__ import annotations

from lab.parameters import Number, When

LIST = "transforms"
"""The parameter that says which transforms there are."""


def strength(
    name: str,
    label: str,
    low: float,
    high: float,
    step: float,
    form: str = ".0%",
    unit: str = "",
    help: str = "",
) -> Number:
    """The strength of the transform `name`, which counts where that is on the list."""
    when = When(LIST, name)
    return Number(label, low, high, step, unit, form=form, live=True, help=help, when=when)
