"""Reading, saving and transfers beside the window."""

import threading
import time

import pytest

from gui.runtime.file_pool import FilePool
from lab.errors import UserError


@pytest.fixture
def pool():
    """A pool that calls back in its own threads."""
    made = FilePool(lambda then, result: then(result))
    yield made
    made.close()


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.001)


def test_a_result_or_an_error_is_handed_over(pool):
    got = []
    pool.read(lambda: 6 * 7, got.append)
    until(lambda: got == [42])
    pool.read(lambda: 1 / 0, got.append)
    until(lambda: len(got) == 2)
    assert isinstance(got[1], ZeroDivisionError)


def test_closing_waits_for_what_is_being_saved_and_cancels_transfers(pool):
    log, begun = [], threading.Event()

    def save():
        begun.set()
        time.sleep(0.05)
        log.append("saved")

    def endless():
        try:
            while True:
                yield
                time.sleep(0.001)
        finally:
            log.append("closed")

    pool.transfer(endless, lambda _: None, lambda _: None)
    pool.read(save, lambda _: None)
    assert begun.wait(5)
    pool.close()
    assert sorted(log) == ["closed", "saved"]
    pool.read(save, lambda _: None)
    assert len(log) == 2, "nothing is begun after closing"


def test_a_transfer_reports_and_a_cancelled_one_cleans_up(pool):
    cleaned, steps, ends = [], [], []

    def endless():
        try:
            n = 0
            while True:
                yield (n := n + 1)
                time.sleep(0.001)
        finally:
            cleaned.append(True)

    handle = pool.transfer(endless, steps.append, ends.append)
    until(lambda: len(steps) > 2)
    handle.cancel()
    until(lambda: ends == [None])
    assert cleaned == [True]
    pool.transfer(iter_then_fail, steps.append, ends.append)
    until(lambda: len(ends) == 2)
    assert isinstance(ends[1], UserError)


def iter_then_fail():
    yield 1
    raise UserError("the server went away")


def test_after_the_end_nothing_is_begun():
    pool, told = FilePool(lambda function, argument: function(argument)), []
    pool.close()
    pool.read(lambda: 1, told.append)
    assert pool.transfer(lambda: iter([1]), told.append, told.append).cancelled
    assert told == []
