"""Where pictures stand, how they are enlarged, and how a row of them scrolls."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from lab import payloads
from tests.gui.pixels import pixels, where
from tests.gui.samples import BLUE, GREEN, RED, flat


def test_pictures_stand_where_the_view_says(view):
    made = view(payloads.Pictures, payloads.Pictures([flat(RED), flat(GREEN), flat(BLUE)]))
    drawn = pixels(made)
    for index, colour in enumerate((RED, GREEN, BLUE)):
        place = made.rect_of(index)
        found = where(drawn, colour)
        assert found == (place.left(), place.top(), place.right(), place.bottom())


def test_small_pictures_have_exactly_square_pixels(view):
    checks = np.indices((8, 8)).sum(0) % 2 * 255
    picture = np.repeat(checks[..., None], 3, 2).astype(np.uint8)
    made = view(payloads.Pictures, payloads.Pictures([picture]), (333, 275))
    place = made.rect_of(0).toRect()
    inside = pixels(made)[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
    scale = place.width() // 8
    assert scale >= 2
    assert (inside == np.kron(picture, np.ones((scale, scale, 1), np.uint8))).all()


def test_photographs_keep_their_shape_and_are_averaged(view):
    stripes = np.zeros((400, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    made = view(payloads.Pictures, payloads.Pictures([stripes]), (240, 240))
    place = made.rect_of(0)
    assert place.width() / place.height() == pytest.approx(2, rel=0.02)
    middle = pixels(made)[int(place.center().y()), int(place.left()) + 5 : int(place.right()) - 5]
    assert np.abs(middle.astype(int) - 127).max() < 30, "reduced by leaving pixels out"


def test_the_grid_uses_its_room(view):
    images = [flat(RED)] * 48
    made = view(payloads.Pictures, payloads.Pictures(images), (900, 500))
    covered = sum(made.rect_of(i).width() * made.rect_of(i).height() for i in range(48))
    assert covered > 0.6 * 900 * 500
    for i in range(48):
        assert made.rect().toRectF().contains(made.rect_of(i))


def test_pictures_of_different_sizes_fill_their_tiles(view):
    images = [flat(RED, 300, 300), flat(GREEN, 10, 10), flat(BLUE, 100, 200)]
    made = view(payloads.Pictures, payloads.Pictures(images), (900, 320))
    sides = [max(made.rect_of(i).width(), made.rect_of(i).height()) for i in range(3)]
    assert max(sides) - min(sides) <= 10


def strip(view, count=12):
    images = [flat((i, 100, 100), 40, 40) for i in range(count)]
    captions = [f"layer {i}" for i in range(count)]
    return view(payloads.Pictures, payloads.Pictures(images, captions, strip=True), (400, 150))


def test_a_strip_is_one_row_that_scrolls_to_its_end(view):
    made = strip(view)
    assert len({made.rect_of(i).top() for i in range(12)}) == 1
    assert made.rect_of(0).width() >= 80
    assert made.rect_of(11).left() > made.width()
    made.scroll_to(1e6)
    assert made.cell_of(11).right() <= made.width()
    assert made.rect_of(0).right() < 0
    drawn = pixels(made)
    place = made.rect_of(11).center().toPoint()
    assert drawn[place.y(), place.x()].tolist() == [11, 100, 100]
    made.scroll_to(-5)
    assert made.rect_of(0).left() >= 0


def test_the_wheel_scrolls_a_strip_and_a_chosen_picture_comes_into_sight(view, qtbot):
    made = strip(view)
    before = made.rect_of(3).left()
    turn = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    made.wheelEvent(turn)
    assert made.rect_of(3).left() == before - 120
    made.select(10)
    assert 0 <= made.cell_of(10).left() < made.cell_of(10).right() <= made.width()
    unscrolled = strip(view, 2)
    unscrolled.scroll_to(50)
    assert unscrolled.rect_of(0).left() >= 0


def test_too_many_pictures_for_a_card_are_scrolled_and_not_shrunk(view, qtbot):
    made = view(
        payloads.Pictures, payloads.Pictures([flat(i, 64, 64) for i in range(60)]), (300, 200)
    )
    assert not made.fits(300, 200)
    assert made.scrolls
    assert made.rect_of(0).width() >= 56
    assert made.rect_of(59).top() > 200
    made.select(59)
    assert made.rect().contains(made.rect_of(59).toRect())
    assert made.index_at(made.rect_of(59).center()) == 59
    made.scroll_to(0)
    assert made.rect_of(0).top() >= 0
    made.resize(1200, 800)
    assert not made.scrolls
