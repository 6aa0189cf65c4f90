"""What is seen of a drawing: never lost, never too small to read."""

import pytest
from PySide6.QtCore import QPointF, QRectF

from gui.views.graphs.choosing import MARGIN, READABLE
from gui.views.graphs.viewport import CLOSEST, Viewport


def port(size=(1000.0, 3000.0), room=(400.0, 300.0), top=20.0):
    made = Viewport()
    made.room, made.top = room, top
    made.show(size, 1.0)
    made.to_head()
    return made


def test_what_is_smaller_is_centred_and_does_not_move():
    made = port((100.0, 60.0))
    assert made.beyond() == (0.0, 0.0)
    made.move(50, -70)
    place = made.on_screen(QRectF(0, 0, 100, 60))
    assert place.center() == QPointF(200, 20 + 150)
    assert not list(made.bars())


def test_what_is_larger_scrolls_to_its_ends_and_no_farther():
    made = port()
    assert made.beyond() == (1000 + 2 * MARGIN - 400, 3000 + 2 * MARGIN - 300)
    made.move(1e6, 1e6)
    assert made.on_screen(QRectF(0, 0, 1, 1)).topLeft() == QPointF(MARGIN, 20 + MARGIN)
    knobs = [knob for _, knob in made.bars()]
    made.move(-1e6, -1e6)
    end = made.on_screen(QRectF(999, 2999, 1, 1)).bottomRight()
    assert end == QPointF(400 - MARGIN, 320 - MARGIN)
    for (groove, knob), before in zip(made.bars(), knobs, strict=True):
        assert groove.contains(knob.center())
        assert knob.topLeft() != before.topLeft()
        assert knob.bottomRight() == groove.bottomRight()


def test_zooming_keeps_the_point_under_the_pointer():
    made = port()
    made.move(-300, -900)
    about = QPointF(150, 170)
    place = made.in_drawing(about)
    made.zoom(1.4, about)
    moved = made.in_drawing(about)
    assert (moved.x(), moved.y()) == pytest.approx((place.x(), place.y()))
    for _ in range(30):
        made.zoom(1.4, about)
    assert made.scale == CLOSEST
    for _ in range(60):
        made.zoom(0.7, about)
    assert made.scale == pytest.approx(READABLE, rel=2e-3)
    # Chosen by hand, it stays with the next drawing.
    made.zoom(1.5, about)
    scale = made.scale
    made.show((2000.0, 2000.0), 1.0)
    assert made.scale == scale


def test_what_is_revealed_is_seen_or_begins_there():
    made = port()
    for rect in (QRectF(900, 2800, 80, 60), QRectF(500, 10, 80, 60)):
        made.reveal(rect)
        assert made.seen().contains(rect)
    made.reveal(QRectF(200, 500, 900, 900))
    corner = made.on_screen(QRectF(200, 500, 1, 1)).topLeft()
    assert 0 < corner.x() < 40
    assert 20 < corner.y() < 60


def test_a_drawing_for_a_file_is_whole_however_small():
    made = Viewport()
    made.room, made.whole = (100.0, 100.0), True
    made.show((1000.0, 500.0), 0.05)
    made.to_head()
    assert QRectF(0, 0, 100, 100).contains(made.on_screen(QRectF(0, 0, 1000, 500)))
