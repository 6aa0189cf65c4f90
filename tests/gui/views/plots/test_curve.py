import numpy as np
import pytest
from PySide6.QtCore import QPointF

from gui import theme
from gui.views.plots import axes, lines
from lab.payloads import Curve
from tests.gui.pixels import pixels, rgb, where


@pytest.fixture
def curve(view):
    """Makes a shown view of a curve."""
    return lambda series, **changes: view(Curve, Curve(series), **changes)


def test_line_runs_between_its_points(curve):
    made = curve({"a": ([0, 10], [0, 5])})
    drawn, plan = pixels(made), made.plan()
    for share in (0.25, 0.5, 0.75):
        x, y = int(plan.across(10 * share)), int(plan.down(5 * share))
        near = drawn[y - 2 : y + 3, x - 2 : x + 3]
        assert where(near, rgb(theme.DARK.line(0)), 20), share
        far = drawn[y - 30 : y - 15, x - 2 : x + 3]
        assert not where(far, rgb(theme.DARK.line(0)), 20), share


def test_long_line_runs_through_its_points_too(curve):
    x = np.linspace(0, 10, 3000)
    made = curve({"a": (x, x / 2)})
    drawn, plan = pixels(made), made.plan()
    for share in (0.25, 0.5, 0.75):
        at, y = int(plan.across(10 * share)), int(plan.down(5 * share))
        assert where(drawn[y - 2 : y + 3, at - 2 : at + 3], rgb(theme.DARK.line(0)), 20)


def test_a_payload_is_the_whole_curve(curve):
    made = curve({"a": ([0, 1], [0, 1])})
    made.show_payload(Curve({"b": ([0, 1, 2], [5, 6, 7])}))
    assert [entry.name for entry in made.entries()] == ["b"]
    assert made.entries()[0].value == "7"


def test_gap_where_a_value_is_missing(curve):
    made = curve({"a": ([0, 1, 2, 3], [1, 1, np.nan, 1]), "b": ([0, 3], [0, 2])})
    drawn, plan = pixels(made), made.plan()
    y = int(plan.down(1))

    def seen(x):
        at = int(plan.across(x))
        return where(drawn[y - 2 : y + 3, at - 3 : at + 4], rgb(theme.DARK.line(0)), 20)

    assert seen(0.5)
    assert not seen(1.7)
    assert seen(3), "a point alone is a dot"


@pytest.mark.parametrize(
    "y",
    [
        [np.nan] * 3,
        [np.inf, -np.inf, np.nan],
        [1.0, np.inf, 2.0],
        [5.0] * 3,
        [0.0] * 3,
        [1e-300] * 3,
        [1e308, -1e308, 0],
        [1, 1 + 1e-15, 1],
        [3.0],
    ],
)
@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize("times", [1, 100])
def test_odd_values_are_drawn_without_complaint(y, log_y, times, curve, capfd):
    y = np.tile(y, times)
    made = curve({"a": (np.arange(len(y)), y), "b": ([], [])}, log_y=log_y)
    made.grab()
    made.readout(QPointF(300, 200))
    noise = [line for line in capfd.readouterr().err.splitlines() if "plugin does not" not in line]
    assert noise == []


@pytest.mark.parametrize(
    ("y", "fixed", "log", "wanted"),
    [
        ([0.5, 0.7], (0, 1), False, (0, 1)),
        ([0.5, 9, 0.5], (0, 1), False, (0, 9)),
        ([-0.5, 0.5], (0, 1), False, (-0.5, 1)),
        ([0.5, 1e30], (0, 1), False, (0, 10)),
        ([0.01, 40], (0.001, 2), True, (-3, 2)),
        ([1e-5, 1], (0.001, 2), True, (-5, np.log10(2))),
    ],
)
def test_a_fixed_range_gives_way_to_what_leaves_it(curve, y, fixed, log, wanted):
    made = curve({"a": (np.arange(len(y)), y)}, y_range=fixed, log_y=log)
    assert made.plan().y == pytest.approx(wanted)


def test_what_is_drawn_stays_inside_the_axes(curve):
    made = curve({"a": ([0, 1, 2], [0.5, 1e30, 0.5])}, y_range=(0, 1))
    plan = made.plan()
    _, top, _, bottom = where(pixels(made)[30:], rgb(theme.DARK.line(0)), 20)
    assert top + 30 >= plan.area.top() - 6
    assert bottom + 30 <= plan.area.bottom() + 6


def test_a_value_far_beyond_a_fixed_range_is_drawn_on_its_way_there(curve):
    made = curve({"a": ([0, 1, 2], [0.5, 1e30, 0.5])}, y_range=(0, 1))
    _, top, _, bottom = where(pixels(made)[30:], rgb(theme.DARK.line(0)), 20)
    assert bottom - top > 100


def test_logarithmic_axis_places_powers_evenly(curve):
    made = curve({"a": ([0, 1, 2], [1, 0.1, 0.01])}, log_y=True)
    plan = made.plan()
    assert plan.y == (-2, 0)
    ticks = {words: value for value, words in plan.y_ticks()}
    assert ticks["0.01"] == -2
    assert ticks["0.5"] == pytest.approx(np.log10(0.5))
    middle = QPointF(plan.area.center())
    assert plan.value_at(middle)[1] == pytest.approx(0.1)


def test_readout_gives_every_line_at_the_nearest_step(curve):
    made = curve({"train": ([0, 1, 2], [3, 2, 1]), "test": ([0, 2], [4, 3])}, x="epoch")
    plan = made.plan()
    at = QPointF(plan.across(1.9), plan.area.center().y())
    assert made.readout(at) == "epoch: 2\ntrain: 1\ntest: 3"
    assert made.readout(QPointF(1, 1)) == ""


def test_thinned_keeps_every_spike_and_the_order():
    random = np.random.default_rng(0)
    x = np.arange(100_000.0)
    y = random.normal(size=100_000)
    y[77_777], y[12_345] = 100, -100
    few_x, few_y = lines.thinned(x, y, limit=1000)
    assert len(few_x) <= 1200
    assert (np.diff(few_x) >= 0).all()
    assert few_y.max() == 100
    assert few_y.min() == -100
    assert (y[few_x.astype(int)] == few_y).all()


def test_thinned_leaves_gaps_and_short_lines():
    y = np.concatenate([np.ones(5000), np.full(5000, np.nan), np.ones(5000)])
    x, thin = lines.thinned(np.arange(15_000.0), y, limit=300)
    inside = (x > 5100) & (x < 9900)
    assert inside.any()
    assert np.isnan(thin[inside]).all()
    same = np.arange(10.0)
    assert lines.thinned(same, same, limit=10)[0] is same


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 97, (0, 100)),
        (0.13, 0.88, (0.1, 0.9)),
        (-3, 3, (-3, 3)),
        (-0.05, 54, (0, 60)),
        (-1.5, 54, (-10, 60)),
        (5, 5, (4.5, 5.5)),
        (0, 0, (-1, 1)),
    ],
)
def test_nice_ends(low, high, expected):
    assert axes.nice(low, high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 20_000, ["0", "5,000", "10,000", "15,000", "20,000"]),
        (-2, 2, ["−2", "−1", "0", "1", "2"]),
        (0, 4e12, ["0", "10¹²", "2·10¹²", "3·10¹²", "4·10¹²"]),
    ],
)
def test_ticks_are_round_and_written_out(low, high, expected):
    assert [words for _, words in axes.ticks(low, high, 5)] == expected


def test_far_powers_are_written_as_powers():
    assert axes.log_ticks(-9, 0, 3) == [(-9, "10⁻⁹"), (-6, "10⁻⁶"), (-3, "10⁻³"), (0, "10⁰")]


def test_a_marker_stands_across_the_plot_until_it_moves(view):
    made = view(Curve, Curve({"a": ([0, 10], [0, 5])}, 4.0))
    muted = rgb(theme.DARK.muted)

    def stands_at(x):
        across, area = int(made.plan().across(x)), made.plan().area
        high = pixels(made)[int(area.top()) + 20 : int(area.bottom()) - 20]
        return where(high[:, across - 2 : across + 3], muted, 20)

    assert stands_at(4)
    assert not stands_at(7)
    first = Curve({"a": ([0, 10], [0, 5])}, 4.0)
    assert first.extended(Curve({"a": (11, 6)})).marker == 4
    made.show_payload(first.extended(Curve({}, 7.0)))
    assert stands_at(7)
    assert not stands_at(4)


def test_dots_have_no_line_and_are_marked_so_in_the_legend(view):
    made = view(Curve, Curve({"fit": ([0, 10], [1, 1]), "data": ([0, 10], [0, 5])}, dots=["data"]))
    drawn, plan, colour = pixels(made), made.plan(), rgb(theme.DARK.line(1))

    def seen(x, y):
        across, down = int(plan.across(x)), int(plan.down(y))
        return where(drawn[down - 3 : down + 4, across - 3 : across + 4], colour, 20)

    assert seen(0, 0)
    assert seen(10, 5)
    assert not seen(5, 2.5)
    fit, data = made.entries()
    assert fit.dash is not None
    assert (data.dash, data.mark is None) == (None, False)
    assert fit.value == data.value == "", "the ends of a function are no latest values"
    made.show_payload(Curve({"fit": ([0, 10], [1, 1]), "data": ([0, 10], [0, 5])}))
    drawn = pixels(made)
    assert seen(5, 2.5), "the same item becomes a line again"


def test_the_legend_gives_the_value_at_the_marker(view):
    made = view(Curve, Curve({"a": ([0, 5, 10], [1, 2, np.nan]), "b": ([], [])}, 5.0))
    assert [entry.value for entry in made.entries()] == ["2", "–"]
    made.show_payload(Curve({"a": ([0, 5, 10], [1, 2, np.nan])}, 10.0))
    assert made.entries()[0].value == "2", "where that is not known, the latest that is"


def test_a_band_moves_no_fixed_limit_and_any_other(view):
    band = Curve({"a": ([0, 1], [0.4, 0.5])}, bands={"a": ([-0.1, 0.2], [0.9, 1.2])})
    for fixed, ends in (((0, 1), (0, 1)), (None, (-0.2, 1.2))):
        made = view(Curve, band, y_range=fixed)
        assert made.plan().y == pytest.approx(ends)
