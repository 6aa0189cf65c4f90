"""A note is plain text."""

from gui import theme
from lab import payloads
from tests.gui.pixels import pixels, rgb


def test_note_can_be_read_as_text(view):
    made = view(payloads.Note, payloads.Note("Plain <b>text</b>, not markup.", "bad"))
    assert made.words.toPlainText() == "Plain <b>text</b>, not markup."
    assert tuple(pixels(made)[200, 1]) == rgb(theme.DARK.bad)
