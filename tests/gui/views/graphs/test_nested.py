"""Layouts: nothing overlaps, what is inside stays inside, and skips keep off the boxes."""

import itertools
import math

import pytest

from gui.views.graphs.modules import Modules
from gui.views.graphs.nested import Layout, Nest
from tests.gui.views.graphs.networks import dense, inception, residual

GRAPHS = {"residual": residual((2, 3)), "dense": dense((3, 4)), "inception": inception()}


def nest(graph):
    modules = Modules(list(graph.nodes), graph.edges, graph.modules)
    sizes = [(100.0 + 7 * (i % 5), 40.0 + 3 * (i % 3)) for i in range(modules.nodes)]
    sizes += [(130.0, 60.0)] * len(modules.children)
    return Nest(modules, sizes, dict.fromkeys(modules.children, 90.0))


def choices(modules):
    """All folded, all open, and every second one open."""
    every = sorted(set(modules.children) - {modules.root})
    return frozenset(), frozenset(every), frozenset(every[::2])


def apart(a, b):
    return (
        a[0] + a[2] <= b[0] + 1e-6 or b[0] + b[2] <= a[0] + 1e-6
        or a[1] + a[3] <= b[1] + 1e-6 or b[1] + b[3] <= a[1] + 1e-6
    )  # fmt: skip


def inside(inner, outer):
    return (
        outer[0] - 1e-6 <= inner[0] and inner[0] + inner[2] <= outer[0] + outer[2] + 1e-6
        and outer[1] - 1e-6 <= inner[1] and inner[1] + inner[3] <= outer[1] + outer[3] + 1e-6
    )  # fmt: skip


@pytest.mark.parametrize("downwards", [True, False])
@pytest.mark.parametrize("limit", [math.inf, 500.0])
@pytest.mark.parametrize("name", GRAPHS)
def test_boxes_are_apart_and_in_their_frames(name, downwards, limit):
    made = nest(GRAPHS[name])
    modules = made.modules
    for opened in choices(modules):
        drawing = made.draw(Layout(opened, downwards, limit))
        shown = {modules.shown(node, opened) for node in range(modules.nodes)}
        assert set(drawing.boxes) == shown
        whole = (0.0, 0.0, *drawing.size)
        for a, b in itertools.combinations(drawing.boxes.values(), 2):
            assert apart(a, b)
        rects = drawing.boxes | drawing.frames
        for item, rect in rects.items():
            parent = modules.parents[item]
            assert inside(rect, whole if parent == modules.root else drawing.frames[parent])


@pytest.mark.parametrize("downwards", [True, False])
@pytest.mark.parametrize("name", GRAPHS)
def test_a_skip_runs_beside_the_boxes_that_it_passes(name, downwards):
    made = nest(GRAPHS[name])
    opened = frozenset(made.modules.children) - {made.modules.root}
    drawing = made.draw(Layout(opened, downwards))
    links = [link for n in range(len(drawing.blocks)) for link in drawing.links(n)]
    skips = [link for link in links if link.kind == "skip"]
    assert len(skips) == made.modules.skips[made.modules.root]
    for link in skips:
        # Its long part, along the flow.
        pairs = list(itertools.pairwise(link.points))
        a, b = max(pairs, key=lambda p: abs(p[0][downwards] - p[1][downwards]))
        assert a[not downwards] == pytest.approx(b[not downwards])
        low, high = sorted((a[downwards], b[downwards]))
        lane = a[not downwards]
        for item, rect in drawing.boxes.items():
            start, end = rect[downwards], rect[downwards] + rect[2 + downwards]
            first, last = rect[not downwards], rect[not downwards] + rect[2 + (not downwards)]
            passed = item not in link.ends and start < high and end > low
            assert not (passed and first < lane < last), (item, link)


@pytest.mark.parametrize("downwards", [True, False])
def test_edges_end_at_the_boxes_that_they_join(downwards):
    made = nest(GRAPHS["residual"])
    opened = frozenset(made.modules.children) - {made.modules.root}
    for limit in (math.inf, 500.0):
        drawing = made.draw(Layout(opened, downwards, limit))
        rects = drawing.boxes | drawing.frames
        for number in range(len(drawing.blocks)):
            for link in drawing.links(number):
                for item, point in zip(link.ends, (link.points[0], link.points[-1]), strict=True):
                    if item < 0:
                        continue
                    left, top, wide, high = rects[item]
                    assert left - 1e-6 <= point[0] <= left + wide + 1e-6
                    assert top - 1e-6 <= point[1] <= top + high + 1e-6
                    on = [abs(point[0] - x) < 1e-6 for x in (left, left + wide)]
                    on += [abs(point[1] - y) < 1e-6 for y in (top, top + high)]
                    assert any(on), "on an edge of its box"


def test_columns_are_broken_where_no_skip_passes():
    made = nest(dense((8,)))
    modules = made.modules
    every = frozenset(modules.children) - {modules.root}
    features = modules.nodes + modules.paths.index("features")
    block = modules.nodes + modules.paths.index("features.denseblock1")
    tall = made.size(Layout(frozenset({features, block}), True))
    broken = made.draw(Layout(frozenset({features, block}), True, 400.0))
    assert broken.size[1] < tall[1]
    layers = [broken.boxes[i] for i in modules.children[block]]
    middles = [left + wide / 2 for left, _, wide, _ in layers]
    assert max(middles) - min(middles) < 1e-6, "the block is in one column"
    assert made.size(Layout(every, True, 400.0))[1] < made.size(Layout(every, True))[1]


def test_what_is_kept_of_earlier_layouts_changes_nothing():
    graph = GRAPHS["residual"]
    used, opened = nest(graph), choices(nest(graph).modules)
    for limit in (math.inf, 300.0, 500.0):
        for each in opened:
            for downwards in (True, False):
                plan = Layout(each, downwards, limit)
                old, new = used.draw(plan), nest(graph).draw(plan)
                assert old.boxes == new.boxes
                assert old.frames == new.frames
                assert [old.links(n) for n in range(len(old.blocks))] == [
                    new.links(n) for n in range(len(new.blocks))
                ]


def test_very_many_skips_share_one_line():
    made = nest(dense((16,)))
    modules = made.modules
    opened = frozenset(
        modules.nodes + modules.paths.index(p) for p in ("features", "features.denseblock1")
    )
    drawing = made.draw(Layout(opened, True))
    links = [e for n in range(len(drawing.blocks)) for e in drawing.links(n) if e.past]
    assert len(links) < 40 < modules.skips[modules.root]
    # All layers but the first are fed, and each but the last feeds.
    ends = {e.ends[0] for e in links if e.kind == "skip"}
    assert ends >= set(
        modules.children[modules.nodes + modules.paths.index("features.denseblock1")][1:]
    )
