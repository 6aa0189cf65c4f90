"""A plot copied or saved is the plot on the screen."""

import csv
import io
import re

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from gui.views.plots import keys
from lab.payloads import Bars, Curve
from tests.gui.pixels import pixels
from tests.gui.samples import SAMPLES
from tests.gui.views.plots.mouse import centre, wheel
from tests.gui.views.plots.samples import EVERY


def chosen(made, words):
    """Choose an entry of the menu that the right button opens."""
    made.canvas.contextMenuEvent  # it is asked of the plot  # noqa: B018
    from PySide6.QtGui import QContextMenuEvent

    at = centre(made)
    ask = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, made.mapToGlobal(at))
    QApplication.sendEvent(made.canvas.viewport(), ask)
    menu = made.findChild(QMenu)
    action = next(a for a in menu.actions() if a.text().split("\t")[0] == words)
    action.trigger()
    menu.close()
    QApplication.processEvents()


def test_the_menu_has_every_key_and_every_form(plot):
    made = plot(Curve, log_y=True)
    built = made.menu()
    words = [action.text() for action in built.actions() if action.text()]
    assert words[:3] == [f"{key.text}\t{key.key}" for key in keys.KEYS]
    assert words[3:] == [
        f"{verb} as {form}{dots}"
        for verb, dots in (("Copy", ""), ("Save", "…"))
        for form in ("PNG", "SVG", "CSV")
    ]
    assert [a.isChecked() for a in built.actions() if a.isCheckable()] == [True, False]
    built.close()


def test_the_menu_does_what_the_keys_do(plot):
    made = plot(Curve)
    chosen(made, "Logarithmic x axis")
    assert made.plan().log_x


@EVERY
def test_saved_as_png_and_svg_it_looks_as_on_the_screen(kind, plot, tmp_path, monkeypatch):
    made = plot(kind)
    said = []
    made.said.connect(said.append)
    for form in ("PNG", "SVG"):
        path = tmp_path / f"plot.{form.lower()}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, p=path: (str(p), ""))
        chosen(made, f"Save as {form}…")
        assert said[-1] == f"Saved {path.name}"
    image = QImage(str(tmp_path / "plot.png"))
    assert image.width() > 2 * made.width()
    drawing = QSvgRenderer(str(tmp_path / "plot.svg"))
    assert drawing.isValid()
    assert drawing.viewBox().size() * 2 == image.size()
    words = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert "A sentence" in words
    assert words.count("<polyline") + words.count("<path") + words.count("<image") > 0
    fresh = plot(kind)
    for one in (made, fresh):
        one.clearFocus()
        QApplication.sendEvent(one, QEvent(QEvent.Type.Leave))  # wherever the pointer was left
        # Qt lays text out anew after it was drawn at another scale, at times a fraction of a pixel
        # beside where it was: both are drawn after that.
        one.canvas.redraw()
    QApplication.processEvents()
    other = np.argwhere((pixels(made) != pixels(fresh)).any(2))
    assert not len(other), f"{len(other)} pixels from {other.min(0)} to {other.max(0)} differ"


def test_a_drawing_has_one_stroke_for_a_line_however_long(plot):
    made = plot(Curve, Curve({"a": (np.arange(3000), np.sin(np.arange(3000) / 90))}))
    words = made.snapshot().drawing().decode()
    found = re.findall(r'<polyline[^>]*points="([^"]*)', words)
    lengths = [len(points.split()) for points in found]
    assert [length for length in lengths if length > 2] == [max(lengths)]
    assert max(lengths) > 400


@EVERY
def test_saved_as_csv_it_has_all_numbers(kind, plot, tmp_path, monkeypatch):
    from lab.records import csv_text

    made = plot(kind)
    wheel(made, centre(made), 5)
    path = tmp_path / "plot"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    chosen(made, "Save as CSV…")
    written = path.with_suffix(".csv").read_text(encoding="utf-8")
    assert written == csv_text(made.payload, made.output)
    assert len(list(csv.reader(io.StringIO(written)))) > 2


def test_copied_it_is_on_the_clipboard_in_that_form(plot):
    made = plot(Curve)
    clipboard = QGuiApplication.clipboard()
    chosen(made, "Copy as CSV")
    assert clipboard.text().splitlines()[0] == "step,train,test"
    chosen(made, "Copy as SVG")
    assert b"<svg" in bytes(clipboard.mimeData().data("image/svg+xml").data())
    chosen(made, "Copy as PNG")
    assert clipboard.image().width() > made.width()


def test_a_file_that_cannot_be_written_is_told(plot, tmp_path, monkeypatch):
    made = plot(Curve)
    told = []
    made.failed.connect(told.append)
    path = tmp_path / "no" / "plot.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    chosen(made, "Save as PNG…")
    assert told[0].startswith("cannot save to")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    chosen(made, "Save as PNG…")
    assert len(told) == 1


@pytest.mark.parametrize("kind", [Curve, Bars])
def test_the_sign_of_keyboard_focus_outlives_a_menu_and_another_window(view, kind):
    made = view(kind, SAMPLES[kind])

    def shown(came, reason):
        event = QFocusEvent(QEvent.Type.FocusIn if came else QEvent.Type.FocusOut, reason)
        QApplication.sendEvent(made, event)
        return pixels(made)

    plain = shown(True, Qt.FocusReason.MouseFocusReason)
    framed = shown(True, Qt.FocusReason.TabFocusReason)
    assert not (framed == plain).all()
    for reason in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
        for came in (False, True):
            assert (shown(came, reason) == framed).all()
    assert (shown(False, Qt.FocusReason.TabFocusReason) == plain).all()
