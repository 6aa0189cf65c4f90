"""A card's title, and the view of each kind."""

from PySide6.QtWidgets import QApplication

from gui import theme
from gui.views import Card, text, views
from lab import payloads
from lab.payloads import Note
from tests.gui.samples import output


def test_every_kind_has_a_view():
    assert set(views()) == set(payloads.KINDS)


def test_card_takes_the_payloads_own_title(dark, qtbot):
    card = Card(output(payloads.Note))
    qtbot.addWidget(card)
    card.show_payload(payloads.Note("x", title="What this run says"))
    assert card.title.text() == "What this run says"
    card.show_payload(payloads.Note("x"))
    assert card.title.text() == "A sentence"
    card.show_payload(payloads.Note("x", title="Again"))
    card.clear()
    assert card.title.text() == "A sentence"


def test_card_title_wraps_to_two_lines_and_then_tells_in_its_tooltip(dark, qtbot):
    words = "Probability of the class that the network saw in the whole picture"
    card = Card(output(payloads.Note, title=words))
    qtbot.addWidget(card)
    card.resize(360, 200)
    card.show()
    assert len(card.title.lines()) == 2
    assert " ".join(card.title.lines()) == words
    assert card.title.toolTip() == ""
    card.resize(200, 200)
    QApplication.processEvents()
    assert len(card.title.lines()) == 2
    assert card.title.lines()[1].endswith("…")
    assert card.title.toolTip() == words
    assert card.view.geometry().top() > card.title.geometry().bottom()


def test_a_title_of_two_lines_gets_the_height_of_two(dark, qtbot):
    words = "Loss: how wrong, and how sure of it"
    card = Card(output(Note, title=words))
    qtbot.addWidget(card)
    card.resize(400, 300)
    card.show()
    one = card.title.height()
    assert len(card.title.lines()) == 1
    card.resize(244, 300)
    qtbot.waitUntil(lambda: len(card.title.lines()) == 2)
    assert card.title.height() == 2 * one


def test_a_title_that_breaks_at_a_hyphen_is_not_cut(dark, qtbot):
    card = Card(output(Note, title="All nine modules: multiply-adds without reductions"))
    qtbot.addWidget(card)
    title = card.title
    for width in range(120, 480, 4):
        rows = text.wrapped(title.text(), theme.font(theme.CARD, theme.Weight.DemiBold), width, 2)
        assert title.cut_at(width) == any("…" in row for row in rows), width
