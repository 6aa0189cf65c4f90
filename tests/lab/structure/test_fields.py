"""Receptive fields against measured ones, and against published values."""

import pytest
import torch
from torch import nn
from torchvision import models
from torchvision.models.maxvit import PartitionAttentionLayer
from torchvision.ops import SqueezeExcitation

from lab.networks import imagenet
from lab.networks.models import outline
from lab.structure.fields import fields, index_of
from lab.structure.trace import traced


def fields_of(network, size, channels=3):
    """Operation name -> field."""
    trace = traced(network.eval(), size, channels)
    return dict(zip((each.name for each in trace.operations), fields(trace), strict=True))


def last_of(network, size, channels=3):
    """The field of a network's result."""
    return list(fields_of(network, size, channels).values())[-1]


def check_rows(network, size, changed, perturb, dtype=torch.float32):
    """Compares the rows that every unit of every module sees with those that change it.

    perturb(images) changes row i of image i; changed(output) says which values that reached.
    """
    trace = traced(network.eval(), size)
    known, found, outputs = fields(trace), {}, {}
    paths = {each.path for each in trace.operations}
    network.to(dtype)

    def keep(name):
        def hook(_, __, output):
            if isinstance(output, torch.Tensor):
                outputs.setdefault(name, output.clone())

        return hook

    for name, module in network.named_modules():
        if name and name in paths:
            module.register_forward_hook(keep(name))
    images = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    images = images.repeat(size, 1, 1, 1).to(dtype)
    with torch.no_grad():
        network(images)
        plain, outputs = outputs, {}
        perturb(images)
        network(images)
    for name, output in outputs.items():
        field = known[index_of(trace, name)]
        if len(field.axes) != 2:
            continue
        # (lines of the image, rows, columns) of those that are reached.
        spread = changed(output, plain[name]).movedim(field.axes, (1, 2))
        found[name] = seen = spread.flatten(3).any(3) if spread.ndim > 3 else spread
        lines = torch.arange(size)[:, None, None]
        first = torch.where(seen, lines, size).amin(0)
        last = torch.where(seen, lines, -1).amax(0)
        for row in range(field.units[0]):
            for column in {0, field.units[1] // 2, field.units[1] - 1}:
                _, top, _, height = field.box(row, column)
                measured = int(first[row, column]), int(last[row, column])
                assert (top, top + height - 1) == measured, (name, row, column)
    return found


def with_nan(images):
    """Every operation passes NaN on: exact, however little a pixel counts."""
    lines = torch.arange(len(images))
    images[lines, :, lines] = torch.nan


def with_noise(images):
    """For attention under a mask, through which NaN would come and a number does not."""
    lines = torch.arange(len(images))
    generator = torch.Generator().manual_seed(1)
    images[lines, :, lines] = 30 * torch.randn(
        (len(images), 3, images.shape[3]), generator=generator, dtype=images.dtype
    )


NETWORKS = {
    "alexnet": 65,  # pooling of 3 / 2 leaves lines over
    "resnet18": 34,
    "googlenet": 36,  # ceil_mode, branches
    "squeezenet1_1": 52,  # ceil_mode, branches
    "mobilenet_v2": 33,
    "mobilenet_v3_small": 48,  # squeeze-and-excitation
    "shufflenet_v2_x0_5": 48,  # channels that are split and shuffled
    "efficientnet_lite0": 41,  # uneven "same" padding
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_boxes_of_all_layers_are_the_measured_ones(name):
    network = imagenet.network(name, 10)
    found = check_rows(network, NETWORKS[name], lambda out, _: out.isnan(), with_nan)
    assert len(found) > 10


def test_shifted_windows_are_measured_too():
    torch.manual_seed(0)
    network = models.SwinTransformer([2, 2], 8, [2, 2], [1, 1], [4, 4], num_classes=3)
    # 18 and 9 tokens: padded to whole windows of 4 tokens.
    found = check_rows(network, 36, torch.ne, with_noise, torch.float64)
    assert not found["features.1.0.attn"].all()
    assert not found["features.1.1.attn"].all()


class Partition(nn.Sequential):
    """Attention inside windows of 4, or over a grid of 4 by 4, after a convolution."""

    def __init__(self, kind):
        layer = PartitionAttentionLayer(8, 8, 4, kind, (8, 8), 2, nn.GELU, nn.LayerNorm, 0, 0, 0)
        super().__init__(nn.Conv2d(3, 8, 3, stride=2, padding=1), layer)


@pytest.mark.parametrize("kind", ["window", "grid"])
def test_block_and_grid_attention_are_measured_too(kind):
    found = check_rows(Partition(kind), 16, lambda out, _: out.isnan(), with_nan)
    seen = found["1"].any(2)
    # Windows see their half of the rows, more or less; a grid sees nearly all of them.
    assert seen.float().mean() == pytest.approx(0.55 if kind == "window" else 0.8, abs=0.1)


def test_published_fields():
    """Krizhevsky's AlexNet and VGG-16 by Araujo et al., 2019, table 1, and ResNet-50 as there."""
    assert fields_of(outline(imagenet.card("alexnet")).network, 224)["features.12"].size == (
        195,
        195,
    )
    vgg = fields_of(outline(imagenet.card("vgg16")).network, 224)["features.30"]
    assert (vgg.size, vgg.stride, vgg.start) == ((212, 212), (32, 32), (-90, -90))
    resnet = outline(imagenet.card("resnet50")).network
    assert fields_of(resnet, 224)["layer4.2.relu:3"].size == (427, 427)
    # Theirs has the stride in the first convolution of a block, torchvision's in the second.
    for stage in (resnet.layer2, resnet.layer3, resnet.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    found = fields_of(resnet, 224)["layer4.2.relu:3"]
    assert (found.size, found.stride) == ((483, 483), (32, 32))


def test_by_hand():
    """3 x 3 with dilation 2 spans 5; a pooling doubles the stride of what follows."""
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=2, dilation=2), nn.MaxPool2d(2), nn.Conv2d(4, 4, (1, 5))
    )
    dilated, pooled, flat = list(fields_of(network, 32).values())[1:]
    assert (dilated.size, dilated.stride, dilated.start) == ((5, 5), (1, 1), (-2, -2))
    assert (pooled.size, pooled.stride, pooled.start) == ((6, 6), (2, 2), (-2, -2))
    assert (flat.size, flat.stride, flat.start) == ((6, 14), (2, 2), (-2, -2))
    assert flat.units == (16, 12)
    assert flat.box(0, 0) == (0, 0, 12, 4)
    assert flat.box(15, 11) == (20, 28, 12, 4)
    with pytest.raises(IndexError, match="no unit"):
        flat.box(16, 0)
    with pytest.raises(IndexError, match="no unit"):
        flat.box(3)


def conv(**options):
    return nn.Conv2d(3, 4, 3, padding=1, **options)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)),
        nn.Sequential(nn.Flatten(), nn.Linear(4 * 144, 2)),
        SqueezeExcitation(4, 2),
        nn.GroupNorm(2, 4),
    ],
)
def test_what_depends_on_the_whole_input_says_so(layer):
    field = last_of(nn.Sequential(conv(), layer), 12)
    assert field.whole
    assert field.size == (12, 12)
    assert field.sees((0, 0, 12, 12)) == (True, True)


@pytest.mark.parametrize(
    "layer", [nn.BatchNorm2d(4), nn.LocalResponseNorm(5), nn.Dropout2d(), nn.Hardswish()]
)
def test_what_works_in_place_leaves_the_field_as_it_is(layer):
    assert last_of(nn.Sequential(conv(), layer), 12) == last_of(conv(), 12)


def test_the_whole_input_is_what_the_network_reads_of_it():
    """A stride that leaves pixels over: they are seen by nobody."""
    field = last_of(nn.Sequential(nn.Conv2d(3, 4, 3, stride=4), nn.AdaptiveAvgPool2d(1)), 14)
    assert field.box(0, 0) == (0, 0, 11, 11)
    assert field.sees((0, 0, 14, 14)) == (False, False)
    assert field.sees((0, 0, 11, 11)) == (True, True)


def test_adaptive_pooling_into_uneven_windows():
    field = last_of(nn.AdaptiveAvgPool2d(3), 7)
    assert field.size == (3, 3)
    assert [field.box(i, 0)[1::2] for i in range(3)] == [(0, 3), (2, 3), (4, 3)]


def test_tokens_see_their_patch_until_the_first_attention():
    network = models.VisionTransformer(16, 4, 2, 2, 8, 16, num_classes=2)
    found = fields_of(network, 16)
    tokens = found["concatenate"]
    assert tokens.units == (17,)
    assert tokens.box(0) == (0, 0, 0, 0), "the class token sees nothing yet"
    assert tokens.box(1 + 4 * 2 + 3) == (12, 8, 4, 4)
    attended = found["encoder.layers.encoder_layer_0.self_attention"]
    assert attended.whole
    assert attended.box(5) == (0, 0, 16, 16)


class Odd(nn.Module):
    """Something that no rule is known for."""

    def forward(self, x):
        return torch.cumsum(x, 3)


def test_what_is_not_known_counts_as_the_whole_input():
    assert last_of(nn.Sequential(conv(), Odd()), 8).box(0, 0) == (0, 0, 8, 8)


def test_every_operation_of_torchvisions_classifiers_has_a_rule():
    """One network of each family; a field is whole only after what makes it so."""
    mixing = {"AdaptiveAvgPool2d", "Linear", "MultiheadAttention", "mean"}
    for name in ("convnext_tiny", "maxvit_t", "swin_v2_t", "regnet_x_400mf", "inception_v3"):
        card = imagenet.card(name)
        trace = traced(outline(card).network, card.size)
        known = fields(trace)
        for operation, field in zip(trace.operations, known, strict=True):
            before = any(known[i].whole for i in operation.inputs)
            assert not field.whole or before or operation.kind in mixing, (name, operation)
