"""The engine of Glassbox: PyTorch, and never Qt.

A notebook can use any of it::

    import lab

    model = lab.models.load("efficientnet_lite0")
    data = lab.datasets.load("digits")
    picture = lab.pictures.read("coffee.png")
    for frame in lab.catalog.load("interpreting/predict").run(pictures=[picture]):
        print(frame.metrics)

Submodules are imported when they are first named, because importing PyTorch takes seconds and
`python main.py list` should not.
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

_SUBMODULES = frozenset(
    {"catalog", "datasets", "devices", "downloads", "exhibit", "models", "networks"}
    | {"parameters", "payloads", "pictures", "shelf", "training", "workspace"}
)


def __getattr__(name: str) -> ModuleType:
    if name in _SUBMODULES:
        return importlib.import_module(f"lab.{name}")
    raise AttributeError(f"module 'lab' has no attribute {name!r}")
