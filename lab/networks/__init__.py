"""Networks from pixels to logits: architectures, weights, cards, and the shelf."""

from lab import submodules

__getattr__ = submodules(__name__)
