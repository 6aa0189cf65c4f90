"""One thread, many generators: every rule that gui/runtime/worker.py states, broken on purpose."""

import itertools
import threading
import time

import pytest

from gui.runtime.execution import State
from gui.runtime.worker import LEAD, Worker
from lab.errors import UserError
from lab.exhibit import Frame
from lab.payloads import Note
from tests.gui.conftest import torch_threads


@pytest.fixture
def worker(qtbot):
    worker = Worker()
    worker.begin()
    yield worker
    worker.close()
    assert not torch_threads()


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.001)


def counting(log, sleep=0.001):
    try:
        n = 0
        while True:
            n += 1
            log.append(n)
            yield Frame(metrics={"n": n})
            time.sleep(sleep)
    finally:
        log.append(threading.current_thread().name)


def test_a_run_goes_to_its_end_and_keeps_its_last_frame(worker):
    run = worker.start(lambda: iter([Frame(metrics={"a": 1}), Frame(metrics={"a": 2})]))
    until(lambda: run.state is State.DONE)
    assert run.mailbox.take().metrics == {"a": 2}
    assert run.mailbox.take() is None
    assert run.error is None


def test_stop_closes_the_generator_at_once_and_in_its_own_thread(worker):
    log = []
    run = worker.start(lambda: counting(log))
    until(lambda: len(log) > 3)
    worker.stop(run)
    assert run.mailbox.take() is None
    until(lambda: run.state is State.STOPPED)
    assert log[-1] == "glassbox-torch"
    assert run.mailbox.take() is None, "a frame of a stopped run was kept"


def test_pause_holds_step_moves_by_one_resume_goes_on(worker):
    log = []
    run = worker.start(lambda: counting(log))
    until(lambda: len(log) > 2)
    worker.pause(run)
    time.sleep(0.02)
    held = len(log)
    time.sleep(0.05)
    assert len(log) == held
    worker.step(run)
    until(lambda: len(log) == held + 1)
    time.sleep(0.03)
    assert len(log) == held + 1
    assert run.state is State.PAUSED
    worker.resume(run)
    until(lambda: len(log) > held + 3)
    assert run.state is State.RUNNING


def test_a_paused_run_can_be_stopped(worker):
    log = []
    run = worker.start(lambda: counting(log))
    worker.pause(run)
    worker.stop(run)
    until(lambda: run.state is State.STOPPED)


@pytest.mark.parametrize("error", [RuntimeError("broke"), UserError("do this"), SystemExit(3)])
def test_a_failure_ends_that_run_alone(worker, capsys, error):
    def failing():
        yield Frame(outputs={"note": Note("last good")})
        raise error

    log = []
    other = worker.start(lambda: counting(log))
    run = worker.start(failing)
    until(lambda: run.state is State.FAILED)
    assert run.error is error
    assert run.mailbox.take().outputs["note"].text == "last good"
    seen = len(log)
    until(lambda: len(log) > seen)
    worker.stop(other)
    assert ("broke" in capsys.readouterr().err) == (type(error) is RuntimeError)


def test_a_generator_that_cannot_be_made_is_a_failure(worker, capsys):
    def make():
        raise RuntimeError("no such thing")

    run = worker.start(make)
    until(lambda: run.state is State.FAILED)
    assert "no such thing" in capsys.readouterr().err


def test_a_generator_that_breaks_while_closing_is_a_failure(worker, capsys):
    def stubborn():
        try:
            while True:
                yield Frame()
        finally:
            raise RuntimeError("could not clean up")

    run = worker.start(stubborn)
    until(lambda: run.state is State.RUNNING)
    worker.stop(run)
    until(lambda: run.state.ended)
    assert run.state is State.FAILED
    assert "could not clean up" in capsys.readouterr().err


class Clock:
    """A clock that only the generators move, so that fairness does not hang on the machine."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr("gui.runtime.worker.time.perf_counter", lambda: self.now)

    def story(self, log, name, seconds, turns):
        for _ in range(turns):
            log.append(name)
            self.now += seconds
            yield Frame()


def all_done(worker, *stories):
    """Run generators that all wait before the first gets its turn; returns when all are done."""
    gate = threading.Event()
    worker.call(gate.wait)
    runs = [worker.start(lambda story=story: story) for story in stories]
    worker.bring_to_front(runs[-1])
    gate.set()
    until(lambda: all(run.state is State.DONE for run in runs), 60)


def test_two_runs_share_the_time_fairly(worker, monkeypatch):
    clock, log = Clock(monkeypatch), []
    slow = clock.story(log, "slow", 0.08, 50)
    fast = clock.story(log, "fast", 0.02, 200)
    all_done(worker, slow, fast)
    # Equal time: the one whose turns are a quarter as long gets four times as many.
    half = log[:125]
    assert 3 < half.count("fast") / half.count("slow") < 5.5


def test_the_visible_run_comes_first(worker, monkeypatch):
    clock, log = Clock(monkeypatch), []
    stories = [clock.story(log, name, 0.01, 20) for name in ("hidden", "visible")]
    all_done(worker, *stories)
    assert log.index("hidden") == pytest.approx(LEAD / 0.01, abs=1)
    # Beyond its lead it takes turns like the others.
    assert log[:30].count("hidden") >= 10


def test_a_run_that_slept_is_owed_nothing(worker):
    one, two = [], []
    first = worker.start(lambda: counting(one, sleep=0.002))
    until(lambda: len(one) > 3)
    worker.pause(first)
    worker.start(lambda: counting(two, sleep=0.002))
    until(lambda: len(two) > 60)
    worker.resume(first)
    seen = len(two)
    until(lambda: len(two) > seen + 10)
    assert len(one) < 40, "the resumed run took the time that it had not asked for"


def test_closing_joins_the_thread_and_closes_every_generator(qtbot):
    worker = Worker()
    worker.begin()
    logs = [[], []]
    runs = [worker.start(lambda log=log: counting(log)) for log in logs]
    until(lambda: all(len(log) > 2 for log in logs))
    worker.close()
    assert not torch_threads()
    assert all(log[-1] == "glassbox-torch" for log in logs)
    assert all(run.state is State.STOPPED for run in runs)


def test_what_the_pool_read_arrives_in_the_windows_thread(worker, qtbot):
    got = []
    worker.read(lambda: 6 * 7, lambda value: got.append((value, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(got))
    assert got == [(42, threading.main_thread())]
    worker.read(lambda: 1 / 0, got.append)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert isinstance(got[1], ZeroDivisionError)


def test_a_call_runs_in_the_torch_thread_and_hands_its_error_over(worker, qtbot):
    got = []
    worker.call(lambda: threading.current_thread().name, got.append)
    worker.call(lambda: 1 / 0, got.append)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got[0] == "glassbox-torch"
    assert isinstance(got[1], ZeroDivisionError)


def test_what_may_wait_waits_until_no_run_wants_the_thread(worker):
    log = []
    run = worker.start(lambda: (log.append(n) or Frame() for n in range(30)))
    worker.when_idle(lambda: log.append("idle"))
    worker.call(lambda: log.append("call"))
    until(lambda: "idle" in log)
    assert run.state is State.DONE
    assert log.index("call") < log.index(29)
    assert log[-1] == "idle"


def test_closing_does_not_wait_for_what_may_wait(qtbot):
    worker, done, gate = Worker(), [], threading.Event()
    worker.call(gate.wait)
    worker.when_idle(lambda: done.append(1))
    worker.begin()
    # Long after close() has begun, and is waiting for the thread.
    threading.Timer(0.3, gate.set).start()
    worker.close()
    assert not done


def resting(log):
    """Answers each nudge with one frame, and rests again."""
    try:
        while True:
            log.append(time.monotonic())
            yield Frame(metrics={"n": len(log)}, rest=True)
    finally:
        log.append("closed")


def test_a_run_that_rests_takes_no_turn_before_it_is_nudged(worker):
    log = []
    run = worker.start(lambda: resting(log))
    until(lambda: run.state is State.RESTING)
    time.sleep(0.05)
    assert len(log) == 1
    assert run.mailbox.take().metrics == {"n": 1}
    worker.nudge(run)
    until(lambda: len(log) == 2 and run.state is State.RESTING)
    worker.stop(run)
    until(lambda: run.state is State.STOPPED)
    assert log[-1] == "closed"


def test_a_nudge_that_comes_while_it_turns_is_not_lost(worker):
    inside, go = threading.Event(), threading.Event()
    log = []

    def story():
        for n in range(3):
            inside.set()
            go.wait(5)
            log.append(n)
            yield Frame(rest=True)

    run = worker.start(story)
    assert inside.wait(5)
    worker.nudge(run)
    go.set()
    until(lambda: len(log) == 2 and run.state is State.RESTING)
    time.sleep(0.02)
    assert len(log) == 2


def test_a_nudge_that_comes_while_an_older_one_is_answered_is_not_lost(worker):
    """Or a slider that is dragged would be followed to its last place but one."""
    turned, shown = [0], []
    inside, go = threading.Event(), threading.Event()

    def story():
        while True:
            now = turned[0]
            for _ in range(3):
                yield Frame()
                if now == 1:
                    inside.set()
                    go.wait(5)
            shown.append(now)
            yield Frame(rest=True)

    run = worker.start(story)
    until(lambda: run.state is State.RESTING)
    turned[0] = 1
    worker.nudge(run)
    assert inside.wait(5)
    turned[0] = 2
    worker.nudge(run)
    go.set()
    until(lambda: run.state is State.RESTING and shown[-1] == 2)
    assert shown == [0, 1, 2]


def test_others_go_on_while_one_rests_and_pausing_it_changes_nothing(worker):
    rest, count = [], []
    resting_run = worker.start(lambda: resting(rest))
    until(lambda: resting_run.state is State.RESTING)
    other = worker.start(lambda: counting(count))
    until(lambda: len(count) > 5)
    worker.pause(resting_run)
    worker.resume(resting_run)
    assert resting_run.state is State.RESTING
    worker.stop(other)
    until(lambda: other.state is State.STOPPED)
    assert len(rest) == 1


def test_a_resting_run_is_closed_with_the_worker(qtbot):
    worker, log = Worker(), []
    worker.begin()
    run = worker.start(lambda: resting(log))
    until(lambda: run.state is State.RESTING)
    worker.close()
    assert log[-1] == "closed"
    assert run.state is State.STOPPED


def waiting(log, seconds=1000.0):
    """Asks to be continued after so many seconds, each time."""
    try:
        while True:
            log.append(time.monotonic())
            yield Frame(metrics={"n": len(log)}, after=seconds)
    finally:
        log.append("closed")


def test_a_run_that_asks_for_it_is_continued_later_and_others_go_on_meanwhile(worker):
    log, count = [], []
    run = worker.start(lambda: waiting(log, 0.05))
    other = worker.start(lambda: counting(count))
    until(lambda: len(log) >= 4)
    assert min(b - a for a, b in itertools.pairwise(log[:4])) >= 0.05
    assert len(count) > 30, "the other run was held up"
    assert run.state is State.RUNNING
    worker.stop(other)


@pytest.mark.parametrize("ask", ["step", "nudge", "resume", "pause and resume"])
def test_who_is_asked_for_does_not_wait(worker, ask):
    log = []
    run = worker.start(lambda: waiting(log))
    until(lambda: len(log) == 1 and run.state is State.RUNNING)
    for name in ask.split(" and "):
        getattr(worker, name)(run)
    until(lambda: len(log) == 2)
    assert run.state is (State.PAUSED if ask == "step" else State.RUNNING)


def test_a_run_that_waits_is_paused_and_stopped_at_once(worker):
    log = []
    run = worker.start(lambda: waiting(log))
    until(lambda: len(log) == 1 and run.state is State.RUNNING)
    worker.pause(run)
    assert run.state is State.PAUSED
    worker.stop(run)
    until(lambda: run.state is State.STOPPED)
    assert log[1:] == ["closed"]


def test_a_nudge_that_comes_while_it_turns_is_not_waited_upon(worker):
    inside, go = threading.Event(), threading.Event()
    log = []

    def story():
        for n in range(2):
            inside.set()
            go.wait(5)
            log.append(n)
            yield Frame(after=1000.0)

    run = worker.start(story)
    assert inside.wait(5)
    worker.nudge(run)
    go.set()
    until(lambda: len(log) == 2)
    worker.stop(run)


def test_a_run_that_waited_is_owed_no_turns_for_it(worker, monkeypatch):
    clock, log, gate = Clock(monkeypatch), [], threading.Event()

    def late():
        yield Frame(after=0.02)
        yield from clock.story(log, "late", 0.01, 20)

    def early():
        yield from clock.story(log, "early", 0.01, 100)
        gate.wait(0.05)  # until the other's time has come
        yield from clock.story(log, "early", 0.01, 40)

    runs = [worker.start(late), worker.start(early)]
    until(lambda: all(run.state is State.DONE for run in runs))
    assert log[100:120].count("early") >= 8, "it took the second that it had not asked for"


def test_what_may_wait_does_not_wait_for_a_run_that_waits(worker):
    log = []
    run = worker.start(lambda: waiting(log))
    worker.when_idle(lambda: log.append("idle"))
    until(lambda: "idle" in log)
    assert not run.state.ended


def test_closing_does_not_wait_for_a_run_that_waits(qtbot):
    worker, log = Worker(), []
    worker.begin()
    run = worker.start(lambda: waiting(log))
    until(lambda: len(log) == 1)
    worker.close()
    assert log[-1] == "closed"
    assert run.state is State.STOPPED
