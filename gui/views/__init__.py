"""One widget for each kind of payload."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.views.bars import BarsView
from gui.views.base import View
from gui.views.card import Card
from gui.views.curve import CurveView
from gui.views.filters import FiltersView
from gui.views.graph import GraphView
from gui.views.histogram import HistogramView
from gui.views.matrix import MatrixView
from gui.views.note import NoteView
from gui.views.overlay import OverlayView
from gui.views.pictures import PicturesView
from gui.views.surface import SurfaceView
from gui.views.table import TableView
from lab import payloads
from lab.exhibit import Output

VIEWS: dict[type[payloads.Payload], type[View]] = {
    payloads.Curve: CurveView,
    payloads.Pictures: PicturesView,
    payloads.Overlay: OverlayView,
    payloads.Bars: BarsView,
    payloads.Filters: FiltersView,
    payloads.Matrix: MatrixView,
    payloads.Histogram: HistogramView,
    payloads.Table: TableView,
    payloads.Surface: SurfaceView,
    payloads.Graph: GraphView,
    payloads.Note: NoteView,
}

__all__ = ["VIEWS", "Card", "View", "card_for"]


def card_for(output: Output, parent: QWidget | None = None) -> Card:
    """The card of an output, with the view of its kind, empty."""
    return Card(VIEWS[output.kind](output), parent)
