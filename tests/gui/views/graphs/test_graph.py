"""A graph is laid out without overlaps."""

from gui import theme
from gui.views.graphs.graph import colours_of
from lab import payloads
from tests.gui.samples import SAMPLES


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


def test_groups_are_drawn_in_the_colours_of_series_and_an_empty_one_keeps_its_colour(view):
    graph = payloads.Graph({"a": "a", "b": "b", "c": "c"}, [("a", "b")], groups=(["a"], [], ["b"]))
    look = theme.current()
    assert colours_of(graph, "a")[0] == look.line(0)
    assert colours_of(graph, "b")[0] == look.line(2)
    assert colours_of(graph, "c") is None
    made = view(payloads.Graph, graph)
    shown = made.grab().toImage()
    for index, name in enumerate("ab"):
        box = made.rect_of(index)
        place = box.topLeft() + (box.center() - box.topLeft()) * 0.2
        ratio = shown.devicePixelRatio()
        found = shown.pixelColor(round(place.x() * ratio), round(place.y() * ratio))
        assert found == colours_of(graph, name)[1]
