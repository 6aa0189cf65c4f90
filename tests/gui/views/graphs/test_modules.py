"""Modules are found from the paths of nodes, and what stands in each is sorted into layers."""

import itertools

from gui.views.graphs.modules import ENTRY, EXIT, Modules, flow
from tests.gui.views.graphs.networks import dense, inception, residual


def tree(graph):
    return Modules(list(graph.nodes), graph.edges, graph.modules)


def numbered(modules, path):
    return modules.nodes + modules.paths.index(path)


def named(modules, item):
    return modules.names[item] if item < modules.nodes else modules.path(item)


def test_each_prefix_of_a_path_is_a_module_if_it_holds_more_than_one_thing():
    names = ["in", "a", "b", "c", "d", "e"]
    paths = {"a": "net.x.0", "b": "net.x.0", "c": "net.x.1", "d": "net.x.1.deep", "e": "alone"}
    modules = Modules(names, [], paths)
    # x is all that net holds, deep holds only d, and alone only e.
    assert sorted(modules.paths) == ["", "net.x", "net.x.0", "net.x.1"]
    held = {
        named(modules, m): [named(modules, i) for i in modules.children[m]]
        for m in modules.children
    }
    assert held == {
        "": ["in", "net.x", "e"],
        "net.x": ["net.x.0", "net.x.1"],
        "net.x.0": ["a", "b"],
        "net.x.1": ["c", "d"],
    }
    assert modules.label(numbered(modules, "net.x")) == "net.x"
    assert modules.label(numbered(modules, "net.x.1")) == "x.1"
    assert modules.sizes[numbered(modules, "net.x")] == 4


def test_a_network_in_a_single_module_is_that_module():
    modules = Modules(["a", "b"], [("a", "b")], {"a": "model.body", "b": "model.body"})
    assert modules.paths == ["model.body"]
    assert modules.flows[modules.root].layers == ((0,), (1,))


def test_an_edge_belongs_to_the_innermost_module_around_both_ends():
    graph = residual((2,))
    modules = tree(graph)
    block = modules.flows[numbered(modules, "layer1.1")]
    words = [
        (a if a < 0 else named(modules, a), b if b < 0 else named(modules, b))
        for a, b in (*block.steps, *block.skips)
    ]
    inner = [
        "layer1.1.conv1",
        "layer1.1.bn1",
        "layer1.1.relu1",
        "layer1.1.conv2",
        "layer1.1.bn2",
        "layer1.1.add",
        "layer1.1.relu2",
    ]
    assert sorted(words, key=str) == sorted(
        [
            (ENTRY, inner[0]),
            *itertools.pairwise(inner),
            (inner[-1], EXIT),
            (ENTRY, "layer1.1.add"),
        ],
        key=str,
    )
    # Many edges from one module to another are one.
    stage = modules.flows[numbered(modules, "layer1")]
    assert len(stage.steps) == 3
    assert not stage.skips


def test_the_identity_is_a_skip_and_a_projection_stands_aside():
    modules = tree(residual((2,)))
    identity = modules.flows[numbered(modules, "layer1.1")]
    assert [(a, named(modules, b)) for a, b in identity.skips] == [(ENTRY, "layer1.1.add")]
    projection = modules.flows[numbered(modules, "layer1.0")]
    aside = [named(modules, item) for item in projection.aside]
    assert aside == ["layer1.0.downsample"]
    assert [tuple(named(modules, i) for i in e) for e in projection.skips] == [
        ("layer1.0.downsample", "layer1.0.add")
    ]
    assert modules.skips[numbered(modules, "layer1")] == 2
    assert modules.skips[modules.root] == 2


def test_parallel_branches_are_no_skips():
    modules = tree(inception())
    module = modules.flows[numbered(modules, "inception3a")]
    assert [len(layer) for layer in module.layers] == [4, 1]
    assert modules.skips[modules.root] == 0


def test_all_pairs_of_a_dense_block_but_neighbours_are_skips():
    modules = tree(dense((6,)))
    block = numbered(modules, "features.denseblock1")
    # The input and six layers, and the concatenation at the end: 8 in a row.
    assert len(modules.flows[block].skips) == 8 * 7 // 2 - 7
    assert modules.skips[modules.root] == modules.skips[block]


def test_a_constant_stands_right_before_what_takes_it():
    found = flow([0, 1, 2, 3], [(0, 1), (1, 2), (3, 2)])
    assert found.depth[3] == 1
    assert not found.skips


def test_an_edge_that_closes_a_cycle_has_no_influence_on_the_layers():
    found = flow([0, 1, 2], [(0, 1), (1, 2), (2, 0), (1, 1)])
    assert found.layers == ((0,), (1,), (2,))
    assert set(found.back) == {(2, 0), (1, 1)}


def test_a_hidden_node_is_shown_by_the_outermost_folded_module_around_it():
    modules = tree(residual((2,)))
    node = modules.names.index("layer1.1.conv2")
    stage, block = numbered(modules, "layer1"), numbered(modules, "layer1.1")
    assert modules.shown(node, frozenset()) == stage
    assert modules.shown(node, frozenset({block})) == stage
    assert modules.shown(node, frozenset({stage})) == block
    assert modules.shown(node, frozenset({stage, block})) == node
