"""Image and video files and the camera, as uint8 RGB arrays. Never imports torch."""

from lab import submodules

__getattr__ = submodules(__name__)
