"""What a frozen network responds to: attribution by gradients, and activation maximisation."""

from lab import submodules

__getattr__ = submodules(__name__)
