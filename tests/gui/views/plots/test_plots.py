"""What a lecturer does with a plot: real wheels, drags, clicks and keys."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QToolTip

from gui import theme
from lab.payloads import Curve
from tests.gui.pixels import pixels, rgb, where
from tests.gui.samples import SAMPLES
from tests.gui.views.plots.mouse import centre, hover
from tests.gui.views.plots.samples import EVERY

# Axes by key.


def test_keys_turn_axes_logarithmic_and_back(plot, qtbot):
    made = plot(Curve, Curve({"a": ([1, 10, 100, 1000], [1, 10, 100, 1000])}))
    linear = pixels(made)
    qtbot.keyClick(made, Qt.Key.Key_L)
    assert (made.plan().x, made.plan().y) == ((0, 1000), (0, 3))
    qtbot.keyClick(made, Qt.Key.Key_X)
    assert (made.plan().x, made.plan().y) == ((0, 3), (0, 3))
    plan = made.plan()
    at = QPointF(plan.across(1), plan.down(1))
    assert plan.value_at(at) == pytest.approx((10, 10))
    # A straight line now, through the middle of both axes.
    x, y = int(plan.across(1.5)), int(plan.down(1.5))
    assert where(pixels(made)[y - 3 : y + 4, x - 3 : x + 4], rgb(theme.DARK.line(0)), 20)
    qtbot.keyClick(made, Qt.Key.Key_X)
    qtbot.keyClick(made, Qt.Key.Key_L)
    assert (pixels(made) == linear).all()


@EVERY
@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("log_y", [False, True])
def test_every_plot_is_drawn_on_every_axis(kind, log_x, log_y, plot, capfd):
    made = plot(kind, log_x=log_x, log_y=log_y)
    made.grab()
    hover(made, centre(made))
    made.grab()
    assert "Traceback" not in capfd.readouterr().err


def test_an_output_says_which_axes_are_logarithmic_and_a_new_run_goes_back_to_it(plot, qtbot):
    made = plot(Curve, log_x=True)
    assert made.plan().log_x
    qtbot.keyClick(made, Qt.Key.Key_X)
    assert not made.plan().log_x
    made.clear()
    made.show_payload(SAMPLES[Curve])
    assert made.plan().log_x


def test_a_fixed_range_that_a_logarithm_does_not_know_gives_way(plot, qtbot):
    made = plot(Curve, Curve({"a": ([0, 1], [0.1, 0.9])}), y_range=(0, 1))
    assert made.plan().y == (0, 1)
    qtbot.keyClick(made, Qt.Key.Key_L)
    low, high = made.plan().y
    assert low <= -1 < high


@pytest.mark.parametrize("y", [[0.5, 0.5], [0.30, 0.31], [1.2, 1.7], [1e-9, 2e-9], [3, 4e8], [5]])
@pytest.mark.parametrize("size", [(600, 400), (300, 120), (160, 90)])
def test_a_logarithmic_axis_has_two_figures_at_least(y, size, plot):
    made = plot(Curve, Curve({"a": (np.arange(len(y)), y)}), log_y=True, size=size)
    found = [words for _, words in made.plan().y_ticks()]
    assert len(set(found)) == len(found) >= 2


def test_keys_that_are_not_a_plots_own_go_on(plot, qtbot):
    made = plot(Curve)
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Q, Qt.KeyboardModifier.NoModifier, "q")
    QApplication.sendEvent(made, event)
    assert not event.isAccepted()


def test_a_click_gives_the_plot_the_keys(plot, qtbot):
    made = plot(Curve)
    made.activateWindow()
    qtbot.mouseClick(made.canvas.viewport(), Qt.MouseButton.LeftButton, pos=centre(made))
    qtbot.waitUntil(made.hasFocus)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_L)
    assert made.log_y


# The cross-hair.


def test_the_cross_hair_reads_every_line_at_one_x(plot, monkeypatch):
    told = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, words, *_: told.append(words))
    made = plot(
        Curve,
        Curve(
            {"train": ([0, 1, 2], [3, 2, 1]), "test": ([0, 2], [4, 3])},
            bands={"test": ([3, 2], [5, 4])},
        ),
    )
    plain = pixels(made)
    plan = made.plan()
    hover(made, QPointF(plan.across(1.9), plan.area.center().y()))
    assert told[-1] == "step: 2\ntrain: 1\ntest: 3 (2 to 4)"
    x, high = int(plan.across(2)), slice(int(plan.area.top()) + 30, int(plan.area.bottom()) - 30)
    assert (pixels(made)[high, x - 1 : x + 2] != plain[high, x - 1 : x + 2]).any()
    for index, y in enumerate((1, 3)):
        near = pixels(made)[int(plan.down(y)) - 2 : int(plan.down(y)) + 3, x - 2 : x + 3]
        assert where(near, rgb(theme.DARK.line(index)), 30)
    QApplication.sendEvent(made.canvas, QEvent(QEvent.Type.Leave))
    assert (pixels(made) == plain).all()


def test_the_cross_hair_stays_at_its_place_while_data_come_in(plot, monkeypatch):
    told = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, words, *_: told.append(words))
    monkeypatch.setattr(QToolTip, "isVisible", lambda: True)
    made = plot(Curve, Curve({"a": ([0, 1, 2], [3, 2, 1])}))
    hover(made, QPointF(made.plan().across(1), made.plan().area.center().y()))
    made.show_payload(Curve({"a": ([0, 1, 2], [3, 7, 1])}))
    assert told[-1] == "step: 1\na: 7"
    shown = pixels(made)
    QApplication.sendEvent(made.canvas, QEvent(QEvent.Type.Leave))
    assert (pixels(made) != shown).any()


def test_a_plot_that_is_not_pointed_at_leaves_the_tips_of_others_alone(plot, monkeypatch):
    made = plot(Curve)
    hidden = []
    monkeypatch.setattr(QToolTip, "hideText", lambda: hidden.append(1))
    made.show_payload(SAMPLES[Curve])
    assert not hidden


@EVERY
def test_outside_the_axes_there_is_no_cross_hair(kind, plot):
    made = plot(kind)
    plain = pixels(made)
    hover(made, centre(made))
    hover(made, QPoint(2, 2))
    assert (pixels(made) == plain).all()


def test_a_logarithmic_axis_is_read_in_its_own_numbers(plot):
    made = plot(Curve, Curve({"a": ([1, 10, 100], [1, 2, 3])}), log_x=True)
    at = QPointF(made.plan().across(1.1), made.plan().area.center().y())
    assert made.readout(at) == "step: 10\na: 2"


# Nothing else is touched.


@EVERY
def test_pyqtgraph_is_left_as_it_is(kind, plot):
    import pyqtgraph

    before = dict(pyqtgraph.CONFIG_OPTIONS)
    app = QApplication.instance()
    worn = app.palette(), app.styleSheet(), app.font()
    made = plot(kind)
    made.grab()
    assert before == pyqtgraph.CONFIG_OPTIONS
    assert (app.palette(), app.styleSheet(), app.font()) == worn


def test_a_plot_that_is_resized_while_it_is_hidden_is_drawn_in_its_axes(plot):
    made = plot(Curve, Curve({"a": ([0, 1, 2], [0, 2, 1])}))
    made.grab()
    made.hide()
    made.resize(400, 300)
    made.show()
    QApplication.processEvents()
    area = made.plan().area
    left, top, right, bottom = where(pixels(made)[30:], rgb(theme.DARK.line(0)), 20)
    assert area.left() - 6 <= left
    assert right <= area.right() + 6
    assert area.top() - 6 <= top + 30
    assert bottom + 30 <= area.bottom() + 6
