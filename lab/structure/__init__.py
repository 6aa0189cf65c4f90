"""What a network is made of, read from its modules without its weights.

Traced on PyTorch's meta device: a network of any size takes no memory, and its layers, their shapes
and their multiply-adds are known in a second.
"""

from lab import submodules

__getattr__ = submodules(__name__)
