"""A pan over a picture: smooth, back to where it began, and refused where there is no room."""

import itertools

import numpy as np
import pytest

from lab.errors import UserError
from lab.media import pictures
from lab.media.clips import Pan


@pytest.fixture(scope="module")
def astronaut():
    return pictures.embedded("astronaut")


def test_a_pan_goes_round_smoothly(astronaut):
    clip = Pan(astronaut, 24)
    frames = [frame.astype(int) for frame in clip.frames(96)]
    assert len(frames) == clip.count == 24
    assert frames[0].shape == (96, 96, 3)
    steps = [np.abs(a - b).mean() for a, b in itertools.pairwise([*frames, frames[0]])]
    assert min(steps) > 1, "it stands still"
    assert max(steps) < 3 * min(steps), "it jumps, or does not come back to where it began"


def test_a_picture_too_small_or_too_narrow_is_refused(astronaut):
    slit = pictures.Picture("slit", astronaut.pixels[:, :8])
    with pytest.raises(UserError, match="slit is 8 × 512 px, too small"):
        next(Pan(slit).frames(64))
    strip = pictures.Picture("strip", astronaut.pixels[:, :20])
    with pytest.raises(UserError, match="not narrower than 1 to 16"):
        next(Pan(strip).frames(256))
