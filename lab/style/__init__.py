"""Style transfer of images and videos: Gatys et al., Johnson et al., Ruder et al. (2016)."""

from lab import submodules

__getattr__ = submodules(__name__)
