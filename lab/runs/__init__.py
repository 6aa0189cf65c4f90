"""A run as a value: what has to be said to have it again.

The command line, `shot`, the session, Copy command and Copy Python, and result.json all read and
write it. As JSON, of which only "exhibit" is needed::

    {
     "exhibit": "interpreting/occlusion",
     "params": {"model": "small-cnn-on-digits", "patch": 8},
     "seed": 0,
     "pictures": ["coffee"],
     "models": {"small-cnn-on-digits": "small-cnn-on-digits-6d3c9a70f1b2.safetensors"}
    }

Paths in it are relative to the folder of the file. PyTorch is not imported before a run is opened:
the window reads its session earlier.
"""

from lab.runs.names import NotRepeatable
from lab.runs.run import Run

__all__ = ["NotRepeatable", "Run"]
