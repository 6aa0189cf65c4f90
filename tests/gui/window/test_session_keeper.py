"""The session is written when it changes, whole or not at all, by the first window alone."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gui.documents.persistence import Persistence
from gui.documents.session import Session
from gui.window import app, session_keeper
from gui.window.window import SECOND, Window
from lab.media.pictures import Picture
from lab.networks.shelf import Shelf
from lab.runs import Run
from tests.gui.conftest import TIMEOUT
from tests.gui.documents.test_persistence import painter
from tests.gui.inputs import pasted

PATH = "better_training/trainer"


@pytest.fixture
def closed(qtbot):
    """A function that makes a window which loads nothing, and closes it afterwards."""
    made = []

    def make(home, session=None):
        made.append(Window(session or Session("", PATH), "cpu", home))
        return made[-1]

    yield make
    for each in made:
        each.close()
        each.deleteLater()


def saved(home):
    return Session.read(home / "session.json")


def seen(session):
    return session.runs.get(PATH, Run(PATH))


def test_what_is_set_and_pasted_is_on_the_disk_before_the_window_is_closed(
    open_window, qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(session_keeper, "LOOK_MS", 20)
    made = open_window(Session("", PATH), tmp_path)
    for change, there in (
        (lambda: made.current.set_value("epochs", 3), lambda s: seen(s).params == {"epochs": 3}),
        (lambda: made.current.set_seed(4), lambda s: seen(s).seed == 4),
        (lambda: made.light_table.choose(2), lambda s: s.chosen == 2),
        (
            lambda: made.importer.take(pasted(Qt.GlobalColor.green)),
            lambda s: len(s.pictures or ()) == 6,
        ),
        (lambda: made.show_exhibit("interpreting/predict"), lambda s: "predict" in s.exhibit),
    ):
        change()
        qtbot.waitUntil(lambda there=there: there(saved(tmp_path)), timeout=TIMEOUT)
    assert not list(tmp_path.glob("*.part"))


def test_a_session_that_cannot_be_written_leaves_the_last_one_whole(tmp_path, monkeypatch):
    path = tmp_path / "session.json"
    Session("", PATH).write(path)
    before = path.read_text()

    def full(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        Session("", "interpreting/predict").write(path)
    assert path.read_text() == before


def test_of_two_windows_on_one_home_the_second_says_that_it_keeps_nothing(closed, tmp_path):
    first = closed(tmp_path, Session("", PATH, {PATH: Run(PATH, seed=1)}))
    second = closed(tmp_path, Session("", PATH, {PATH: Run(PATH, seed=2)}))
    assert SECOND not in first.sidebar.notes()
    assert SECOND in second.sidebar.notes()
    first.close()
    second.close()
    assert saved(tmp_path).runs[PATH].seed == 1
    third = closed(tmp_path)
    assert SECOND not in third.sidebar.notes()


def test_a_window_that_was_killed_does_not_lock_its_home(closed, tmp_path):
    code = (
        "from PySide6.QtCore import QLockFile; import os, sys\n"
        "lock = QLockFile(sys.argv[1]); lock.setStaleLockTime(0)\n"
        "assert lock.tryLock(0)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "window.lock")], check=False)
    assert (tmp_path / "window.lock").exists()
    assert SECOND not in closed(tmp_path).sidebar.notes()


@pytest.mark.parametrize("number", app.ENDS)
def test_a_process_that_is_told_to_end_closes_the_window_as_by_hand(
    closed, qtbot, tmp_path, number
):
    handlers = {each: signal.getsignal(each) for each in app.ENDS}
    made, quits = closed(tmp_path, Session("", PATH, {PATH: Run(PATH, seed=5)})), []
    made.show()
    try:
        app.ClosedBySignals(SimpleNamespace(quit=lambda: quits.append(1)), made)
        os.kill(os.getpid(), number)
        qtbot.waitUntil(lambda: bool(quits), timeout=TIMEOUT)
        assert not made.isVisible()
        assert saved(tmp_path).runs[PATH].seed == 5
        at_once = signal.getsignal(number) is signal.SIG_DFL
        assert at_once, "the second time it ends at once"
    finally:
        signal.set_wakeup_fd(-1)
        for each, handler in handlers.items():
            signal.signal(each, handler)


def test_no_window_deletes_or_overwrites_what_another_has_saved(tmp_path):
    windows = [Persistence(tmp_path), Persistence(tmp_path)]
    paths = [
        each.keep(Picture("pasted", np.full((3, 4, 3), value, np.uint8))).path
        for value, each in enumerate(windows)
    ]
    windows[0].keep_only([])
    assert [path.exists() for path in paths] == [False, True]
    for each in windows:
        shelf = Shelf()
        shelf.put(painter("Waves"), "Waves")
        each.changes(shelf)()
    assert len(list((tmp_path / "shelf").glob("*.safetensors"))) == 2


def test_a_network_is_called_the_same_at_the_next_start(tmp_path):
    persistence, shelf = Persistence(tmp_path), Shelf()
    name = shelf.put(painter("Waves"), "Waves")
    persistence.changes(shelf)()
    shelf.rename(name, "Ink on paper")
    persistence.changes(shelf)()
    again = Shelf()
    Persistence(tmp_path).restore(again)
    assert again.names_trained_here() == [name]
    assert again.card(name).title == "Ink on paper"
