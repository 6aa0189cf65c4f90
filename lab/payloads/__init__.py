"""The closed set of things that an exhibit can show.

Every payload is immutable, lives on the CPU, and holds read-only NumPy arrays, so it may cross
from the torch thread to the window without a lock and without a copy. The shapes, dtypes and
units that a kind asks for are checked when it is made: a wrong one raises ValueError in the
exhibit that made it, not in the widget that draws it.

`title`, on any payload, replaces the title of the output that it is shown in (for sentences that
depend on the run: "Probability of tabby cat with that patch hidden").
"""

from lab.payloads.base import Floats, Payload, Tone
from lab.payloads.pictures import Filters, Overlay, Pictures
from lab.payloads.plots import Curve, Histogram, Scatter, Surface
from lab.payloads.tables import Bars, Graph, Matrix, Note, Table

KINDS: tuple[type[Payload], ...] = (
    *(Curve, Pictures, Overlay, Bars, Filters, Matrix),
    *(Histogram, Table, Surface, Scatter, Graph, Note),
)

__all__ = [
    "KINDS",
    "Bars",
    "Curve",
    "Filters",
    "Floats",
    "Graph",
    "Histogram",
    "Matrix",
    "Note",
    "Overlay",
    "Payload",
    "Pictures",
    "Scatter",
    "Surface",
    "Table",
    "Tone",
]
