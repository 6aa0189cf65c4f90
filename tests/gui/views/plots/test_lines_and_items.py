"""What is drawn in a plot: bands, odd lines, bars, contour lines."""

import itertools
import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from skimage.measure import find_contours

from gui import theme
from gui.views.plots import contours, lines
from lab.payloads import Curve, Histogram, Surface
from tests.gui.pixels import pixels, rgb, where


@pytest.fixture
def curve(view):
    """Makes a shown view of a curve."""
    return lambda series, bands=None, **changes: view(
        Curve, Curve(series, bands=bands or {}), **changes
    )


def between(one, other, share):
    """A colour between two, as a translucent one over another looks."""
    return tuple(share * a + (1 - share) * b for a, b in zip(rgb(one), rgb(other), strict=True))


# Bands.


def test_a_band_lies_between_its_ends_behind_every_line(curve):
    made = curve(
        {"a": ([0, 10], [5, 5]), "b": ([0, 10], [3, 3])}, {"b": ([2, 2], [8, 8])}, y_range=(0, 10)
    )
    drawn, plan = pixels(made), made.plan()
    shade = between(theme.DARK.line(1), theme.DARK.card, 0.22)

    def colour(y):
        return drawn[int(plan.down(y)), int(plan.across(7.1))]

    assert np.abs(colour(7.3) - shade).max() < 4
    assert np.abs(colour(2.5) - shade).max() < 4
    assert np.abs(colour(9) - rgb(theme.DARK.card)).max() < 4
    assert tuple(colour(5)) == rgb(theme.DARK.line(0))


def test_a_band_has_gaps_and_goes_when_it_is_replaced(curve):
    nan = np.nan
    first = Curve({"a": ([0, 1, 2, 3], [5] * 4)}, bands={"a": ([2, 2, nan, nan], [8, 8, nan, nan])})
    made = curve({"a": ([0], [1])}, y_range=(0, 10))
    made.show_payload(first)
    shade = between(theme.DARK.line(0), theme.DARK.card, 0.22)

    def banded(x):
        y, at = int(made.plan().down(6.3)), int(made.plan().across(x))
        return bool(np.abs(pixels(made)[y, at] - shade).max() < 4)

    assert banded(0.6)
    assert not banded(2.6)
    made.show_payload(first.extended(Curve({"a": ([0, 3], [5, 5])}, replaces=True)))
    assert not banded(0.6)


def test_the_axes_have_room_for_a_band(curve):
    made = curve({"a": ([0, 1], [5, 5])}, {"a": ([1, 1], [9, 9])})
    low, high = made.plan().y
    assert low <= 1
    assert high >= 9


# Odd lines.


def test_a_line_that_turns_back_is_drawn_whole(curve):
    angle = np.linspace(0, 2 * np.pi, 5000)
    made = curve({"circle": (np.cos(angle), np.sin(angle))})
    drawn, plan = pixels(made), made.plan()
    for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False) + 0.1:
        x, y = int(plan.across(np.cos(turn))), int(plan.down(np.sin(turn)))
        assert where(drawn[y - 3 : y + 4, x - 3 : x + 4], rgb(theme.DARK.line(0)), 20), turn


def test_one_point_and_equal_values_stand_in_the_middle(curve):
    for series in ({"a": ([3], [7])}, {"a": ([3, 3, 3], [7, 7, 7])}):
        made = curve(series)
        plan = made.plan()
        assert plan.x[0] < 3 < plan.x[1]
        assert plan.y[0] < 7 < plan.y[1]
        x, y = int(plan.across(3)), int(plan.down(7))
        assert tuple(pixels(made)[y, x]) == rgb(theme.DARK.line(0))


def test_nan_and_unsorted_points_read_off_without_complaint(curve):
    made = curve({"a": ([2, np.nan, 0, 1], [5, 6, 7, np.nan])})
    plan = made.plan()
    made.grab()
    at = QPointF(plan.across(0.1), plan.area.center().y())
    assert made.readout(at) == "step: 0\na: 7"


def test_a_hundred_thousand_points_stay_quick(curve):
    random = np.random.default_rng(0)
    long = Curve({"a": (np.arange(100_000.0), random.normal(size=100_000))})
    made = curve({"a": ([0], [0])})
    made.grab()

    def redraw():
        begun = time.perf_counter()
        made.show_payload(long)
        made.repaint()
        return time.perf_counter() - begun

    # 8 ms on a machine at rest; drawn point by point it would be seconds.
    assert min(redraw() for _ in range(5)) < 0.1


def test_zoomed_in_a_long_line_shows_its_points_again(curve):
    x = np.arange(100_000.0)
    made = curve({"a": (x, x % 2)})
    made.canvas.box.setRange(xRange=(50_000, 50_010), yRange=(0, 1), padding=0)
    plan, drawn = made.plan(), pixels(made)
    for at in (50_002.25, 50_005.75, 50_007.5):
        y = np.interp(at, x, x % 2)
        row, column = int(plan.down(y)), int(plan.across(at))
        near = drawn[row - 3 : row + 4, column - 3 : column + 4]
        assert where(near, rgb(theme.DARK.line(0)), 20), at


# Lines on fine pixels.


def test_dashes_are_as_long_as_they_are_said_to_be_round_every_corner():
    points = np.array([[0, 0], [7, 0], [7, 5], [7, 40.0]])
    pieces = lines.dashed(points, (9.0, 6.0))
    lengths = np.hypot(*(pieces[:, 1] - pieces[:, 0]).T)
    starts = np.flatnonzero((pieces[1:, 0] != pieces[:-1, 1]).any(1)) + 1
    dashes = [part.sum() for part in np.split(lengths, starts)]
    assert dashes == pytest.approx([9, 9, 9, 2])
    gaps = [np.hypot(*(pieces[s, 0] - pieces[s - 1, 1])) for s in starts]
    assert gaps == pytest.approx([6, 6, 6])


@pytest.mark.parametrize("dash", [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_long_line_is_as_wide_on_fine_pixels(dash, ratio):
    image = QImage(round(400 * ratio), round(100 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("black"))
    x = np.linspace(10, 390, 300)
    begun = time.perf_counter()
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines.draw(painter, x, np.full(300, 50.0), QColor("white"), dash)
    assert time.perf_counter() - begun < 0.5
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    raw = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), -1)[:, : grey.width()]
    widths = raw.sum(0) / 255 / ratio
    assert widths.max() == pytest.approx(lines.WIDTH, abs=0.4)
    share = (widths > 1).mean() * 400 / 380
    assert share == pytest.approx(1.0 if dash is Qt.PenStyle.SolidLine else 0.6, abs=0.05)


# Bars and contour lines.


def test_bars_of_a_logarithmic_axis_stand_on_it(view):
    made = view(Histogram, Histogram([0, 1, 2, 3], {"a": [0, 1, 1000]}), log_y=True)
    drawn, plan = pixels(made), made.plan()
    assert plan.y[0] < 0
    assert plan.y[1] == 3
    area = QRectF(plan.area)
    filled = between(theme.DARK.line(0), theme.DARK.card, 0.75)

    def is_filled(x, y):
        return np.abs(drawn[int(plan.down(y)), int(plan.across(x))] - filled).max() < 4

    assert area.contains(QPointF(plan.across(1.3), plan.down(-0.1)))
    assert is_filled(1.3, -0.1)
    assert is_filled(2.3, 2.6)
    assert not is_filled(1.3, 0.4)
    assert not is_filled(0.3, -0.1)


def test_contours_are_where_a_reference_finds_them():
    random = np.random.default_rng(0)
    z = random.normal(size=(9, 12))
    x, y = np.arange(12.0), np.arange(9.0)
    for level in (-0.7, 0.0, 0.4):
        ours = contours.segments(x, y, z, level)
        theirs = [
            (a[::-1], b[::-1])
            for line in find_contours(z, level, fully_connected="low")
            for a, b in itertools.pairwise(line)
        ]
        # Where two corners across from each other are above, both ways to join are right: compare
        # the crossings, of which there are as many either way.
        mine = np.unique(np.round(ours.reshape(-1, 2), 6), axis=0)
        other = np.unique(np.round(np.array(theirs).reshape(-1, 2), 6), axis=0)
        assert mine == pytest.approx(other)
        assert len(ours) == len(theirs)


def test_contours_on_uneven_samples_and_around_unknown_ones():
    x, y = np.array([0, 1, 10.0]), np.array([0, 2.0])
    z = np.array([[0, 1, 10], [0, 1, 10.0]])
    assert contours.segments(x, y, z, 5.5)[..., 0] == pytest.approx(5.5)
    z[0, 2] = np.nan
    assert len(contours.segments(x, y, z, 5.5)) == 0
    assert len(contours.segments(x, y, z, 0.5)) == 1


def test_levels_are_round_and_inside():
    assert contours.levels(-0.8, 1.9).tolist() == pytest.approx([-0.5, 0, 0.5, 1, 1.5])
    assert contours.levels(3, 3).tolist() == []


def test_what_is_not_known_of_a_surface_is_left_out(view):
    z = np.zeros((4, 5))
    z[0, 0], z[3, 4] = np.nan, 1
    made = view(Surface, Surface(np.arange(5), np.arange(4), z))
    plan, drawn = made.plan(), pixels(made)
    assert tuple(drawn[int(plan.down(0.1)), int(plan.across(0.1))]) != (68, 1, 84)
    assert tuple(drawn[int(plan.down(0.2)), int(plan.across(2.2))]) == (68, 1, 84)
