"""How much is left is judged by the progress: in every exhibit it goes on, to the end."""

from contextlib import closing

import pytest

from lab import catalog
from lab.exhibit import Knobs
from lab.training import trainer
from tests.lab.exhibits.test_diverged import TRAINING

PATHS = [entry.path for entry in catalog.entries()]


@pytest.fixture
def trained(monkeypatch):
    """The optimisers of all networks that a run trains."""
    made, make = [], trainer.optimiser
    monkeypatch.setattr(trainer, "optimiser", lambda *given: made.append(make(*given)) or made[-1])
    return made


@pytest.mark.parametrize("path", PATHS)
def test_the_progress_never_falls_and_ends_with_all(path, lab_of_few, held_clock, trained):
    held_clock.tick = 1.0  # every look is due
    exhibit = catalog.load(path)
    knobs = Knobs(exhibit.parameters(**exhibit.quick))
    with closing(exhibit.run(lab_of_few, knobs)) as frames:
        shares = [frame.progress for frame in frames if frame.progress is not None]
    assert shares or exhibit.follows, "what takes its time tells its progress: Frame(progress=...)"
    assert all(0 <= share <= 1 for share in shares), shares
    assert shares == sorted(shares), "the parts of a run share its progress: lab.exhibit.part"
    assert not shares or shares[-1] == 1, f"the last progress is {shares[-1]}, not 1"
    assert not trained or path in TRAINING, (
        "it trains a network: a line in TRAINING of tests/lab/exhibits/test_diverged.py"
    )
