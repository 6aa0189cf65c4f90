"""Every view: empty, at any size, in both themes, picked by mouse and keyboard."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.views import view_of
from lab import payloads
from tests.gui.pixels import pixels
from tests.gui.samples import EMPTY, RED, SAMPLES, flat

KINDS = list(payloads.KINDS)
PICKABLE = [
    payloads.Pictures, payloads.Filters, payloads.Bars,
    payloads.Matrix, payloads.Table, payloads.Graph,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_shows_clears_and_shows_again(kind, view):
    made = view(kind)
    hint = pixels(made)
    made.show_payload(SAMPLES[kind])
    shown = pixels(made)
    assert (shown != hint).any()
    made.clear()
    assert (pixels(made) == hint).all()
    made.show_payload(SAMPLES[kind])
    assert (pixels(made) == shown).all()


@pytest.mark.parametrize("kind", KINDS)
def test_hint_can_be_set(kind, view):
    made = view(kind)
    before = pixels(made)
    made.set_hint("Runs by itself")
    assert (pixels(made) != before).any()


@pytest.mark.parametrize("kind", KINDS)
def test_empty_payload_is_said_and_not_an_error(kind, view):
    made = view(kind, SAMPLES[kind])
    full = pixels(made)
    made.show_payload(EMPTY[kind])
    assert (pixels(made) != full).any()
    assert made.readout(QPointF(300, 200)) == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (96, 64), (30, 800), (1200, 40)])
def test_draws_at_any_size(kind, size, view):
    made = view(kind, SAMPLES[kind], size)
    made.grab()
    made.readout(QPointF(size[0] / 2, size[1] / 2))


@pytest.mark.parametrize("kind", KINDS)
def test_theme_changes_in_place(kind, view):
    made = view(kind, SAMPLES[kind])
    dark = pixels(made)
    app = QApplication.instance()
    theme.apply(app, "light")
    light = pixels(made)
    assert (light != dark).any()
    fresh = view_like(made, kind)
    assert (pixels(fresh) == light).all(), "a colour of the other theme was kept"
    fresh.close()
    theme.apply(app, "dark")
    assert (pixels(made) == dark).all()


def view_like(made, kind):
    fresh = view_of(kind)(made.output)
    fresh.resize(made.size())
    fresh.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    fresh.show()
    fresh.show_payload(SAMPLES[kind])
    return fresh


@pytest.mark.parametrize("kind", PICKABLE)
def test_click_picks_the_item_under_it(kind, view, qtbot):
    made = view(kind, SAMPLES[kind], picks="index")
    seen = []
    made.picked.connect(seen.append)
    target = made.table.viewport() if kind is payloads.Table else made
    for index in (0, 1, 2):
        at = made.mapToGlobal(made.rect_of(index).center().toPoint())
        qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=target.mapFromGlobal(at))
    assert seen == [0, 1, 2]
    assert made.selected == 2


@pytest.mark.parametrize("kind", [k for k in PICKABLE if k is not payloads.Table])
def test_without_a_parameter_to_set_nothing_is_picked(kind, view, qtbot):
    made = view(kind, SAMPLES[kind])
    with qtbot.assertNotEmitted(made.picked):
        at = made.rect_of(1).center().toPoint()
        qtbot.mouseClick(made, Qt.MouseButton.LeftButton, pos=at)
        qtbot.keyClick(made, Qt.Key.Key_Right)
    assert made.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_arrow_keys_move_through_a_grid(view, qtbot):
    images = [flat(RED)] * 6
    made = view(payloads.Pictures, payloads.Pictures(images, columns=3), picks="index")
    seen = []
    made.picked.connect(seen.append)
    keys = Qt.Key
    moves = (
        (keys.Key_Right, [0]), (keys.Key_Right, [1]), (keys.Key_Down, [4]), (keys.Key_Down, []),
        (keys.Key_Left, [3]), (keys.Key_Up, [0]), (keys.Key_Left, []), (keys.Key_End, [5]),
    )  # fmt: skip
    for key, expected in moves:
        seen.clear()
        qtbot.keyClick(made, key)
        assert seen == expected, key


def test_a_choice_outlives_frames_that_do_not_name_one(view):
    made = view(payloads.Pictures, SAMPLES[payloads.Pictures], picks="index")
    made.select(2)
    made.show_payload(SAMPLES[payloads.Pictures])
    assert made.selected == 2
    made.show_payload(payloads.Pictures([flat(RED)] * 3, selected=0))
    assert made.selected == 0
    made.select(2)
    made.show_payload(payloads.Pictures([flat(RED)]))
    assert made.selected is None
