"""What belongs to an earlier run leaves the screen."""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pytest

from gui.documents.session import Session
from gui.panel import playback
from lab import catalog
from lab.exhibit import Frame, Output
from lab.parameters import Number
from lab.payloads import Bars, Note, Pictures
from lab.runs import Run
from tests.gui.conftest import TIMEOUT

PATH = "better_training/trainer"
PIXELS = np.zeros((4, 4, 3), np.uint8)
OUTPUTS = (
    Output("first", Bars, "First", (0, 0, 1, 6)),
    Output("late", Note, "Late", (0, 6, 1, 6)),
    Output("history", Pictures, "History", (1, 0, 1, 12), picks="moment"),
)


@dataclass(frozen=True)
class Story:
    moment: Annotated[int, Number("History", 0, 9, live=True, transient=True)] = 9
    other: Annotated[int, Number("Other", 0, 9)] = 3


class Script:
    """Runs that wait at each frame until the test lets them go on."""

    def __init__(self):
        self.frames, self.go = [], 1

    def __call__(self, knobs, workspace):
        for number, frame in enumerate(self.frames):
            while self.go <= number:
                yield Frame()
            if frame is None:
                raise RuntimeError("the device caught fire")
            yield frame


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def open_story(open_window, monkeypatch, script):
    """Opens the window on an exhibit that shows what the script says."""
    load = catalog.load

    def told(path):
        return replace(
            load(path),
            parameters=Story,
            generate=script,
            outputs=OUTPUTS,
            quick={},
            main="first",
            actions=(),
            metrics=(),
        )

    monkeypatch.setattr(catalog, "load", told)
    return lambda run=None: open_window(Session("", PATH, {PATH: run} if run else {})).current


def frames(text):
    return [
        Frame({"first": Bars([text], {"p": [1.0]})}, status="one"),
        Frame({"late": Note(text), "history": Pictures([PIXELS])}, status="two"),
    ]


def view(panel, name):
    return panel.board.cards[name].view


def test_a_card_that_a_new_run_has_not_reached_shows_nothing_of_the_last_one(
    open_story, script, qtbot
):
    panel = open_story()
    script.frames, script.go = frames("old"), 9
    panel.start()
    qtbot.waitUntil(lambda: panel.run is None and panel.caught_up, timeout=TIMEOUT)
    assert view(panel, "late").payload.text == "old"
    script.frames, script.go = frames("new"), 1
    panel.start()
    qtbot.waitUntil(lambda: panel.snapshot.status == "one", timeout=TIMEOUT)
    assert view(panel, "late").payload is not None, "one that comes soon need not flicker"
    qtbot.waitUntil(lambda: view(panel, "late").payload is None, timeout=TIMEOUT)
    assert view(panel, "late").hint == playback.AHEAD
    assert view(panel, "first").payload.labels == ("new",)
    panel.stop()
    assert view(panel, "late").hint == playback.STOPPED
    panel.toggle()
    script.go = 9
    qtbot.waitUntil(lambda: panel.run is None and panel.caught_up, timeout=TIMEOUT)
    assert view(panel, "late").payload.text == "new"


def test_a_card_that_a_run_does_not_come_to_says_so_and_never_press_run(open_story, script, qtbot):
    panel = open_story()
    assert view(panel, "late").hint == "Press Run"
    script.frames = frames("only")[:1]
    panel.start()
    assert view(panel, "late").hint == playback.AHEAD
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    assert view(panel, "late").hint == playback.ABSENT


def test_after_a_failure_the_cards_say_press_run(open_story, script, qtbot, capsys):
    panel = open_story()
    script.frames, script.go = [frames("only")[0], None], 9  # which raises
    panel.start()
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    assert view(panel, "late").hint == "Press Run"
    capsys.readouterr()


def test_a_place_in_the_history_is_of_one_run_and_the_session_does_not_keep_it(
    open_story, script, qtbot
):
    panel = open_story(Run(PATH, {"other": 4}))
    script.frames = frames("old")
    panel.start()
    panel.set_value("moment", 2)
    assert panel.run is not None
    assert panel.remembered().params == {"other": 4}
    panel.set_value("other", 5)  # begins the run again
    assert (panel.values.moment, panel.values.other) == (9, 5)
    assert panel.side.controls["moment"].text.text() == "9"
    panel.show_values(Story(1, 5), 0)  # set since, for the run that comes
    panel.start()
    assert panel.values.moment == 1


def test_an_error_is_over_when_the_same_goes_well(open_story, script, qtbot):
    panel = open_story()
    banner, window = panel.banner, panel.window()
    assert not panel.set_values({"other": 99})
    assert banner.isVisible()
    window.say("Saved")
    assert banner.isVisible(), "something else went well"
    panel.set_value("other", 5)
    assert not banner.isVisible()
    for over in (
        lambda: window.say("Added"),
        lambda: window.light_table.choose(2),
        panel.start,
    ):
        panel.complain("x.heic cannot be read")
        over()
        assert not banner.isVisible()
    panel.fail(RuntimeError("out of luck"))
    window.say("Saved")
    assert banner.isVisible()
    panel.start()
    assert not banner.isVisible()
