"""Graphs of networks, made by hand: what their modules hold, and where skips run."""

from lab.payloads import Graph


class Made:
    """Nodes are added one by one; each takes the nodes that are named, and has its module."""

    def __init__(self):
        self.nodes, self.edges, self.modules = {"input": "input\n3 × 224 × 224"}, [], {}

    def add(self, path, *inputs):
        """A node: its name is `path`, its module what comes before the last dot."""
        module, _, kind = path.rpartition(".")
        self.nodes[path] = f"{kind}\n64 × 56 × 56"
        self.edges += [(name, path) for name in inputs]
        if module:
            self.modules[path] = module
        return path

    def chain(self, module, kinds, last):
        """Nodes one after another."""
        for kind in kinds:
            last = self.add(f"{module}.{kind}".strip("."), last)
        return last

    def graph(self, **changes):
        return Graph(self.nodes, self.edges, modules=self.modules, **changes)


BLOCK = ("conv1", "bn1", "relu1", "conv2", "bn2")


def residual(blocks=(2, 2), **changes):
    """The first block of a stage has a projection, the others the identity."""
    made = Made()
    last = made.chain("", ("conv", "bn", "relu", "pool"), "input")
    for stage, count in enumerate(blocks, 1):
        for block in range(count):
            module, start = f"layer{stage}.{block}", last
            last = made.chain(module, BLOCK, start)
            if block == 0:
                start = made.chain(f"{module}.downsample", ("0", "1"), start)
            made.add(f"{module}.add", last, start)
            last = made.add(f"{module}.relu2", f"{module}.add")
    made.chain("", ("avgpool", "flatten", "fc"), last)
    return made.graph(**changes)


def dense(blocks=(6, 12, 48, 32), **changes):
    """DenseNet-201 by default: each layer takes what all before it in its block have put out."""
    made = Made()
    last = made.chain("features", ("conv0", "norm0", "relu0", "pool0"), "input")
    for number, count in enumerate(blocks, 1):
        block = f"features.denseblock{number}"
        out = [last]
        for i in range(1, count + 1):
            layer = f"{block}.denselayer{i}"
            last = made.add(f"{layer}.cat", *out)
            kinds = ("norm1", "relu1", "conv1", "norm2", "relu2", "conv2")
            out.append(made.chain(layer, kinds, last))
        last = made.add(f"{block}.cat", *out)
        if number < len(blocks):
            kinds = ("norm", "relu", "conv", "pool")
            last = made.chain(f"features.transition{number}", kinds, last)
    made.chain("", ("relu", "pool", "flatten", "classifier"), made.add("features.norm5", last))
    return made.graph(**changes)


def inception(**changes):
    """Four branches side by side, of which none is a skip."""
    made = Made()
    last = made.chain("", ("conv", "pool"), "input")
    ends = [
        made.chain("inception3a.branch1", ("conv", "bn", "relu"), last),
        made.chain("inception3a.branch2", ("conv1", "bn1", "conv2", "bn2"), last),
        made.chain("inception3a.branch3", ("conv1", "bn1", "conv2", "bn2"), last),
        made.chain("inception3a.branch4", ("pool", "conv", "bn"), last),
    ]
    made.chain("", ("avgpool", "fc"), made.add("inception3a.cat", *ends))
    return made.graph(**changes)
