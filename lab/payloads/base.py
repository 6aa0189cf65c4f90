"""What the kinds of payload have in common, and the checks that they are made with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Tone = Literal["", "good", "bad"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What the kinds have in common."""

    title: str = ""


def frozen(array: Any, dtype: Any, *dimensions: int, name: str) -> NDArray[Any]:
    """`array` as a read-only, C-contiguous array of `dtype` with one of the given axis counts."""
    given = np.asarray(array)
    if given.dtype.kind == "f" and np.dtype(dtype).kind in "ui":
        raise ValueError(f"{name} must be {np.dtype(dtype).name}, not {given.dtype.name}")
    result = np.ascontiguousarray(given, dtype=dtype)
    if result is array or not result.flags.owndata:
        result = result.copy()
    if result.ndim not in dimensions:
        axes = " or ".join(map(str, dimensions))
        raise ValueError(f"{name} must have {axes} axes, not shape {result.shape}")
    result.setflags(write=False)
    return result


def picture(array: Any, name: str) -> NDArray[np.uint8]:
    """`array` as a read-only RGB picture, uint8 (height, width, 3)."""
    result = frozen(array, np.uint8, 3, name=name)
    if result.shape[2] != 3:
        raise ValueError(f"{name} must be (height, width, 3), not {result.shape}")
    return result


def same_length(count: int, name: str, values: Sequence[Any]) -> None:
    """ValueError for `values` that are there and not as many as there are items."""
    if values and len(values) != count:
        raise ValueError(f"{len(values)} {name} for {count} items")
