"""Exact logits of a network under a patch that hides part of the image, and fast."""

from lab import submodules

__getattr__ = submodules(__name__)
