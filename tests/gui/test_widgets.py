"""A line of text is elided where it does not fit."""

from gui.widgets import Line


def test_a_line_gives_way_and_keeps_its_words_in_its_tip(dark, qtbot):
    line = Line("", "caption")
    qtbot.addWidget(line)
    line.setText("a very long line of text that nobody has the room for")
    assert line.minimumSizeHint().width() == 0
    assert line.toolTip() == line.text()
