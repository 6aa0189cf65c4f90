"""Using a network of the shelf, or a data set, in the exhibit on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gui.documents.dropped_files import Kind
from gui.panel.panel import Panel
from lab import parameters

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.workspace import Workspace

# The sources of parameters, as the screen calls them.
WORDS = {"models": "classifier", "painters": "style network", "datasets": "data set"}


def put_to_use(panel: Panel, workspace: Workspace, kind: Kind, name: str) -> str:
    """Set the first parameter of the panel that takes it; returns a message with its label.

    Or a message that the exhibit takes none. Empty where the panel itself shows why it cannot.
    """
    if panel.exhibit is None:
        return ""
    source = _source(workspace, kind, name)
    fields = parameters.taking(panel.exhibit.parameters, source)
    if not fields:
        what = WORDS[source]
        return f"{panel.entry.title} takes no {what}: show another exhibit to use it"
    change = parameters.putting(panel.values, source, name)
    if change and not panel.set_values(change):
        return ""
    labels = {field.name: field.spec.label for field in fields}
    label = labels[next(iter(change), fields[0].name)]
    return f"{label}: {workspace.options(source)[name]}"


def told(values: Any, names: Iterable[str]) -> str:
    """What the parameters of these names are set to, as a message."""
    fields = {field.name: field.spec for field in parameters.describe(type(values))}
    specs = {name: fields[name] for name in names}
    said = [
        f"{spec.label}: {spec.written(getattr(values, name))}"
        if isinstance(spec, parameters.Number)
        else spec.label
        for name, spec in specs.items()
    ]
    return f"Set: {', '.join(said)}"


def _source(workspace: Workspace, kind: Kind, name: str) -> parameters.Source:
    if kind == "data":
        return "datasets"
    return "painters" if name in workspace.shelf.style_networks() else "models"
