import numpy as np
import pytest
import torch

from lab.landscape.path import principal_plane, share_in


def walk(steps=12, size=40):
    generator = torch.Generator().manual_seed(0)
    scale = torch.linspace(3, 0.1, size)
    return torch.cumsum(torch.randn(steps, size, generator=generator) * scale, 0)


def test_the_plane_is_that_of_numpys_singular_value_decomposition():
    snapshots = walk()
    found = principal_plane(snapshots)
    numbers = snapshots.double().numpy()
    _, values, vectors = np.linalg.svd(numbers - numbers.mean(0), full_matrices=False)
    assert found.shares == pytest.approx((values**2 / (values**2).sum())[:2], rel=1e-6)
    for direction, wanted in zip(found.directions.numpy(), vectors[:2], strict=True):
        assert abs(direction @ wanted) == pytest.approx(1, abs=1e-5)
    assert found.directions @ found.directions.T == pytest.approx(torch.eye(2), abs=1e-5)


def test_the_path_ends_at_the_centre_and_begins_at_positive_coordinates():
    snapshots = walk()
    found = principal_plane(snapshots)
    assert np.array_equal(found.path[-1], [0, 0])
    assert (found.path[0] >= 0).all()
    away = (snapshots - snapshots[-1]).double() @ found.directions.double().T
    assert found.path == pytest.approx(away.numpy(), abs=1e-4)


def test_a_path_in_a_plane_lies_in_it_whole():
    basis = torch.linalg.qr(torch.randn(30, 2, generator=torch.Generator().manual_seed(1))).Q.T
    snapshots = torch.randn(8, 2, generator=torch.Generator().manual_seed(2)) @ basis + 5
    found = principal_plane(snapshots)
    assert sum(found.shares) == pytest.approx(1, abs=1e-5)
    assert share_in(snapshots, found.directions) == pytest.approx(1, abs=1e-5)


def test_the_share_in_other_directions_is_theirs_though_they_are_neither_orthogonal_nor_short():
    snapshots = walk()
    pair = torch.zeros(2, 40)
    pair[0, 0], pair[1, 0], pair[1, 1] = 2.0, 7.0, 3.0
    variances = snapshots.double().var(0, correction=0)
    wanted = (variances[:2].sum() / variances.sum()).item()
    assert share_in(snapshots, pair) == pytest.approx(wanted, rel=1e-6)
