"""Any image of a card can be copied, saved, and laid on the light table, in its own pixels."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from gui.views.images import image_menu
from lab import payloads
from lab.media import pictures
from tests.gui.samples import SAMPLES, flat

NOISE = np.random.default_rng(0).integers(0, 256, (3, 12, 9, 3), np.uint8)


def actions(menu):
    return {action.text(): action for action in menu.actions()}


@pytest.mark.parametrize("index", range(3))
def test_a_picture_under_the_pointer_is_the_payloads_named_by_its_caption(view, index):
    made = view(payloads.Pictures, payloads.Pictures(list(NOISE), ["7 as 2\n0.98", "b", "c"]))
    found = made.picture_at(made.rect_of(index).center())
    assert np.array_equal(found.pixels, NOISE[index])
    assert found.name == ["7 as 2", "b", "c"][index]
    assert made.picture_at(QPointF(-5, -5)) is None


def test_an_overlay_gives_its_picture_without_the_heat(view):
    payload = payloads.Overlay(NOISE[0], np.ones((2, 2)), 0, 1, "p", 1.0)
    made = view(payloads.Overlay, payload)
    found = made.picture_at(made.picture_rect().center())
    assert np.array_equal(found.pixels, NOISE[0])


def test_a_filter_is_given_as_it_is_drawn(view):
    made = view(payloads.Filters, SAMPLES[payloads.Filters])
    found = made.picture_at(made.rect_of(4).center())
    assert np.array_equal(found.pixels, SAMPLES[payloads.Filters].pixels()[4])


@pytest.mark.parametrize("kind", [payloads.Curve, payloads.Bars, payloads.Note])
def test_what_is_no_image_gives_none(view, kind):
    made = view(kind, SAMPLES[kind])
    assert made.picture_at(QPointF(made.rect().center())) is None


def test_the_menu_sends_copies_and_saves(view, tmp_path, monkeypatch):
    made, told = view(payloads.Note), []
    picture = pictures.Picture("two: a test", flat((1, 2, 3)))
    menu = image_menu(made, picture, told.append, told.append, told.append)
    actions(menu)["Add to the images"].trigger()
    assert told == [picture]
    actions(menu)["Copy image"].trigger()
    assert QGuiApplication.clipboard().image().pixelColor(0, 0).getRgb()[:3] == (1, 2, 3)
    wanted = str(tmp_path / "mine.png")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (wanted, ""))
    actions(menu)["Save image as PNG…"].trigger()
    assert told[1:] == ["Copied", "Saved mine.png"]
    assert np.array_equal(pictures.read(wanted).pixels, picture.pixels)
    wanted = str(tmp_path / "mine.png" / "below.png")
    actions(menu)["Save image as PNG…"].trigger()
    assert "cannot be written" in told[-1]
    menu.deleteLater()
    QGuiApplication.clipboard().clear()
