"""Data sets in memory as uint8: embedded, downloaded, or from a folder of the user.

One module for each origin; `load` and `Library` find them by name.
"""

from lab.datasets.dataset import Dataset, channel_statistics
from lab.datasets.library import Library, load

__all__ = ["Dataset", "Library", "channel_statistics", "load"]
