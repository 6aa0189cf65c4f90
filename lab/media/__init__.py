"""Files and the camera to uint8 pictures; never torch."""

from lab import submodules

__getattr__ = submodules(__name__)
