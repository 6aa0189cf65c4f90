"""Style transfer: Gatys et al. (2016), Johnson et al. (2016), Ruder et al. (2016)."""

from lab import submodules

__getattr__ = submodules(__name__)
