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


# ---- how much is left ----------------------------------------------------------------------------


def told(clock_, steps, seconds=1.0, left=None):
    """What is said after each of `steps` shares, so many seconds apart."""
    left = left or clock.Remaining()
    said = []
    for share in steps:
        clock_.seconds += seconds
        left.update(share)
        said.append(left.words)
    return said


def shares(count, begin=0, end=None):
    return [k / count for k in range(begin + 1, (count if end is None else end) + 1)]


def test_what_is_left_is_said_of_a_run_over_ten_seconds_until_its_end(held_clock):
    said = told(held_clock, shares(40))
    assert said[:2] == ["", ""]
    assert said[2] == "about 40 s left"
    assert said[19] == "about 20 s left"
    assert said[-2:] == ["about 5 s left", ""]


def test_a_short_run_says_nothing(held_clock):
    assert set(told(held_clock, shares(9))) == {""}


def test_loading_does_not_count_as_slow_progress(held_clock):
    left = clock.Remaining()
    assert told(held_clock, [0.0] * 30, left=left)[-1] == ""
    assert told(held_clock, shares(40), left=left)[3] == "about 40 s left"


def test_it_follows_what_becomes_slower(held_clock):
    left = clock.Remaining()
    told(held_clock, shares(100, end=50), seconds=0.1, left=left)
    said = told(held_clock, shares(100, begin=50, end=90), left=left)
    assert said[-1] == "about 10 s left"


def test_a_pause_does_not_count(held_clock):
    left = clock.Remaining()
    told(held_clock, shares(40, end=10), left=left)
    left.hold(True)
    held_clock.seconds += 1000
    left.hold(True)
    left.hold(False)
    left.hold(False)
    assert told(held_clock, shares(40, begin=10, end=20), left=left)[-1] == "about 20 s left"


def test_another_part_is_measured_anew(held_clock):
    left = clock.Remaining()
    told(held_clock, shares(20), left=left)
    said = told(held_clock, shares(100), left=left)
    assert said[:2] == ["", ""]
    assert said[4] == "about 1 min 40 s left"


def test_without_progress_nothing_is_known(held_clock):
    left = clock.Remaining()
    held_clock.seconds += 100
    left.update(None)
    assert (left.seconds, left.words) == (None, "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.1, "5 s"),
        (41, "45 s"),
        (60, "60 s"),
        (61, "1 min 10 s"),
        (119, "2 min"),
        (290.5, "5 min"),
        (301, "6 min"),
        (3600, "1 h"),
        (4000, "1 h 7 min"),
    ],
)
def test_a_time_in_words_is_as_fine_as_an_estimate(seconds, words):
    assert clock.in_words(seconds) == words
