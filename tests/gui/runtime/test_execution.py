"""The states of a run."""

from gui.runtime.execution import Execution, State


def test_a_run_never_leaves_its_end():
    assert {state for state in State if state.ended} == {State.DONE, State.STOPPED, State.FAILED}
    assert Execution(lambda: iter(())).state is State.WAITING
