"""What a lecturer does with a plot: real wheels, drags, clicks and keys."""

import csv
import io
import re

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QToolTip

from gui import theme
from gui.views.plots import keys
from lab.payloads import Curve, Histogram, Scatter, Surface
from tests.gui.pixels import pixels, rgb, where
from tests.gui.samples import SAMPLES

PLOTS = [Curve, Histogram, Surface, Scatter]
EVERY = pytest.mark.parametrize("kind", PLOTS)
# pyqtgraph leaves out moves of the mouse that come within a hundredth of a second.
PAUSE_MS = 15


@pytest.fixture
def plot(view):
    """Makes a shown view of a plot."""

    def make(kind, payload=None, **changes):
        made = view(kind, payload or SAMPLES[kind], **changes)
        QApplication.processEvents()
        return made

    return make


def centre(made):
    return made.plan().area.center().toPoint()


def wheel(made, at, notches):
    """Turn the wheel over a point of the plot."""
    target = made.canvas.viewport()
    place = QPointF(at), QPointF(target.mapToGlobal(at))
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(*place, QPoint(), QPoint(0, 120 * notches), *none, False)
    QApplication.sendEvent(target, turn)
    QApplication.processEvents()


def drag(qtbot, made, start, by):
    """Press, move in some steps, and let go."""
    target = made.canvas.viewport()
    qtbot.mouseMove(target, start)
    qtbot.wait(PAUSE_MS)
    qtbot.mousePress(target, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.25, 0.5, 0.75, 1.0):
        at = start + QPoint(round(share * by.x()), round(share * by.y()))
        move = QEvent.Type.MouseMove
        qtbot.wait(PAUSE_MS)
        send_mouse(target, move, at, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(target, Qt.MouseButton.LeftButton, pos=start + by)
    QApplication.processEvents()


def send_mouse(target, kind, at, buttons=Qt.MouseButton.NoButton):
    from PySide6.QtGui import QMouseEvent

    place = QPointF(at), QPointF(target.mapToGlobal(at))
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(kind, *place, none, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, event)


def hover(made, at):
    send_mouse(made.canvas.viewport(), QEvent.Type.MouseMove, QPointF(at).toPoint())
    QApplication.processEvents()


def inside(inner, outer):
    return outer[0] <= inner[0] < inner[1] <= outer[1] and inner != outer


# Zooming and moving.


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


# Copying and saving.


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
    screen = pixels(made)
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
    assert (pixels(made) == screen).all()


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
