import resource

import pytest
import torch
from torchvision import models

from lab.errors import UserError
from lab.networks import lecture_networks as own
from lab.structure import networks
from lab.structure.families import FAMILIES, NETWORKS, OWN, family
from lab.structure.trace import traced
from tests.speed import units

TORCHVISION = models.list_models(module=models)


def test_every_classifier_of_torchvision_has_a_family():
    assert sorted(NETWORKS) == sorted([*TORCHVISION, *OWN])
    assert sum(len(each.networks) for each in FAMILIES) == len(NETWORKS)
    assert sum(each.lecture for each in FAMILIES) == 17
    assert [each.year for each in FAMILIES] == sorted(each.year for each in FAMILIES)
    assert family("vgg16").paper == "Simonyan, Zisserman, 2014"


@pytest.mark.parametrize("name", TORCHVISION)
def test_parameters_and_multiply_adds_are_the_published_ones(name):
    stated = networks.published(name)
    trace = networks.trace(name)

    assert trace.parameters == stated.parameters
    # Stated to three decimals of 10^9: ShuffleNetV2 x0.5's 0.040 may be 1.25 % off.
    assert trace.multiply_adds / 1e9 == pytest.approx(stated.multiply_adds, rel=0.01, abs=5e-4)
    unused = trace.parameters - sum(each.parameters for each in trace.operations)
    # Inception's auxiliary classifier, which evaluation does not run.
    assert unused == (3326696 if name == "inception_v3" else 0)


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        *(("alexnet", 8), ("vgg16", 16), ("vgg19_bn", 19), ("googlenet", 22), ("resnet18", 18)),
        *(("resnet50", 50), ("densenet121", 121), ("densenet201", 201), ("inception_v3", 48)),
        *(("wide_resnet50_2", 50), ("resnext101_32x8d", 101), ("mobilenet_v2", 53)),
    ],
)
def test_layers_are_those_in_the_name(name, layers):
    assert networks.trace(name).layers == layers


@pytest.mark.parametrize("name", ["vit_h_14", "regnet_y_128gf"])
def test_the_largest_networks_take_no_memory_and_little_time(name):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = []

    def opened():
        made.append(networks.skeleton(name))
        traced(made[0], 224)

    # Measured: 60 (0.6 to 1 s).
    assert units(opened) < 400
    network = made[0]
    # Their weights would take 2.5 GB. ru_maxrss is in kilobytes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert all(tensor.is_meta for tensor in network.state_dict().values())


def test_the_slides_alexnet_has_its_13_rows():
    trace = networks.trace("alexnet_slide")
    rows = [o for o in trace.operations if o.kind not in ("input", "ReLU", "flatten")]
    assert [(o.kind, o.shape[1:], o.kernel, o.stride, o.padding) for o in rows] == [
        ("Conv2d", (96, 55, 55), (11, 11), (4, 4), (0, 0)),
        ("MaxPool2d", (96, 27, 27), (3, 3), (2, 2), (0, 0)),
        ("LocalResponseNorm", (96, 27, 27), None, None, None),
        ("Conv2d", (256, 27, 27), (5, 5), (1, 1), (2, 2)),
        ("MaxPool2d", (256, 13, 13), (3, 3), (2, 2), (0, 0)),
        ("LocalResponseNorm", (256, 13, 13), None, None, None),
        ("Conv2d", (384, 13, 13), (3, 3), (1, 1), (1, 1)),
        ("Conv2d", (384, 13, 13), (3, 3), (1, 1), (1, 1)),
        ("Conv2d", (256, 13, 13), (3, 3), (1, 1), (1, 1)),
        ("MaxPool2d", (256, 6, 6), (3, 3), (2, 2), (0, 0)),
        ("Linear", (4096,), None, None, None),
        ("Linear", (4096,), None, None, None),
        ("Linear", (1000,), None, None, None),
    ]
    # 62,378,344 without the split over two GPUs: by hand, weights and biases.
    assert trace.parameters == sum(
        (
            *(96 * (3 * 121 + 1), 256 * (96 * 25 + 1), 384 * (256 * 9 + 1), 384 * (384 * 9 + 1)),
            *(256 * (384 * 9 + 1), 4096 * (9216 + 1), 4096 * 4097, 1000 * 4097),
        )
    )


def test_the_slides_normalisation_is_the_papers_formula():
    # Krizhevsky et al., section 3.3: b = a / (k + alpha * sum of a^2 over n channels)^beta.
    a = torch.rand(1, 9, 2, 2, generator=torch.Generator().manual_seed(0)) * 50
    norm = networks.skeleton("alexnet_slide").features.norm1
    wanted = torch.empty_like(a)
    for i in range(9):
        near = a[:, max(i - 2, 0) : i + 3].square().sum(1)
        wanted[:, i] = a[:, i] / (2 + 1e-4 * near) ** 0.75
    assert torch.allclose(norm(a), wanted, rtol=1e-5)


def test_se_resnet_50_is_a_resnet_50_with_an_excitation_in_each_block():
    trace = networks.trace("senet")
    # The count of SE-ResNet-50 in timm and in the paper's Table 2 (28.1 million).
    assert trace.parameters == 28_088_024
    assert sum(o.name.endswith("excitation.multiply") for o in trace.operations) == 16


def test_an_excitation_of_ones_leaves_a_resnet_block_as_it_is():
    torch.manual_seed(0)
    block = own._Excited(32, 8).eval()
    plain = models.resnet.Bottleneck(32, 8).eval()
    plain.load_state_dict({k: v for k, v in block.state_dict().items() if "excitation" not in k})
    torch.nn.init.zeros_(block.excitation.fc2.weight)
    x = torch.rand(2, 32, 5, 5)
    torch.nn.init.constant_(block.excitation.fc2.bias, 50)
    assert torch.equal(block(x), plain(x))
    # A weight of 1/2 for each channel: the residual is halved, the skip connection is not.
    torch.nn.init.zeros_(block.excitation.fc2.bias)
    branch = plain.bn3(
        plain.conv3((plain.bn2(plain.conv2((plain.bn1(plain.conv1(x))).relu()))).relu())
    )
    assert torch.allclose(block(x), (branch / 2 + x).relu())


def test_a_skeleton_is_what_is_built_with_weights():
    for name in ("regnet_y_400mf", "shufflenet_v2_x0_5", "squeezenet1_1"):
        real, bare = networks.fresh(name), networks.skeleton(name)
        assert {n: t.shape for n, t in real.state_dict().items()} == {
            n: t.shape for n, t in bare.state_dict().items()
        }
        assert not any(t.is_meta for t in real.state_dict().values())


@pytest.mark.parametrize(
    ("name", "near"),
    [("resnet5", "resnet50"), ("se-net", "senet"), ("VGG-16", "vgg16"), ("alexnet_slid", "slide")],
)
def test_a_wrong_name_gets_one_line_with_the_nearest(name, near):
    with pytest.raises(UserError, match=f"no network {name}: did you mean .*{near}"):
        networks.trace(name)


def test_a_name_like_no_other_gets_examples():
    with pytest.raises(UserError, match="no network zzz: choose resnet50, senet, alexnet_slide"):
        networks.size("zzz")


def test_published_figures():
    stated = networks.published("resnet50")
    assert (stated.size, stated.smallest, stated.parameters) == (224, 1, 25557032)
    assert stated.accuracy == pytest.approx(0.7613)
    assert stated.recipe == "IMAGENET1K_V1"
    assert networks.published("vit_h_14").recipe == "IMAGENET1K_SWAG_LINEAR_V1"
    assert networks.published("senet") is None
    assert networks.size("alexnet_slide") == 227


def test_a_function_lies_in_the_module_that_calls_it():
    """DenseNet's blocks are containers that concatenate."""
    trace = networks.trace("densenet121")
    joined = trace.operations[trace.index("features.denseblock1.concatenate")]
    assert (joined.module, joined.shape[1]) == ("features.denseblock1", 256)
    assert all(each.module for each in trace.operations if each.kind == "concatenate")
