import gc

import pytest

from lab.system import garbage


@pytest.fixture(autouse=True)
def _as_before():
    yield
    gc.enable()


def test_what_is_there_when_it_is_released_is_never_looked_at_again():
    before = gc.get_freeze_count()
    garbage.hold()
    assert not gc.isenabled()
    garbage.release()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_notebook_that_never_held_it_keeps_its_own():
    before = gc.get_freeze_count()
    garbage.release()
    assert gc.get_freeze_count() == before
