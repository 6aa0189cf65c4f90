"""Batches of positions: each position once, none too large, at the least cost."""

import itertools

import numpy as np
import pytest

from lab.occlusion import batches as module
from lab.occlusion.batches import batches, ordered


def cost(parts, heights, widths, channels, most):
    alone = module.FIXED_COST * most * (channels @ (heights * widths)).mean()
    return sum(
        alone + channels @ (heights[:, p].max(1) * widths[:, p].max(1)) * len(p) for p in parts
    )


@pytest.mark.parametrize("alone", [0.0, 0.1, 1.0])
def test_no_split_of_the_order_is_cheaper(alone, monkeypatch):
    monkeypatch.setattr(module, "FIXED_COST", alone)
    generator = np.random.default_rng(0)
    heights, widths = generator.integers(1, 9, (2, 3, 9))
    channels, most = np.array([3, 8, 16]), 4
    found = [np.arange(9)[part] for part in batches(heights, widths, channels, most)]
    assert np.concatenate(found).tolist() == list(range(9))
    assert max(map(len, found)) <= most
    splits = (
        np.split(np.arange(9), cuts)
        for many in range(9)
        for cuts in itertools.combinations(range(1, 9), many)
    )
    least = min(
        cost(parts, heights, widths, channels, most)
        for parts in splits
        if max(map(len, parts)) <= most
    )
    assert cost(found, heights, widths, channels, most) == pytest.approx(least)


def test_values_that_change_alike_cost_as_if_apart():
    generator = np.random.default_rng(1)
    heights, widths = generator.integers(1, 9, (2, 2, 30))
    twice = [np.repeat(sizes, 2, axis=0) for sizes in (heights, widths)]
    found = list(batches(*twice, np.array([3, 5, 7, 9]), 8))
    assert found == list(batches(heights, widths, np.array([8, 16]), 8))


def test_equal_sizes_go_together():
    # Three rows and two columns of positions; the rows 0 and 2 change as much.
    rows, columns = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    heights, widths = np.array([[2, 5, 2]]), np.array([[3, 3]])
    order = ordered((heights, widths), (rows, columns))
    assert sorted(order) == list(range(6))
    parts = batches(heights[:, rows[order]], widths[:, columns[order]], np.array([4]), 4)
    assert sorted(sorted(order[part].tolist()) for part in parts) == [[0, 1, 4, 5], [2, 3]]


def test_what_costs_nothing_fills_its_batches(monkeypatch):
    # Whole passes: no map is known, and every position costs the same.
    nothing = np.zeros((4, 20), np.int64)
    found = list(batches(nothing, nothing, np.zeros(4, np.int64), 8))
    assert [part.start for part in found] == [0, *(part.stop for part in found[:-1])]
    assert len(found) == 3
    assert found[-1].stop == 20
    monkeypatch.setattr(module, "BLOCK", 8)
    found = list(batches(nothing, nothing, np.zeros(4, np.int64), 8))
    assert found == [slice(0, 8), slice(8, 16), slice(16, 20)]
