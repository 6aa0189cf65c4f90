"""A graph of modules: opened and folded by mouse and keys, scrolled, copied, and fast."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from gui import theme
from gui.documents import export
from gui.views.graphs.choosing import READABLE
from lab import payloads
from tests.gui.pixels import pixels
from tests.gui.samples import output
from tests.gui.views.graphs.networks import Made, dense, inception, residual
from tests.speed import units

GRAPH = payloads.Graph
# Of one answer, in units of tests.speed. Measured: 0.02 to 1.7 (5 to 35 ms); 50 ms are 3 to 10.
ANSWER = 8


@pytest.fixture
def graph(view):
    """Makes a view of a graph of modules."""

    def make(payload, size=(900, 600), **changes):
        return view(GRAPH, payload, size, **({"picks": "layer"} | changes))

    return make


def middle(made, item):
    return made.rect_of_item(item).center().toPoint()


def click(qtbot, made, item):
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton, pos=middle(made, item))


def node(made, name):
    return list(made.payload.nodes).index(name)


def opened(made):
    return {made.modules.path(module) for module in made.opened}


@pytest.mark.parametrize("size", [(1100, 700), (700, 420), (420, 700)])
@pytest.mark.parametrize("network", [residual, dense, inception])
def test_at_first_as_much_is_open_as_can_be_read(graph, network, size):
    made = graph(network(), size)
    assert made.scale() >= READABLE
    assert not made.scrolls
    if network is residual and size[0] > 1000:
        # The first skip is to be seen.
        assert {"layer1", "layer1.0"} <= opened(made)
    made.resize(1800, 1000)
    assert made.scale() >= READABLE
    assert not made.scrolls
    if network is residual:
        assert opened(made) == {
            "layer1",
            "layer2",
            "layer1.0",
            "layer1.1",
            "layer2.0",
            "layer2.1",
            "layer1.0.downsample",
            "layer2.0.downsample",
        }


def test_a_click_opens_a_module_and_on_its_name_folds_it_again(graph, qtbot):
    made = graph(residual())
    made.fold_all()
    stage = made.module_named("layer2")
    with qtbot.assertNotEmitted(made.picked):
        click(qtbot, made, stage)
        assert opened(made) == {"layer2"}
        click(qtbot, made, made.module_named("layer2.0"))
        assert opened(made) == {"layer2", "layer2.0"}
        # Beside its name a frame does nothing.
        inner = made.rect_of(node(made, "layer2.0.conv1")).topLeft() - QPointF(4, 4)
        qtbot.mouseClick(made, Qt.MouseButton.LeftButton, pos=inner.toPoint())
        assert opened(made) == {"layer2", "layer2.0"}
        click(qtbot, made, stage)
    assert opened(made) == {"layer2.0"}
    # It opens as it was.
    click(qtbot, made, stage)
    assert made.rect_of(node(made, "layer2.0.conv1")).isValid()
    assert made.item_of(node(made, "layer2.0.conv1")) == node(made, "layer2.0.conv1")


def test_a_click_on_an_operation_picks_it_by_its_index(graph, qtbot):
    made = graph(residual(), (1500, 900))
    made.open_all()
    seen = []
    made.picked.connect(seen.append)
    for name in ("input", "layer1.0.conv2", "fc"):
        made.select(node(made, name))
        made.select(None)
        click(qtbot, made, node(made, name))
    assert seen == [node(made, name) for name in ("input", "layer1.0.conv2", "fc")]
    assert made.selected == node(made, "fc")


def test_a_selected_node_is_framed_on_the_box_that_hides_it(graph):
    made = graph(residual(), picks="")
    made.fold_all()
    before = pixels(made)
    made.select(node(made, "layer1.1.conv2"))
    changed = (pixels(made) != before).any(-1)
    rows, columns = changed.nonzero()
    ratio = made.devicePixelRatio()
    box = made.rect_of_item(made.module_named("layer1")).adjusted(-6, -6, 10, 10)
    assert len(rows)
    assert box.left() * ratio <= columns.min() <= columns.max() <= box.right() * ratio
    assert box.top() * ratio <= rows.min() <= rows.max() <= box.bottom() * ratio
    assert made.rect_of(node(made, "layer1.1.conv2")) == made.rect_of_item(
        made.module_named("layer1")
    )


def test_it_stays_as_it_was_left_while_the_network_is_the_same(graph):
    made = graph(residual())
    made.fold_all()
    made.toggle(made.module_named("layer2"))
    other_shapes = {name: words.replace("56", "28") for name, words in made.payload.nodes.items()}
    made.show_payload(replace(made.payload, nodes=other_shapes, selected="fc"))
    assert opened(made) == {"layer2"}
    assert made.selected == node(made, "fc")
    made.resize(500, 900)
    assert opened(made) == {"layer2"}
    made.show_payload(inception())
    assert not made.touched
    assert "layer2" not in opened(made)
    made.show_payload(residual())
    assert opened(made) != {"layer2"}


def test_what_was_opened_stays_under_the_pointer(graph, qtbot):
    made = graph(dense((12, 24)), (700, 500))
    made.fold_all()
    for path in ("features", "features.denseblock2", "features.denseblock2.denselayer9"):
        module = made.module_named(path)
        made.toggle(module)
    made.scroll_by(0, -300)
    module = made.module_named("features.denseblock2.denselayer12")
    before = made.rect_of_item(module).topLeft()
    assert made.rect().toRectF().contains(before)
    made.toggle(module)
    after = made.rect_of_item(module).topLeft()
    assert abs(after.x() - before.x()) < 1
    assert abs(after.y() - before.y()) < 1 or after.y() < before.y(), "moved up to be seen whole"
    assert made.rect().toRectF().contains(made.rect_of_item(module))


def test_double_clicks_open_and_fold_all(graph, qtbot):
    made = graph(residual(), (900, 600))
    made.fold_all()
    stage = made.module_named("layer1")
    place = middle(made, stage)
    click(qtbot, made, stage)
    qtbot.mouseDClick(made, Qt.MouseButton.LeftButton, pos=place)
    assert opened(made) == {"layer1", "layer1.0", "layer1.0.downsample", "layer1.1"}
    click(qtbot, made, stage)
    qtbot.mouseDClick(made, Qt.MouseButton.LeftButton, pos=place)
    assert opened(made) == set()
    empty = QPoint(made.width() - 3, made.height() - 3)
    assert made.item_at(QPointF(empty)) is None
    qtbot.mouseDClick(made, Qt.MouseButton.LeftButton, pos=empty)
    assert len(opened(made)) == len(made.modules.children) - 1
    qtbot.mouseDClick(made, Qt.MouseButton.LeftButton, pos=QPoint(made.width() - 3, 3))
    assert opened(made) == set()


def test_the_keyboard_does_all_of_it(graph, qtbot):
    made = graph(residual())
    Key = Qt.Key
    first = opened(made)
    seen = []
    made.picked.connect(seen.append)
    qtbot.keyClick(made, Key.Key_F)
    assert opened(made) == set()
    for key in (Key.Key_Home, Key.Key_Right, Key.Key_Right):
        qtbot.keyClick(made, key)
    assert seen == [0, 1, 2]
    for _ in range(3):
        qtbot.keyClick(made, Key.Key_Down)
    qtbot.keyClick(made, Key.Key_Return)
    assert opened(made) == {"layer1"}
    qtbot.keyClick(made, Key.Key_Right)
    qtbot.keyClick(made, Key.Key_Return)
    assert opened(made) == {"layer1", "layer1.0"}
    qtbot.keyClick(made, Key.Key_Left)
    qtbot.keyClick(made, Key.Key_Return)
    assert opened(made) == {"layer1.0"}
    qtbot.keyClick(made, Key.Key_O)
    assert len(opened(made)) == len(made.modules.children) - 1
    qtbot.keyClick(made, Key.Key_End)
    assert seen[-1] == node(made, "fc")
    assert made.rect().toRectF().contains(made.rect_of(node(made, "fc")))
    qtbot.keyClick(made, Key.Key_A)
    assert opened(made) == first
    assert made.scale() == graph(residual()).scale()


def test_without_picks_it_still_takes_the_keys_and_opens(graph, qtbot):
    made = graph(residual(), picks="")
    assert made.focusPolicy() == Qt.FocusPolicy.StrongFocus
    with qtbot.assertNotEmitted(made.picked):
        made.fold_all()
        click(qtbot, made, node(made, "fc"))
        click(qtbot, made, made.module_named("layer1"))
    assert opened(made) == {"layer1"}


def wheel(made, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    at = QPointF(made.rect().center())
    event = QWheelEvent(
        at, made.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(made, event)
    return event.isAccepted()


def test_what_is_larger_than_the_card_scrolls_and_zooms_but_is_never_too_small(graph, qtbot):
    made = graph(dense((6, 12)), (700, 500))
    made.fold_all()
    assert not made.scrolls
    made.open_all()
    assert made.scrolls
    start, end = (made.rect_of(node(made, name)) for name in ("input", "classifier"))
    assert not made.rect().toRectF().contains(end)
    assert wheel(made, -2)
    assert made.rect_of(node(made, "input")).top() < start.top()
    wheel(made, -100000)
    view = made.rect().toRectF()
    assert view.contains(made.rect_of(node(made, "classifier")))
    wheel(made, 100000)
    assert made.rect_of(node(made, "input")) == start
    control = Qt.KeyboardModifier.ControlModifier
    wheel(made, -50, control)
    assert made.scale() == pytest.approx(READABLE, rel=2e-3)
    assert made.scale() * theme.CAPTION > theme.SMALL - 0.05
    wheel(made, 3, control)
    assert made.scale() > 1.2
    # Dragged, nothing is picked or opened.
    place = made.rect_of(node(made, "input")).center()
    at = made.rect().center()
    before = opened(made)
    with qtbot.assertNotEmitted(made.picked):
        qtbot.mousePress(made, Qt.MouseButton.LeftButton, pos=at)
        for step in (10, 30, 60):
            moved = at - QPoint(0, step)
            event_at = QPointF(moved)
            QApplication.sendEvent(made, _moved(made, event_at))
        qtbot.mouseRelease(made, Qt.MouseButton.LeftButton, pos=at - QPoint(0, 60))
    assert opened(made) == before
    assert made.rect_of(node(made, "input")).center().y() == pytest.approx(place.y() - 60)


def _moved(made, position):
    return QMouseEvent(
        QEvent.Type.MouseMove, position, made.mapToGlobal(position), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip


def test_a_skip_is_seen_in_its_colour_beside_the_boxes(graph):
    made = graph(residual((2,)), (1500, 900))
    block = made.module_named("layer1.1")
    made.fold_all()
    made.toggle(made.module_named("layer1"))
    colour = theme.current().line(1)
    wanted = [colour.red(), colour.green(), colour.blue()]

    def painted(within):
        ratio = made.devicePixelRatio()
        left, top, wide, high = (round(v * ratio) for v in within.getRect())
        part = pixels(made)[top : top + high, left : left + wide, :3]
        return int((part[..., :3] == wanted).all(-1).sum())

    folded = painted(made.rect_of_item(block))
    assert folded > 5, "the sign on the folded module"
    made.toggle(block)
    whole = made.port.on_screen(QRectF(*made.drawing.frames[block]))
    assert painted(whole) > 10 * folded


def test_it_is_copied_and_saved_as_it_is_on_the_screen(graph, tmp_path, monkeypatch):
    made = graph(residual())
    made.fold_all()
    folded = made.snapshot().picture()
    made.toggle(made.module_named("layer1"))
    said = []
    made.said.connect(said.append)
    made.copy("PNG")
    shown = QGuiApplication.clipboard().image()
    assert shown.size() == folded.size()
    assert shown != folded
    assert shown.width() > made.width()
    path = tmp_path / "graph.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    made.save("SVG")
    drawing = path.read_text()
    assert "layer1.1" in drawing
    assert "layer2.1" not in drawing
    assert said == ["Copied", "Saved graph.svg"]
    words = [action.text() for action in made.menu().actions() if action.text()]
    assert words == [
        "Open all modules\tO",
        "Fold all modules\tF",
        "As at first: open as much as can be read\tA",
        "Copy as PNG",
        "Copy as SVG",
        "Save as PNG…",
        "Save as SVG…",
    ]


def test_without_modules_it_is_as_before(view):
    graph = residual()
    flat = payloads.Graph(graph.nodes, graph.edges)
    made = view(GRAPH, graph, (900, 600))
    made.show_payload(flat)
    assert (pixels(made) == pixels(view(GRAPH, flat, (900, 600)))).all()
    assert made.count() == len(graph.nodes)


def test_an_exported_card_shows_everything(graph, view):
    image = export.render(output(GRAPH), dense((6, 12)), (600, 400))
    assert image.width() == 600


@pytest.mark.parametrize("size", [(1100, 700), (500, 300)])
def test_700_operations_answer_at_once(graph, size):
    made = graph(dense(), size)
    assert len(made.payload.nodes) > 700
    slow = {}

    def measured(name, act):
        slow[name] = units(lambda: (act(), made.repaint()))

    measured("open all", made.open_all)
    measured("scroll", lambda: made.scroll_by(0, -2000))
    measured("scroll on", lambda: made.scroll_by(0, -60))
    measured("zoom", lambda: made.zoom(1.1, QPointF(300, 200)))
    measured("fold all", made.fold_all)
    for path in ("features", "features.denseblock3", "features.denseblock3.denselayer40"):
        measured(f"open {path}", lambda p=path: made.toggle(made.module_named(p)))
    measured("scroll a block", lambda: made.scroll_by(0, -500))
    measured("fold", lambda: made.toggle(made.module_named("features.denseblock3")))
    assert max(slow.values()) < ANSWER, slow


def test_where_not_all_can_be_open_those_with_branches_are(graph):
    made = Made()
    last = made.chain("chain", [f"conv{i}" for i in range(6)], "input")
    ends = [made.chain("branches", [f"left{i}" for i in range(3)], last)]
    ends.append(made.chain("branches", [f"right{i}" for i in range(3)], last))
    made.chain("tail", [f"conv{i}" for i in range(12)], made.add("branches.cat", *ends))
    small = graph(made.graph(), (520, 420))
    assert opened(small) == {"branches"}


def test_the_same_network_after_a_run_that_began_again_is_laid_out_as_before(graph):
    made = graph(residual())
    before, modules = pixels(made), made.modules
    made.clear()
    assert made.count() == 0
    made.show_payload(residual())
    assert made.modules is modules
    assert (pixels(made) == before).all()
    made.clear()
    made.show_payload(inception())
    assert made.modules is not modules
