"""The colour map is matplotlib's viridis."""

import numpy as np

from lab.media.colours import VIRIDIS


def test_viridis_is_matplotlibs():
    known = {0: "440154", 64: "3b528b", 128: "21918c", 192: "5ec962", 255: "fde725"}
    for index, colour in known.items():
        assert VIRIDIS[index].tobytes().hex() == colour
    steps = np.abs(np.diff(VIRIDIS.astype(int), axis=0))
    assert steps.max() <= 5, "a digit of the table is wrong"
    # Rounding to whole levels lets the lightness fall by one level of red, no more.
    assert (np.diff(VIRIDIS @ (0.2126, 0.7152, 0.0722)) > -0.22).all()
