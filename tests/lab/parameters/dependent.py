"""A class that depends on the model chosen beside it, for the tests of values and of fitting."""

from dataclasses import dataclass
from typing import Annotated

from lab.parameters import Choice


@dataclass(frozen=True)
class Dependent:
    target: Annotated[str, Choice("Class", "classes", of="model")] = "top"
    model: Annotated[str, Choice("Network", "models")] = "a"


def of_models(source, of):
    names = {"models": ["a", "b"], "classes": {"a": ["top", "cat"], "b": ["top", "cup"]}}[source]
    return {name: name for name in (names[of] if of else names)}
