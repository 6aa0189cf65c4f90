"""A classifier split in two: the layers below a depth, and those above it.

For transfer learning: the lower part is frozen, so that its features are computed once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import fx, nn
from torch.nn.modules.dropout import _DropoutNd

from lab.errors import UserError
from lab.networks.eval_mode import eval_mode
from lab.networks.models import Classifier

# A group of layers of which a network has more than this share is drawn as its parts.
_LARGEST_SHARE = 0.5
_PREFIX = "network."


@dataclass(frozen=True)
class Unit:
    """A layer with weights and what follows it, or a block of such layers.

    name: as in `named_modules()`. shape: of its output, without the batch. parameters: how many.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int

    @property
    def size(self) -> str:
        """The shape in words: "32 × 112 × 112"."""
        return " × ".join(map(str, self.shape))


class Split:
    """The units of a classifier, and the parts below and above each cut between two of them.

    The parts share the classifier's modules: who trains a part trains the classifier. Batch
    normalisation, activations and pooling belong to the layer before them, dropout to the one after
    it: so what lies below a cut is deterministic in eval mode.

    units: from the input to the head. head: the name of the layer that returns the logits. Raises
    UserError for a network that torch.fx cannot trace, and for one that cannot be cut below its
    head.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._root = nn.Sequential(
            OrderedDict(normalise=classifier.normalise, network=classifier.network)
        )
        title = classifier.card.title
        try:
            self._nodes = list(_Tracer().trace(self._root).nodes)
        except Exception as error:  # Tracing runs the network's own Python, which may fail anyhow.
            line = str(error).partition("\n")[0]
            raise UserError(
                f"{title} cannot be split into layers ({line}): choose another model"
            ) from None
        self._classifier = classifier
        self._crossing = _crossing(self._nodes)
        layers = [i for i, node in enumerate(self._nodes) if self._has_weights(node)]
        self._cuts, names = self._found(layers)
        # The head stands alone above the last cut.
        if len(names) < 2 or sum(i >= self._cuts[-1] for i in layers) != 1:
            raise UserError(f"{title} cannot be split below its last layer: choose another model")
        self.head = self._name(layers[-1])
        self.units = self._measured(names)

    @property
    def depth(self) -> int:
        """The largest depth: the number of units below the head."""
        return len(self.units) - 1

    def check_depth(self, depth: int, name: str) -> None:
        """UserError for a depth that the network has not. name: of the parameter that says it."""
        if not 0 <= depth <= self.depth:
            raise UserError(
                f"{name}={depth}: {self._classifier.card.title} has {self.depth} units below its "
                f"head, choose from 0 to {self.depth}"
            )

    def below(self, depth: int) -> fx.GraphModule:
        """Images, float32 (N, C, H, W) in [0, 1], to the output of the first `depth` units.

        Of depth 0 to the normalised images.
        """
        return self._part(0, self._cuts[depth])

    def above(self, depth: int) -> fx.GraphModule:
        """The output of `below(depth)` to logits, float32 (N, classes)."""
        return self._part(self._cuts[depth], len(self._nodes) - 1)

    def _part(self, begin: int, end: int) -> fx.GraphModule:
        """What the nodes from number `begin` up to `end` compute; all before is their input."""
        graph, copied = fx.Graph(), {}
        if begin:
            copied[self._entering(begin)] = graph.placeholder("features")
        for node in self._nodes[begin:end]:
            copied[node] = graph.node_copy(node, copied.__getitem__)
        graph.output(copied[self._entering(end)])
        return fx.GraphModule(self._root, graph)

    def parameters(self, begin: int, end: int) -> list[nn.Parameter]:
        """The weights of the units from number `begin`, from 0, up to `end`, not included."""
        first, last = (self._place_of(number) for number in (begin, end))
        found: dict[nn.Parameter, None] = {}
        for node in self._nodes[first:last]:
            if node.op == "call_module":
                found.update(dict.fromkeys(self._root.get_submodule(str(node.target)).parameters()))
            elif node.op == "get_attr":
                owner, _, name = str(node.target).rpartition(".")
                value = getattr(self._root.get_submodule(owner), name)
                found.update({value: None} if isinstance(value, nn.Parameter) else {})
        return list(found)

    def _measured(self, names: Sequence[str]) -> tuple[Unit, ...]:
        card, units = self._classifier.card, []
        value = torch.full((1, card.channels, card.size, card.size), 0.5)
        value = value.to(self._classifier.device)
        with eval_mode(self._root), torch.no_grad():
            value = self.below(0)(value)
            for number, name in enumerate(names):
                value = self._part(self._place_of(number), self._place_of(number + 1))(value)
                count = sum(p.numel() for p in self.parameters(number, number + 1))
                units.append(Unit(name, tuple(value.shape[1:]), count))
        return tuple(units)

    def _found(self, layers: Sequence[int]) -> tuple[list[int], list[str]]:
        """Before which nodes it is cut, and the names of the units that begin there."""
        names = [self._name(i) for i in layers]
        cuts: list[int] = []
        found: list[str] = []
        last, group = 0, ""
        for i, name in zip(layers, _grouped(names), strict=True):
            if name != group:
                place = self._place(last, i)
                if place is not None:
                    cuts.append(place)
                    found.append(name)
                group = name
            last = i
        return cuts, found

    def _place_of(self, number: int) -> int:
        """Before which node a unit begins; for the number after the last, the network's end."""
        return self._cuts[number] if number < len(self._cuts) else len(self._nodes) - 1

    def _place(self, after: int, before: int) -> int | None:
        """Where to cut between two layers: as late as possible, before a dropout if it can be."""
        places = [p for p in range(after + 1, before + 1) if self._crossing[p] is not None]
        dropouts = (i for i in range(after + 1, before) if self._is_dropout(self._nodes[i]))
        first = next(dropouts, before)
        return max((p for p in places if p <= first), default=max(places, default=None))

    def _is_dropout(self, node: fx.Node) -> bool:
        called = node.op == "call_module"
        return called and isinstance(self._root.get_submodule(str(node.target)), _DropoutNd)

    def _name(self, layer: int) -> str:
        return str(self._nodes[layer].target).removeprefix(_PREFIX)

    def _has_weights(self, node: fx.Node) -> bool:
        """Whether it is a layer with a weight matrix or filters: no normalisation."""
        if node.op != "call_module":
            return False
        module = self._root.get_submodule(str(node.target))
        return any(parameter.ndim >= 2 for parameter in module.parameters())

    def _entering(self, place: int) -> fx.Node:
        """The one value that crosses a cut."""
        found = self._crossing[place]
        assert found is not None
        return found


def _crossing(nodes: Sequence[fx.Node]) -> list[fx.Node | None]:
    """For each node the value that is known before it and needed from there on, if it is one."""
    place = {node: i for i, node in enumerate(nodes)}
    last = {node: max((place[user] for user in node.users), default=-1) for node in nodes}
    alive: set[fx.Node] = set()
    found: list[fx.Node | None] = []
    for i, node in enumerate(nodes):
        alive = {known for known in alive if last[known] >= i}
        found.append(next(iter(alive)) if len(alive) == 1 else None)
        alive.add(node)
    return found


def _grouped(names: Sequence[str]) -> list[str]:
    """For each layer, in order, the name of its group: a layer, or a block of a deep network.

    A group is the part of the network with the shortest name. One with more than half of all layers
    is divided, and so is the one with the last layer, until that stands alone.
    """
    divided: set[str] = set()

    def group(name: str) -> str:
        parts = name.split(".")
        prefixes = (".".join(parts[:end]) for end in range(1, len(parts)))
        return next((prefix for prefix in prefixes if prefix not in divided), name)

    while True:
        groups = [group(name) for name in names]
        large = {g for g in groups if groups.count(g) > max(1, _LARGEST_SHARE * len(names))}
        if groups and groups.count(groups[-1]) > 1:
            large.add(groups[-1])
        # A layer that is called more than once cannot be divided.
        large -= set(names)
        if not large:
            return groups
        divided |= large


class _Tracer(fx.Tracer):
    """Traces through blocks, but into no layer: one without children is a leaf, whoever made it."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return not list(m.children()) or super().is_leaf_module(m, module_qualified_name)
