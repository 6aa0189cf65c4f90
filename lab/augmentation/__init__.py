"""Data augmentation: pictures that are changed at random, so that a network sees more of them.

Whole batches on the device, each picture by parameters of its own. All pictures are float32
(N, C, H, W) in [0, 1]. geometry.py, colour.py, blur.py and mixing.py do what one asks for,
composition.py and policies.py draw at random what that is.
"""

from lab.augmentation.composition import (
    DEFAULT,
    POLICIES,
    STRENGTHS,
    TRANSFORMS,
    Composition,
)
from lab.augmentation.geometry import EDGES, Edges, Size, fixed_crop
from lab.augmentation.mixing import MIXES, mixed, mixed_batch

__all__ = [
    "DEFAULT",
    "EDGES",
    "MIXES",
    "POLICIES",
    "STRENGTHS",
    "TRANSFORMS",
    "Composition",
    "Edges",
    "Size",
    "fixed_crop",
    "mixed",
    "mixed_batch",
]
