"""Data sets, resident in memory as bytes: embedded, downloaded, or a folder of your own.

One file for each origin; `load` and `Library` know them all by name.
"""

from lab.datasets.dataset import Dataset, channel_statistics
from lab.datasets.library import Library, load

__all__ = ["Dataset", "Library", "channel_statistics", "load"]
