"""The contract: what an exhibit is.

An exhibit is a module with a frozen dataclass of parameters, a generator that tells its story, and
one `EXHIBIT` that declares what the two need and show. Its title and its summary stand in
lab/catalog.py, so that the window can list it before PyTorch is imported.

`yield` is the one point where a run can be paused, stepped, stopped and listened to, so a
generator yields a few tens of milliseconds apart; clean-up sits in `finally`. It never sleeps: it
shares its thread with all others, so it yields `Frame(after=seconds)` and is continued then.

A generator whose story is told, and which still answers to its live parameters (the occluder that
follows the pointer), yields `Frame(rest=True)` and is not asked again before one of them turns.
A live parameter never turns in vain: it changes what is shown, or the run begins again.
"""

from lab.exhibit.declaration import (
    COLUMNS,
    Action,
    Exhibit,
    Handover,
    Metric,
    Output,
    PictureSlot,
)
from lab.exhibit.frames import Frame, Value, breathing, part
from lab.exhibit.knobs import Knobs

__all__ = [
    "COLUMNS",
    "Action",
    "Exhibit",
    "Frame",
    "Handover",
    "Knobs",
    "Metric",
    "Output",
    "PictureSlot",
    "Value",
    "breathing",
    "part",
]
