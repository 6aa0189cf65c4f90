"""The line on stderr: written over on a terminal, and one line each where there is none."""

import io
import os
from types import SimpleNamespace

import pytest

from lab.system.terminal import StatusLine


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    made = Terminal()
    monkeypatch.setattr("lab.system.terminal.sys", SimpleNamespace(stderr=made))
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_, **__: os.terminal_size((40, 20)))
    return made


def minute(held_clock, line):
    """A minute's work, told every second."""
    for second in range(1, 61):
        held_clock.seconds += 1
        line(f"step {second} of 60", second / 60)


def test_it_says_what_goes_on_and_how_much_is_left(held_clock, capsys):
    minute(held_clock, StatusLine())
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "step 1 of 60"
    assert lines[29] == "step 30 of 60 · about 30 s left"
    assert lines[-1] == "step 60 of 60"


def test_what_comes_too_fast_for_an_eye_is_left_out_and_so_is_what_is_the_same(held_clock, capsys):
    line = StatusLine()
    for _ in range(100):
        held_clock.seconds += 0.05
        line("loading")
    assert capsys.readouterr().err.splitlines() == ["loading"]
    for step in range(100):
        held_clock.seconds += 0.05
        line(f"step {step}")
    assert 10 < len(capsys.readouterr().err.splitlines()) < 30


def test_on_a_terminal_it_stays_in_its_row(held_clock, terminal):
    line = StatusLine()
    line("a line that is much longer than the terminal is wide, by far", 0.0)
    held_clock.seconds += 1
    line("short")
    line.close()
    _, first, second = terminal.getvalue().split("\r\033[K")
    assert first == "a line that is much longer than the ter"
    assert second == "short\n"


def test_nothing_was_said_so_nothing_is_ended(terminal):
    line = StatusLine()
    line(None)
    line.close()
    assert terminal.getvalue() == ""
