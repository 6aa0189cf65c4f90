import weakref

import torch
from torch import nn
from torch.nn import functional

from lab.structure.trace import INPUT, Operation, traced, watched


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False)
        self.drop = nn.Dropout()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.drop(self.conv(x))
        out += x
        return self.relu(out)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, (5, 3), stride=(2, 1), padding=(2, 1))
        self.block = Block()
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.scale = nn.Parameter(torch.ones(4, 1, 1))
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        x = self.block(self.stem(x)) * self.scale
        both = torch.cat([x, functional.max_pool2d(x, 3, 1, 1)], 1)
        return self.head(self.pool(both).flatten(1))


def named(trace) -> dict[str, Operation]:
    return {each.name: each for each in trace.operations}


def test_each_layer_and_each_function_between_layers_is_one_operation():
    trace = traced(Small(), (16, 12))

    assert [(o.name, o.kind, o.inputs, o.shape) for o in trace.operations] == [
        (INPUT, INPUT, (), (1, 3, 16, 12)),
        ("stem", "Conv2d", (0,), (1, 4, 8, 12)),
        ("block.conv", "Conv2d", (1,), (1, 4, 8, 12)),
        ("block.drop", "Dropout", (2,), (1, 4, 8, 12)),
        # The skip connection: from before the block.
        ("block.add", "add", (3, 1), (1, 4, 8, 12)),
        ("block.relu", "ReLU", (4,), (1, 4, 8, 12)),
        ("multiply", "multiply", (5,), (1, 4, 8, 12)),
        ("MaxPool2d", "MaxPool2d", (6,), (1, 4, 8, 12)),
        ("concatenate", "concatenate", (6, 7), (1, 8, 8, 12)),
        ("pool", "AdaptiveAvgPool2d", (8,), (1, 8, 2, 2)),
        ("flatten", "flatten", (9,), (1, 32)),
        ("head", "Linear", (10,), (1, 10)),
    ]
    assert [trace.operations[i].module for i in (1, 2, 4, 6)] == ["", "block", "block", ""]
    assert trace.operations[trace.index("block.add")].path == "block"


def test_geometry_is_that_of_the_layer_or_of_the_call():
    known = named(traced(Small(), (16, 12)))

    stem = known["stem"]
    assert (stem.kernel, stem.stride, stem.padding, stem.dilation) == (
        *((5, 3), (2, 1), (2, 1), (1, 1)),
    )
    assert known["block.conv"].groups == 2
    assert (known["MaxPool2d"].kernel, known["MaxPool2d"].padding) == ((3, 3), (1, 1))
    # 8 x 12 to 2 x 2: windows of 4 x 6 side by side.
    assert known["pool"].kernel == known["pool"].stride == (4, 6)
    assert known["block.add"].kernel is None


def test_multiply_adds_and_parameters_by_hand():
    network = Small()
    trace = traced(network, (16, 12))
    known = named(trace)

    assert known["stem"].multiply_adds == 4 * 8 * 12 * (3 * 5 * 3)
    assert known["block.conv"].multiply_adds == 4 * 8 * 12 * (4 // 2 * 3 * 3)
    assert known["head"].multiply_adds == 32 * 10
    assert trace.multiply_adds == 17280 + 6912 + 320
    assert known["stem"].parameters == 4 * 45 + 4
    assert known["multiply"].parameters == 4
    assert trace.parameters == sum(p.numel() for p in network.parameters())
    assert trace.parameters == sum(o.parameters for o in trace.operations)


def test_layers_are_those_with_weights_on_the_longest_path():
    assert traced(Small(), 16).layers == 3


def test_the_network_is_left_as_it_was():
    network = Small().train()
    weights = {name: each.clone() for name, each in network.state_dict().items()}
    traced(network, 16)

    assert all(module.training for module in network.modules())
    assert all(not module._forward_hooks for module in network.modules())
    assert network.state_dict().keys() == weights.keys()
    assert all(torch.equal(network.state_dict()[n], w) for n, w in weights.items())


def test_an_attention_is_one_operation_with_its_matrix_products():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x):
            tokens = x.flatten(2).permute(0, 2, 1)
            return self.attention(tokens, tokens, tokens, need_weights=False)[0]

    known = named(traced(Attention(), 4, channels=8))
    # 16 tokens of 8: queries, keys, values and the output, and two products of 16 x 16.
    assert known["attention"].multiply_adds == 16 * 8 * 8 * 4 + 2 * 16 * 16 * 8
    assert known["attention"].shape == (1, 16, 8)
    assert known["attention"].layers == 2
    assert known["permute"].more["axes"] == (0, 2, 1)


def test_a_layer_with_a_forward_pass_of_its_own_is_read_from_its_functions():
    class Padded(nn.Conv2d):
        def forward(self, x):
            return super().forward(functional.pad(x, (0, 1, 2, 3)))

    trace = traced(nn.Sequential(Padded(3, 4, 3, bias=False)), 8)
    assert [o.kind for o in trace.operations] == [INPUT, "pad", "Conv2d"]
    pad, conv = trace.operations[1:]
    assert pad.padding == (2, 0)
    assert pad.shape == (1, 3, 13, 9)
    assert (conv.kernel, conv.shape, conv.parameters) == ((3, 3), (1, 4, 11, 7), 108)


def test_slices_say_where_they_start_and_how_they_step():
    class Every(nn.Module):
        def forward(self, x):
            return torch.cat([x[..., 0::2, 1::2], x[:, :, 1::2, 0::2]], 1)

    trace = traced(Every(), 8)
    assert trace.operations[1].more == {"start": (0, 0, 0, 1), "step": (1, 1, 2, 2)}
    assert trace.operations[2].more == {"start": (0, 0, 1, 0), "step": (1, 1, 2, 2)}
    assert trace.operations[3].more == {"axis": 1}


def test_a_pass_with_weights_shows_the_results_of_the_same_operations():
    torch.manual_seed(0)
    network, image = Small(), torch.rand(1, 3, 16, 12)
    trace, seen = traced(network, (16, 12)), []
    output = watched(network, image, lambda each, result: seen.append((each, result.clone())))

    assert [(o.name, o.inputs, o.shape) for o, _ in seen] == [
        (o.name, o.inputs, o.shape) for o in trace.operations
    ]
    results = [result for _, result in seen]
    network.eval()
    assert torch.equal(output, network(image))
    assert torch.equal(results[0], image)
    stem = network.stem(image)
    assert torch.equal(results[1], stem)
    # Dropout in evaluation is the identity, and the addition after it was done in place.
    added = network.block.conv(stem) + stem
    assert torch.equal(results[3], network.block.conv(stem))
    assert torch.equal(results[4], added)
    assert torch.equal(results[5], added.relu())
    assert torch.equal(results[-1], output)


def test_a_pass_with_weights_holds_no_result():
    kept = []
    layers = nn.Sequential(*(nn.Conv2d(3, 3, 1) for _ in range(5)))
    watched(layers, torch.rand(1, 3, 4, 4), lambda _, result: kept.append(weakref.ref(result)))
    # The image and the output are still in use; nothing between them is.
    assert [ref() is None for ref in kept[1:]] == [True] * 5


def test_the_axis_of_the_channels_follows_the_permutations():
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(5)
            self.mix = nn.Linear(5, 7)

        def forward(self, x):
            last = self.mix(self.norm(x.permute(0, 2, 3, 1)))
            back = last.permute(0, 3, 1, 2)
            return back.flatten(2).transpose(1, 2)

    trace = traced(Tokens(), (4, 6), channels=5)
    assert [(o.kind, o.channel_axis) for o in trace.operations] == [
        *((INPUT, 1), ("permute", 3), ("LayerNorm", 3), ("Linear", 3)),
        *(("permute", 1), ("flatten", 1), ("permute", 2)),
    ]
    assert all(o.shape[o.channel_axis] in (5, 7) for o in trace.operations)
