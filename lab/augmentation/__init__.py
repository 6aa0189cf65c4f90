"""Data augmentation: random transforms of training images.

Whole batches on the device, each image with its own random parameters. All images are float32
(N, C, H, W) in [0, 1]. geometry.py, colour.py, blur.py and mixing.py apply given parameters;
composition.py and policies.py draw them at random.
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
