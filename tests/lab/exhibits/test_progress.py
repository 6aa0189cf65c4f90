"""How much is left is judged by the progress: in every exhibit it goes on, to the end."""

from contextlib import closing

import pytest

from lab import catalog
from lab.exhibit import Knobs

PATHS = [entry.path for entry in catalog.entries()]


@pytest.mark.parametrize("path", PATHS)
def test_the_progress_never_falls_and_ends_with_all(path, lab_of_few, held_clock):
    held_clock.tick = 1.0  # every look is due
    exhibit = catalog.load(path)
    knobs = Knobs(exhibit.parameters(**exhibit.quick))
    with closing(exhibit.run(lab_of_few, knobs)) as frames:
        shares = [frame.progress for frame in frames if frame.progress is not None]
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)
    assert not shares or shares[-1] == 1
