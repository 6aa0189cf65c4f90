"""The path of a training, in the plane of its own two principal directions (Li et al., 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class PathPlane:
    """The plane of a path's two principal directions, through its end.

    directions: float32 (2, N), orthonormal, on the CPU. path: float64 (steps, 2), the projected
    path, which ends at (0, 0). shares: of the variance of the path, one for each direction.
    """

    directions: Tensor
    path: NDArray[np.float64]
    shares: tuple[float, float]


def principal_plane(snapshots: Tensor) -> PathPlane:
    """The plane of a path's two principal components (section 7).

    snapshots: (steps, N), the weights along the training, the last at its end; 3 or more that
    differ. Principal component analysis of the steps about their mean; the plane goes through the
    end. The sign of a direction is such that the path begins at positive coordinates.
    """
    # In double, which Apple's GPU lacks, and by the small matrix of products: there are many more
    # weights than steps.
    snapshots = snapshots.cpu()
    away = (snapshots - snapshots[-1]).double()
    centred = away - away.mean(0)
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    values, vectors = values.flip(0).clamp(min=0), vectors.flip(1)
    directions = vectors[:, :2].T @ centred
    directions = directions / directions.norm(dim=1, keepdim=True)
    path = away @ directions.T
    signs = torch.where(path[0] < 0, -1.0, 1.0).double()
    shares = (values[:2] / values.sum()).tolist()
    return PathPlane(
        (directions * signs[:, None]).float(),
        (path * signs).numpy(),
        (shares[0], shares[1]),
    )


def share_in(snapshots: Tensor, directions: Tensor) -> float:
    """The share of the path's variance that lies in the plane of two directions, (2, N).

    Of random directions it is next to nothing: two of very many.
    """
    snapshots = snapshots.cpu()
    centred = (snapshots - snapshots.mean(0)).double()
    basis = torch.linalg.qr(directions.cpu().double().T).Q
    return float((centred @ basis).square().sum() / centred.square().sum())
