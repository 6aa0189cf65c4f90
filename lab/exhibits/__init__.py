"""The exhibits, a folder for each chapter of the lecture.

A file without a leading underscore is an exhibit, with a line in lab/catalog.py. `_NAME_*.py`
beside it serves the exhibit NAME alone.
"""

from lab import submodules

__getattr__ = submodules(__name__)
