"""Knobs carry intent."""

from lab.exhibit import Knobs


def test_an_action_is_taken_once():
    knobs = Knobs(None)
    assert not knobs.take("keep")
    knobs.ask("keep")
    assert knobs.take("keep")
    assert not knobs.take("keep")
