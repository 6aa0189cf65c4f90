"""A heatmap over a picture: its colours, its place, its scale, and the pointer."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from gui import theme
from lab import payloads
from lab.media.colours import VIRIDIS
from tests.gui.pixels import pixels, rgb, where
from tests.gui.samples import flat


def test_overlay_blends_heat_over_the_picture(view):
    heat = np.array([[0.0, 1.0], [np.nan, 0.5]])
    picture = flat((200, 100, 0), 100, 100)
    made = view(payloads.Overlay, payloads.Overlay(picture, heat, 0, 1, "p", opacity=0.6))
    drawn, place = pixels(made), made.picture_rect()
    viridis = {0.0: (68, 1, 84), 1.0: (253, 231, 37), 0.5: (33, 145, 140)}
    for (row, column), value in np.ndenumerate(heat):
        x = int(place.left() + (column + 0.5) * place.width() / 2)
        y = int(place.top() + (row + 0.5) * place.height() / 2)
        expected = np.array((200, 100, 0), float)
        if not np.isnan(value):
            expected = 0.4 * expected + 0.6 * np.array(viridis[value])
        assert np.abs(drawn[y, x] - expected).max() <= 2, (row, column)
    assert made.readout(QPointF(place.left() + 5, place.bottom() - 5)) == "p: not computed yet"


def test_overlay_box_is_outlined_in_picture_pixels(view):
    payload = payloads.Overlay(
        flat((0, 0, 0), 100, 100), np.full((1, 1), np.nan), 0, 1, "p", 0.5, (20, 30, 40, 10)
    )
    made = view(payloads.Overlay, payload)
    place, scale = made.picture_rect(), made.picture_rect().width() / 100
    left, top, right, bottom = where(pixels(made), rgb(theme.DARK.accent), 3)
    assert left == pytest.approx(place.left() + 20 * scale, abs=3)
    assert top == pytest.approx(place.top() + 30 * scale, abs=3)
    assert right == pytest.approx(place.left() + 60 * scale, abs=3)
    assert bottom == pytest.approx(place.top() + 40 * scale, abs=3)


def test_heat_is_drawn_over_its_extent_and_read_there(view):
    payload = payloads.Overlay(
        flat((0, 0, 0), 100, 100), [[0.0, 1.0]], 0, 1, "p", 1.0, extent=(20, 30, 60, 40)
    )
    made = view(payloads.Overlay, payload)
    place, scale = made.picture_rect(), made.picture_rect().width() / 100
    drawn = pixels(made)

    def at(x, y):
        return drawn[int(place.top() + y * scale), int(place.left() + x * scale)].tolist()

    assert at(22, 50) == [68, 1, 84]
    assert at(78, 50) == [253, 231, 37]
    for outside in ((18, 50), (82, 50), (50, 28), (50, 72)):
        assert at(*outside) == [0, 0, 0]
    assert made.readout(QPointF(place.left() + 70 * scale, place.top() + 50 * scale)) == "p: 1"
    assert made.readout(QPointF(place.left() + 5, place.top() + 5)) == ""


@pytest.mark.parametrize(("size", "below"), [((380, 440), True), ((600, 300), False)])
def test_the_scale_stands_where_it_leaves_the_picture_more_room(size, below, view):
    picture = flat((0, 0, 0), 224, 224)
    payload = payloads.Overlay(picture, [[0.0, 1.0]], 0, 1, "p", 0.0)
    made = view(payloads.Overlay, payload, size)
    place, drawn = made.picture_rect(), pixels(made)
    assert made.scale_below() is below
    assert place.width() == place.height() == min(size)
    dark, bright = (tuple(VIRIDIS[i]) for i in (0, 255))
    if below:
        line = drawn[int(place.bottom()) + 12]
        assert tuple(line[int(place.left())]) == dark
        assert tuple(line[int(place.right()) - 1]) == bright
    else:
        column = drawn[:, int(place.right()) + 20]
        assert tuple(column[int(place.bottom()) - 1]) == dark
        assert tuple(column[int(place.top())]) == bright


def test_the_pointer_over_a_picture_is_told_in_its_pixels(view, qtbot):
    payload = payloads.Overlay(flat((0, 0, 0), 100, 50), [[0.0]], 0, 1, "p")
    made = view(payloads.Overlay, payload, points=("x", "y"))
    told = []
    made.pointed.connect(lambda x, y: told.append((x, y)))
    place, scale = made.picture_rect(), made.picture_rect().width() / 50
    for x, y in ((10, 90), (49, 0)):
        at = QPointF(place.left() + (x + 0.5) * scale, place.top() + (y + 0.5) * scale)
        qtbot.mouseMove(made, at.toPoint())
    outside = QPointF(place.left() - 5, place.top() + 5)
    qtbot.mouseMove(made, outside.toPoint())
    assert told == [(10, 90), (49, 0)]
