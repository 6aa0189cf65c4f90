"""The engine of Glassbox: PyTorch, and never Qt.

A notebook can use any of it::

    import lab

    model = lab.networks.models.load("efficientnet_lite0")
    data = lab.datasets.load("digits")
    picture = lab.media.pictures.read("coffee.png")
    for frame in lab.catalog.load("interpreting/predict").run(pictures=[picture]):
        print(frame.metrics)

Submodules are imported when they are first named, because importing PyTorch takes seconds and
`python main.py list` should not.
"""

import importlib
from collections.abc import Callable
from types import ModuleType

__version__ = "0.1.0"


def submodules(package: str) -> Callable[[str], ModuleType]:
    """A `__getattr__` for `package` that imports its submodules when they are first named."""

    def found(name: str) -> ModuleType:
        path = f"{package}.{name}"
        if not name.startswith("_"):
            try:
                return importlib.import_module(path)
            except ModuleNotFoundError as error:
                if error.name != path:  # it is there, and lacks something that it imports
                    raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return found


__getattr__ = submodules(__name__)
