"""Word vectors: analogies, associations of groups of words, and what debiasing removes."""

from lab import submodules

__getattr__ = submodules(__name__)
