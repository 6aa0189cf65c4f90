"""A bounded history, evenly spread."""

import numpy as np

from lab.style.history import History


def test_a_history_never_holds_too_much_and_is_evenly_spread():
    history = History(8)
    for evaluation in range(100):
        if history.due(evaluation):
            history.keep(evaluation, np.zeros((1, 1, 3), np.uint8))
        assert len(history.moments) <= 8
    assert [m.evaluation for m in history.moments] == [0, 16, 32, 48, 64, 80, 96]
