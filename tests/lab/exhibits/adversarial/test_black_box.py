"""The black-box attack: what the attacker gets to see, and its augmentation, checked."""

import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs


def test_an_oracle_that_learned_something_else_is_refused(workspace):
    exhibit = catalog.load("adversarial/black_box")
    knobs = Knobs(exhibit.parameters(oracle="efficientnet_lite0"))
    with pytest.raises(UserError, match="was not trained on Digits"):
        list(exhibit.run(workspace, knobs))
