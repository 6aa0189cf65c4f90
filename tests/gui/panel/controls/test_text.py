"""The control of a text: what is typed, taken, refused and left."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from PySide6.QtCore import Qt

from gui.panel.controls import Controls
from lab.parameters import Text


@dataclass(frozen=True)
class Words:
    word: Annotated[str, Text("Word", 12, ("nurse", "captain"))] = "doctor"


@pytest.fixture
def told(qtbot):
    controls = Controls(Words, None)
    qtbot.addWidget(controls)
    controls.show()
    controls.show_values(Words())
    found = []
    controls.changed.connect(lambda *change: found.append(change))
    controls.invalid.connect(found.append)
    line = controls["word"].line

    def types(text, key=Qt.Key.Key_Return):
        line.clear()
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, key)
        return line.text()

    return controls, types, found


def test_enter_takes_what_was_typed_and_once(told):
    _, types, found = told
    assert types("  engineer ") == "engineer"
    assert types("engineer") == "engineer"
    assert found == [("word", "engineer")]


def test_escape_leaves_it(told):
    _, types, found = told
    assert types("engineer", Qt.Key.Key_Escape) == "doctor"
    assert not found


def test_nothing_is_refused_in_one_line_and_the_old_value_stays(told):
    _, types, found = told
    assert types("  ") == "doctor"
    assert found == ["word='': word is a line of text"]


def test_no_more_is_typed_than_is_allowed(told):
    _, types, found = told
    types("antidisestablishmentarianism")
    assert found == [("word", "antidisestab")]


def test_its_examples_are_offered(told):
    controls, _, _ = told
    completer = controls["word"].line.completer()
    completer.setCompletionPrefix("CAP")
    assert completer.completionCount() == 1
    assert completer.currentCompletion() == "captain"


def test_showing_a_value_tells_nobody(told):
    controls, _, found = told
    controls.show_values(Words("captain"))
    assert controls["word"].line.text() == "captain"
    assert not found
