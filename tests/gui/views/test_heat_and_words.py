import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from gui import theme
from lab import payloads
from lab.media.colours import VIRIDIS
from tests.gui.pixels import pixels, rgb, where
from tests.gui.samples import SAMPLES, flat

# Heat.


def test_matrix_cells_have_the_colour_of_their_number(view):
    # Colours of viridis at 0, 1/3, 2/3, 1 as matplotlib gives them.
    expected = [(68, 1, 84), (49, 104, 142), (53, 183, 121), (253, 231, 37)]
    made = view(payloads.Matrix, payloads.Matrix([[0, 1], [2, 3]]))
    drawn = pixels(made)
    for (row, column), colour in zip(np.ndindex(2, 2), expected, strict=True):
        cell = made.cell_of(row, column)
        assert cell.width() == cell.height() == int(cell.width())
        centre = drawn[int(cell.center().y()), int(cell.center().x())]
        assert np.abs(centre.astype(int) - colour).max() <= 1


def test_viridis_is_matplotlibs():
    known = {0: "440154", 64: "3b528b", 128: "21918c", 192: "5ec962", 255: "fde725"}
    for index, colour in known.items():
        assert VIRIDIS[index].tobytes().hex() == colour
    steps = np.abs(np.diff(VIRIDIS.astype(int), axis=0))
    assert steps.max() <= 5, "a digit of the table is wrong"
    # Rounding to whole levels lets the lightness fall by one level of red, no more.
    assert (np.diff(VIRIDIS @ (0.2126, 0.7152, 0.0722)) > -0.22).all()


def test_matrix_says_what_is_under_the_mouse(view):
    made = view(payloads.Matrix, SAMPLES[payloads.Matrix], x="predicted", y="true")
    assert made.readout(made.cell_of(2, 1).center()) == "true r2, predicted b: 9"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 7.0])
def test_matrix_of_one_odd_number(value, view):
    payload = payloads.Matrix(np.full((2, 3), value), annotate=".2f")
    view(payloads.Matrix, payload).grab()


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
    assert made.readout(QPointF(place.left() + 5, place.bottom() - 5)) == "p: not known yet"


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


def test_surface_has_low_y_at_the_bottom_and_keeps_uneven_samples_in_place(view):
    z = [[0, 0, 0], [0, 0, 1]]
    made = view(payloads.Surface, payloads.Surface([0, 1, 10], [0, 1], z))
    plan, drawn = made.plan(), pixels(made)

    def colour(x, y):
        return tuple(drawn[int(plan.down(y)), int(plan.across(x))])

    assert colour(9, 1.2) == (253, 231, 37)
    assert colour(9, -0.2) == colour(1, 1.2) == (68, 1, 84)
    assert made.readout(QPointF(plan.across(9), plan.down(1.2))) == "step 10, loss 1: 1"


# Graph, table, note, card.


def test_graph_runs_from_left_to_right_without_overlaps(view):
    made = view(payloads.Graph, SAMPLES[payloads.Graph])
    first, middle, last = (made.rect_of(i) for i in range(3))
    assert first.right() < middle.left() < middle.right() < last.left()
    nodes = {str(i): f"node {i}\nmore" for i in range(9)}
    edges = [("0", str(i)) for i in range(1, 8)] + [(str(i), "8") for i in range(1, 8)]
    made.show_payload(payloads.Graph(nodes, [*edges, ("0", "8"), ("8", "0"), ("3", "3")]))
    made.grab()
    boxes = [made.rect_of(i) for i in range(9)]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(made.rect().toRectF().contains(box) for box in boxes)


def test_table_writes_numbers_out_and_at_the_right(view):
    rows = [["VGG-16", 138357544, 0.7159], ["none", 0, float("nan")]]
    made = view(payloads.Table, payloads.Table(["net", "weights", "top-1"], rows))
    words = [[made.table.item(i, j).text() for j in range(3)] for i in range(2)]
    assert words == [["VGG-16", "138,357,544", "0.7159"], ["none", "0", "–"]]
    assert made.table.item(0, 1).textAlignment() & Qt.AlignmentFlag.AlignRight
    assert made.table.item(0, 0).textAlignment() & Qt.AlignmentFlag.AlignLeft


def test_note_can_be_read_as_text(view):
    made = view(payloads.Note, payloads.Note("Plain <b>text</b>, not markup.", "bad"))
    assert made.words.toPlainText() == "Plain <b>text</b>, not markup."
    assert tuple(pixels(made)[200, 1]) == rgb(theme.DARK.bad)
