"""Training a network, racing several, and measuring what they learned."""

from lab import submodules

__getattr__ = submodules(__name__)
