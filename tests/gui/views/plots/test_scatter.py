import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.views.plots import legend
from lab.media.colours import VIRIDIS
from lab.payloads import Scatter
from tests.gui.pixels import pixels, rgb, where


@pytest.fixture
def scatter(view):
    """Makes a shown view of a scatter plot."""
    return lambda payload, **changes: view(Scatter, payload, **changes)


def near(made, x, y, by=6):
    """What is drawn around a place."""
    row, column = int(made.plan().down(y)), int(made.plan().across(x))
    return pixels(made)[row - by : row + by + 1, column - by : column + by + 1]


def opaque(colour, share=0.8):
    """How a colour looks on a card, a little transparent."""
    pairs = zip(rgb(colour), rgb(theme.current().card), strict=True)
    return tuple(share * a + (1 - share) * b for a, b in pairs)


def test_points_have_the_colour_of_their_class(scatter):
    made = scatter(Scatter([[0, 0], [5, 5], [9, 1]], [0, 1, 0], ["cat", "dog"]))
    for (x, y), index in (((0, 0), 0), ((5, 5), 1), ((9, 1), 0)):
        assert where(near(made, x, y), opaque(theme.DARK.line(index)), 6)
    assert [entry.name for entry in made.entries()] == ["cat", "dog"]


def test_after_the_last_colour_classes_take_another_mark(scatter):
    count = len(theme.DARK.series) + 1
    names = [str(i) for i in range(count)]
    made = scatter(Scatter([[i, i] for i in range(count)], range(count), names))
    entries = made.entries()
    assert entries[0].colour == entries[-1].colour
    assert entries[0].mark != entries[-1].mark
    assert (near(made, 0, 0) != near(made, count - 1, count - 1)).any()
    assert legend.height(entries, 100) > legend.row_height()


def test_points_have_the_colour_of_their_value(scatter):
    payload = Scatter([[0, 0], [5, 5], [9, 9]], values=[0, np.nan, 2], label="loss")
    made = scatter(payload)
    assert where(near(made, 0, 0), VIRIDIS[0], 6)
    assert where(near(made, 9, 9), VIRIDIS[255], 6)
    assert where(near(made, 5, 5), rgb(theme.DARK.muted), 6)
    assert made.plan().area.right() < made.width() - 60


def test_points_that_are_not_known_are_left_out(scatter):
    made = scatter(Scatter([[0, 0], [np.nan, 3], [np.inf, 1], [4, 4]]))
    assert made.plan().x == pytest.approx((-0.5, 4.5))
    made.grab()
    assert made.index_at(QPointF(made.plan().across(0), made.plan().down(0))) == 0


def test_on_a_logarithmic_axis_what_is_not_above_zero_is_left_out(scatter):
    made = scatter(Scatter([[0, 1], [1, 10], [100, 1000]]), log_x=True, log_y=True)
    low, high = made.plan().x
    assert low < 0 < 2 < high
    made.grab()


def test_a_click_picks_the_nearest_point_and_nothing_far_from_all(scatter, qtbot):
    made = scatter(Scatter([[0, 0], [5, 5], [9, 1]]), picks="index")
    seen = []
    made.picked.connect(seen.append)

    def click(x, y, off=0):
        at = QPointF(made.plan().across(x) + off, made.plan().down(y)).toPoint()
        qtbot.mouseClick(made.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)

    click(5, 5, off=6)
    click(2.5, 2.5)
    click(9, 1)
    assert seen == [1, 2]
    assert made.selected == 2
    assert where(near(made, 9, 1, 12), rgb(theme.DARK.text), 30), "it is framed"
    qtbot.keyClick(made, Qt.Key.Key_Left)
    assert seen == [1, 2, 1]


def test_the_payload_says_which_point_is_chosen(scatter):
    points = [[0, 0], [5, 5], [9, 1]]
    made = scatter(Scatter(points, selected=1))
    assert made.selected == 1
    assert where(near(made, 5, 5, 12), rgb(theme.DARK.text), 30)
    made.show_payload(Scatter(points))
    assert made.selected == 1, "a frame that does not say leaves it"


def test_the_pointer_reads_the_point_under_it(scatter):
    payload = Scatter([[0, 0], [5, 5]], [1, 0], ["cat", "dog"], captions=["first", "second"])
    made = scatter(payload)
    at = QPointF(made.plan().across(5), made.plan().down(5))
    assert made.readout(at) == "second\nstep 5, loss 5\ncat"
    assert made.readout(QPointF(made.plan().across(2.5), made.plan().down(2))) == ""
    valued = scatter(Scatter([[0, 0]], values=[0.25], label="p"))
    at = QPointF(valued.plan().across(0), valued.plan().down(0))
    assert valued.readout(at).endswith("p: 0.25")


def test_twenty_thousand_points_stay_quick(scatter):
    random = np.random.default_rng(0)
    points = random.normal(size=(20_000, 2))
    made = scatter(Scatter([[0, 0]]))
    QApplication.processEvents()
    for payload in (
        Scatter(points, random.integers(0, 10, 20_000), [str(i) for i in range(10)]),
        Scatter(points, values=random.random(20_000)),
    ):
        begun = time.perf_counter()
        made.show_payload(payload)
        made.repaint()
        assert time.perf_counter() - begun < 1.0


def test_a_payload_names_its_own_axis_and_writes_values_in_its_form(scatter):
    points = [[1.0, 60.0], [9.0, 80.0]]
    made = scatter(Scatter(points, values=[2012, 2022], label="year", form=".0f", x="layers"))
    plan = made.plan()
    read = made.readout(QPointF(float(plan.across(9.0)), float(plan.down(80.0))))
    assert made.names()[0] == "layers"
    assert "layers 9" in read
    assert "year: 2022" in read


def test_another_axis_is_shown_whole(scatter):
    made = scatter(Scatter([[1.0, 60.0], [9.0, 80.0]], x="layers"))
    made.follows = False
    made.show_payload(Scatter([[1.0, 60.0], [8.0, 80.0]], x="layers"))
    assert not made.follows
    made.show_payload(Scatter([[100.0, 60.0], [900.0, 80.0]], x="parameters"))
    assert made.follows
    assert made.plan().x[1] >= 900
