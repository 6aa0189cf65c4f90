"""Explaining a frozen network: attribution by gradients, and activation maximisation."""

from lab import submodules

__getattr__ = submodules(__name__)
