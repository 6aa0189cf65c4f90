"""Zooming and panning: what all plots share."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from lab.payloads import Curve
from tests.gui.pixels import pixels
from tests.gui.views.plots.mouse import centre, drag, wheel
from tests.gui.views.plots.samples import EVERY


def inside(inner, outer):
    return outer[0] <= inner[0] < inner[1] <= outer[1] and inner != outer


@EVERY
def test_the_wheel_zooms_about_the_pointer_and_back(kind, plot):
    made = plot(kind)
    before, at = made.plan(), centre(made) + QPoint(50, 30)
    meant = before.value_at(QPointF(at))
    wheel(made, at, 1)
    near = made.plan()
    assert inside(near.x, before.x)
    assert inside(near.y, before.y)
    # A little less than exact: the figures of the y axis are wider now, and move the axes.
    close = 0.02 * (before.x[1] - before.x[0])
    assert near.value_at(QPointF(at)) == pytest.approx(meant, abs=close)
    wheel(made, at, -1)
    assert made.plan().x == pytest.approx(before.x, abs=close)
    assert made.plan().y == pytest.approx(before.y, abs=close)


@EVERY
def test_over_the_figures_of_an_axis_the_wheel_zooms_that_axis_alone(kind, plot):
    made = plot(kind)
    before = made.plan()
    wheel(made, QPoint(centre(made).x(), int(before.area.bottom()) + 20), 2)
    x_alone = made.plan()
    assert inside(x_alone.x, before.x)
    assert x_alone.y == before.y
    wheel(made, QPoint(10, centre(made).y()), 2)
    assert made.plan().x == x_alone.x
    assert inside(made.plan().y, before.y)


@EVERY
def test_dragging_moves_what_is_under_the_pointer(kind, plot, qtbot):
    made = plot(kind)
    before, start, by = made.plan(), centre(made), QPoint(60, 40)
    meant = before.value_at(QPointF(start))
    drag(qtbot, made, start, by)
    after = made.plan()
    span = before.x[1] - before.x[0], before.y[1] - before.y[0]
    assert after.x[1] - after.x[0] == pytest.approx(span[0])
    found = after.value_at(QPointF(start + by))
    assert found == pytest.approx(meant, abs=0.02 * max(span))
    assert after.x != before.x
    assert after.y != before.y


@EVERY
def test_a_double_click_shows_all_again(kind, plot, qtbot):
    made = plot(kind)
    before, drawn = made.plan(), pixels(made)
    wheel(made, centre(made), 5)
    assert (pixels(made) != drawn).any()
    qtbot.mouseDClick(made.canvas.viewport(), Qt.MouseButton.LeftButton, pos=centre(made))
    assert made.plan() == before
    assert (pixels(made) == drawn).all()


def test_what_was_zoomed_stays_while_data_come_in_and_follows_them_after(plot, qtbot):
    made = plot(Curve, Curve({"a": ([0, 1, 2], [0, 1, 4])}))
    wheel(made, centre(made), 3)
    seen = made.plan()
    longer = Curve({"a": (np.arange(100), np.arange(100) ** 2)})
    made.show_payload(longer)
    assert (made.plan().x, made.plan().y) == (seen.x, seen.y)
    qtbot.keyClick(made, Qt.Key.Key_A)
    assert made.plan().x == (0, 100)
    made.show_payload(Curve({"a": (np.arange(200), np.arange(200))}))
    assert made.plan().x == (0, 200)


def test_one_does_not_get_lost(plot):
    made = plot(Curve)
    for notches in (-400, 800):
        wheel(made, centre(made), notches)
        made.grab()
        low, high = made.plan().x
        assert 1e-7 < high - low < 1e3


def test_the_axes_picture_is_kept_while_their_round_ends_stay(plot, monkeypatch):
    from gui.views.plots import axes

    made = plot(Curve, Curve({"a": ([0, 1, 2], [0, 1, 4])}))
    made.repaint()
    painted = []
    paint = axes.paint
    monkeypatch.setattr(axes, "paint", lambda *a: painted.append(1) or paint(*a))
    made.show_payload(Curve({"a": ([0, 1.5, 2], [0, 2, 4])}))
    made.repaint()
    assert not painted
    made.show_payload(Curve({"a": ([0, 1.5, 2], [0, 2, 40])}))
    made.repaint()
    assert painted


def test_a_repaint_draws_at_once_and_once(plot):
    made = plot(Curve)
    QApplication.processEvents()
    painted = []
    paint = made.canvas.paintEvent
    made.canvas.paintEvent = lambda event: painted.append(1) or paint(event)
    made.show_payload(Curve({"a": ([0, 1], [5, 6])}))
    made.repaint()
    assert len(painted) == 1
    QApplication.processEvents()
    assert len(painted) == 1
