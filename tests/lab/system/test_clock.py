"""The lab's one clock, and the pace that goes by it."""

import time

import pytest

from lab.exhibit import Knobs
from lab.system import clock
from lab.system.clock import Pace


def test_it_goes_as_the_clock_of_the_machine():
    before = time.perf_counter()
    assert before <= clock.now() <= time.perf_counter()


def test_a_pace_is_due_once_in_so_many_seconds(held_clock):
    pace = Pace(0.5)
    due = []
    for _ in range(16):
        due.append(pace.due())
        held_clock.seconds += 0.125
    assert [i for i, yes in enumerate(due) if yes] == [4, 8, 12]


def test_what_takes_its_time_after_it_was_due_counts_unless_it_is_told_otherwise(held_clock):
    for restart, expected in ((False, True), (True, False)):
        pace = Pace(0.5)
        held_clock.seconds += 0.5
        assert pace.due()
        held_clock.seconds += 3
        if restart:
            pace.restart()
        assert pace.due() is expected


def test_a_held_clock_is_never_due_and_a_rate_of_no_time_is_none(held_clock):
    pace = Pace(1e-9)
    assert not any(pace.due() for _ in range(1000))
    assert clock.rate(5, clock.now()) == 0
    assert clock.rate(5, 2) == 2.5


def test_a_clock_that_ticks_moves_on_whenever_it_is_asked(held_clock):
    held_clock.tick = 0.25
    assert [clock.now() for _ in range(3)] == [0.25, 0.5, 0.75]


def test_exhibits_ask_their_knobs(held_clock):
    knobs = Knobs(None)
    pace = knobs.every(2)
    held_clock.seconds = 2
    assert pace.due()
    assert knobs.clock() == pytest.approx(2)
