"""Fixtures that the tests of this room share."""

import numpy as np
import pytest


@pytest.fixture
def colours():
    """uint8 (24, 32, 3): smooth, without symmetry, so that a wrong turn or channel shows."""
    y, x = np.mgrid[0:24, 0:32]
    return np.stack([x * 8, y * 10, 255 - x * 4], axis=2).astype(np.uint8)
