"""A network of the shelf or a data set, put to use in the exhibit on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.documents.dropped_files import Kind
from gui.panel.panel import Panel
from lab import parameters

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.workspace import Workspace

# What the exhibits take of the lab, in words.
WORDS = {"models": "classifier", "painters": "style network", "datasets": "data set"}


def put_to_use(panel: Panel, workspace: Workspace, kind: Kind, name: str) -> str:
    """Choose it where the exhibit declares that it takes one; returns a line that says as what.

    Or that the exhibit takes none. The line is empty where the panel itself has said why not.
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


def _source(workspace: Workspace, kind: Kind, name: str) -> parameters.Source:
    if kind == "data":
        return "datasets"
    return "painters" if name in workspace.shelf.style_networks() else "models"
