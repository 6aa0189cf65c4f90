"""The machine: devices, downloads, the user's folder, garbage collection, the clock."""

from lab import submodules

__getattr__ = submodules(__name__)
