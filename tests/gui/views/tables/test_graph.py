"""A graph is laid out without overlaps."""

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
