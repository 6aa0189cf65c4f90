"""Occlusion, against a loop that hides the picture and runs the whole model each time."""

import importlib.util
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from lab.errors import UserError
from lab.exhibits.interpreting.occlusion import occlusion_map
from lab.networks import models
from lab.occlusion import convolutions, receptive_fields
from lab.occlusion import occluder as module
from lab.occlusion.occlusion_map import Occluder, coarse_to_fine, positions

EXACT = 1e-4


def lively(model, channels=3, size=64):
    """Batch normalisation that has seen noise once, else fresh networks hardly see the picture."""
    generator = torch.Generator().manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0
    model.train()
    with torch.no_grad():
        model(torch.rand(4, channels, size, size, generator=generator))
    return model.eval()


def picture(channels=3, height=64, width=64):
    return torch.rand(channels, height, width, generator=torch.Generator().manual_seed(1))


def naive(model, image, places, patch, fill=0.0, mask=None):
    """Logits (N, classes), each from a pass over a picture that was hidden pixel by pixel."""
    height, width = patch
    mask = torch.ones(patch, dtype=torch.bool) if mask is None else mask
    fill = torch.as_tensor(fill).expand(image.shape)
    result = []
    for top, left in places:
        hidden = image.clone()
        for y in range(height):
            for x in range(width):
                v, u = top + y, left + x
                if mask[y, x] and 0 <= v < image.shape[1] and 0 <= u < image.shape[2]:
                    hidden[:, v, u] = fill[:, v, u]
        with torch.inference_mode():
            result.append(model(hidden[None])[0])
    return torch.stack(result)


def agree(model, image, places, patch, **options):
    found = Occluder(model, image, patch=patch, **options)
    mask = options.get("shape")
    wanted = naive(model, image, places, patch, options.get("fill", 0.0), mask)
    scale = wanted.abs().max()
    got = found.logits(places)
    assert (got - wanted).abs().max() <= EXACT * scale
    # The patch matters by far more than the tolerance, or the comparison would say nothing.
    assert (wanted - found.baseline).abs().max() > 20 * EXACT * scale
    return found


def opaque(found):
    return [step.kind for step in found.network.steps].index("opaque")


BORDERS = [(0, 0), (0, 48), (56, 16), (8, 60), (24, 24), (27, 33), (-5, 20), (60, 60)]
SHELF = (
    *("efficientnet_lite0", "resnet18", "googlenet", "vgg16", "densenet121"),
    *("mobilenet_v2", "alexnet", "squeezenet1_1"),
)


@pytest.mark.parametrize("name", SHELF)
def test_every_kind_of_network_agrees_with_the_naive_loop(name):
    size = 64
    model = models.load(name, pretrained=False)
    model = lively(model, size=size)
    found = agree(model, picture(), BORDERS[:5], (16, 16))
    # It was followed to its last maps, and not run as a whole.
    assert opaque(found) >= 10


@pytest.mark.parametrize("name", ["cnn", "mlp", "lenet5", "resnet", "alexnet_stem"])
def test_the_small_networks_agree(name):
    from lab.networks.architecture import build

    torch.manual_seed(0)
    model = lively(build(name, 1, 28, 10), 1, 28)
    places = [(0, 0), (3, 5), (20, 24), (27, 27), (10, 10)]
    agree(model, picture(1, 28, 28), places, (7, 7))


class Undecided(nn.Module):
    """Which way it goes depends on the data: no trace can follow."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 5)

    def forward(self, x):
        y = self.one(x) if x.amax() > 0.45 else self.two(x)
        return y.relu().mean((2, 3))


class Squeezed(nn.Module):
    """Channels weighed by their means (Hu et al., 2018), between convolutions."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.weigh = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        y = functional.relu(self.first(x))
        y = y * torch.sigmoid(self.weigh(functional.adaptive_avg_pool2d(y, 1)))
        return functional.relu(self.second(y)).flatten(2).amax(2)


class Odd(nn.Module):
    """What few networks have: gaps, groups, ceil_mode, averages, shortcuts of other sizes."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, (3, 5), (2, 1), padding=(2, 1), dilation=(2, 1))
        self.b = nn.Conv2d(8, 8, 4, padding="same", groups=4)
        self.norm = nn.BatchNorm2d(8)
        self.largest = nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)
        self.mean = nn.AvgPool2d(3, 1, padding=1)
        self.edge = nn.AvgPool2d(3, 1, padding=1, count_include_pad=False)
        self.act = nn.ReLU(inplace=True)
        self.end = nn.Linear(16, 5)

    def forward(self, x):
        x = self.a(x - 0.5)
        y = self.b(x)
        y += x
        y = self.largest(self.norm(y))
        z = torch.cat([self.mean(y), 2 * y], dim=1)
        return self.end(self.act(self.edge(z)).mean((2, 3)))


class Overwriting(nn.Module):
    """It writes over its own map, so that the order of operations matters."""

    def __init__(self):
        super().__init__()
        self.conv, self.act = nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.conv(x)
        z = self.act(y)
        return (y + 2 * z).mean((2, 3))


class Shortcuts(nn.Module):
    """1 x 1 convolutions that take one pixel of several, and sums that are taken twice."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 6, 3, padding=1)
        self.b = nn.Conv2d(6, 6, 3, (2, 3), padding=1)
        self.c = nn.Conv2d(6, 6, 1, (2, 3))
        self.end = nn.Linear(6, 5)

    def forward(self, x):
        x = self.a(x)
        total = self.b(x) + self.c(x)
        # The sum itself is used again: the activation must not have overwritten it.
        y = functional.relu(total) + functional.relu(total + self.c(functional.relu(x + 1.0)))
        return self.end(torch.flatten(functional.adaptive_max_pool2d(y - total, 1), 1))


def test_one_pixel_of_several_and_sums_with_their_activation():
    torch.manual_seed(0)
    model = Shortcuts().eval()
    places = [(y, x) for y in range(0, 50, 7) for x in range(0, 50, 9)] + BORDERS
    found = agree(model, picture(), places, (9, 11))
    kinds = [step.kind for step in found.network.steps]
    assert kinds.count("subsample") == 2
    # Two of the three activations of sums are folded in; the third sum is taken twice.
    assert kinds[: kinds.index("opaque")].count("pointwise") == 6


# An even kernel with "same" pads one side more: what it tests is worth torch's warning.
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("kind", [Undecided, Squeezed, Odd, Overwriting])
def test_what_cannot_be_followed_is_right_all_the_same(kind):
    torch.manual_seed(0)
    model = lively(kind(), size=40)
    found = agree(model, picture(3, 40, 33), [(0, 0), (11, 13), (30, 20), (39, 32)], (10, 12))
    if kind is Squeezed:
        assert opaque(found) == 1  # followed up to where it sees everything
    if kind is Undecided:
        assert opaque(found) == 0


def test_networks_with_squeeze_and_excitation_are_right():
    model = lively(models.load("mobilenet_v3_small", pretrained=False))
    agree(model, picture(), BORDERS[:4], (16, 16))


def small():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU6(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return lively(nn.Sequential(*layers, nn.Linear(8, 5)), size=48)


@pytest.mark.parametrize("fill", [1.0, "mean", "blur", "noise"])
def test_every_fill(fill):
    image = picture(3, 40, 56)
    filled = {
        "mean": image.mean((1, 2), keepdim=True),
        "blur": functional.avg_pool2d(image[None], 5, 1, 2)[0],
        "noise": picture().flip(1)[:, :40, :56],
    }.get(fill, fill)
    agree(small(), image, [(0, 0), (13, 40), (35, 50)], (8, 12), fill=filled)


def test_a_disc_and_a_mask_hide_what_they_cover():
    image, model = picture(3, 40, 56), small()
    mask = torch.rand(9, 12, generator=torch.Generator().manual_seed(2)) > 0.5
    agree(model, image, [(0, 0), (-4, 50), (20, 21)], (9, 12), shape=mask)
    y, x = torch.arange(9)[:, None], torch.arange(12)
    disc = ((y - 4) / 4.5) ** 2 + ((x - 5.5) / 6) ** 2 <= 1
    wanted = naive(model, image, [(20, 21)], (9, 12), mask=disc)
    found = Occluder(model, image, patch=(9, 12), shape="disc").logits([(20, 21)])
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("output", ["logit", "probability"])
def test_the_map_of_a_rectangular_picture_with_a_stride_that_does_not_divide(output):
    image, model = picture(3, 40, 57), small()
    found = occlusion_map(model, image, 3, patch=(8, 12), stride=(7, 10), output=output)
    tops, lefts = positions(40, 57, (8, 12), (7, 10))
    assert tops == [0, 7, 14, 21, 28, 35]
    assert lefts == [0, 10, 20, 30, 40, 50]
    hidden = naive(model, image, [(y, x) for y in tops for x in lefts], (8, 12))
    if output == "probability":
        hidden = hidden.softmax(1)
    assert found.dtype == torch.float32
    wanted = hidden[:, 3].view(6, 6)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.peers
@pytest.mark.parametrize(("patch", "stride"), [((8, 8), (8, 8)), ((10, 12), (10, 9)), (9, 9)])
def test_it_agrees_with_captum(patch, stride):
    if importlib.util.find_spec("captum") is None:
        pytest.skip("captum is not installed (extra `bench`)")
    from captum.attr import Occlusion

    image, model = picture(3, 45, 40), small()
    hidden = occlusion_map(model, image, 2, patch=patch, stride=stride, fill=0.3)
    with torch.inference_mode():
        losses = model(image[None])[0, 2] - hidden
    (ph, pw), (sh, sw) = ((p, p) if isinstance(p, int) else p for p in (patch, stride))
    peer = Occlusion(model).attribute(
        image[None],
        sliding_window_shapes=(3, ph, pw),
        strides=(3, sh, sw),
        target=2,
        baselines=0.3,
    )[0, 0]
    # Captum spreads each loss over its patch: where several cover a pixel, their mean.
    total, count = torch.zeros(45, 40), torch.zeros(45, 40)
    for i, row in enumerate(losses):
        for j, loss in enumerate(row):
            total[i * sh : i * sh + ph, j * sw : j * sw + pw] += loss
            count[i * sh : i * sh + ph, j * sw : j * sw + pw] += 1
    assert (count > 0).all()
    torch.testing.assert_close(total / count, peer, atol=1e-5, rtol=1e-4)


def test_positions_are_captums():
    assert positions(224, 224, 32, 8) == ([i * 8 for i in range(25)],) * 2
    for size, patch, stride in [(45, 10, 9), (40, 12, 10), (33, 33, 5), (28, 7, 1)]:
        tops, _ = positions(size, size, patch, stride)
        assert len(tops) == math.ceil((size - patch) / stride) + 1
        assert tops[-1] < size <= tops[-1] + patch


def test_coarse_to_fine_visits_each_position_once():
    passes = coarse_to_fine(25, 10)
    assert passes[0][:4] == [(0, 0), (0, 4), (0, 8), (4, 0)]
    assert len(passes[0]) == 7 * 3
    visited = [place for part in passes for place in part]
    assert len(visited) == len(set(visited)) == 250
    assert {(y, x) for part in passes[:2] for y, x in part} == {
        (y, x) for y in range(0, 25, 2) for x in range(0, 10, 2)
    }


def test_memory_is_bounded_whatever_the_number_of_positions(monkeypatch):
    model, image = small(), picture(3, 48, 48)
    found = Occluder(model, image, patch=16)
    places = [(y, x) for y in range(0, 33, 2) for x in range(0, 33, 2)]
    monkeypatch.setattr(module, "MEMORY", 200_000)
    largest = 0
    for step in found.network.steps:
        inner = step.whole

        def whole(*given, inner=inner):
            nonlocal largest
            result = inner(*given)
            largest = max(largest, *(4 * t.numel() for t in (*given, result)))
            return result

        object.__setattr__(step, "whole", whole)
    chunks = [(index, logits) for index, logits in found.chunks(places, math.inf)]
    assert len(chunks) > 10
    assert 0 < largest < 200_000
    assert sorted(i for index, _ in chunks for i in index) == list(range(len(places)))
    found.network.padded.clear()
    whole_model = Occluder(Undecided(), image, patch=16)
    assert max(len(index) for index, _ in whole_model.chunks(places[:20])) <= 8


def test_it_takes_breath_between_its_steps():
    found = Occluder(small(), picture(), patch=16)
    pieces = list(found.chunks([(0, 0), (8, 8)], 0.0))
    assert len([index for index, _ in pieces if not index]) >= 3
    assert sorted(pieces[-1][0]) == [0, 1]
    assert not torch.is_inference_mode_enabled()
    assert list(found.chunks([])) == []


def test_without_fused_activations_it_is_as_exact(monkeypatch):
    monkeypatch.setattr(convolutions, "_fuses", [False])
    agree(small(), picture(3, 40, 40), [(0, 0), (11, 13)], (10, 12))


def test_the_model_is_left_as_it_was():
    model, image = small(), picture()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    occlusion_map(model, image, 0, patch=32, stride=16)
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())
    assert torch.equal(image, picture())
    # Its gradients still flow.
    model(image[None]).sum().backward()


OPTIONS = {"patch": 8, "stride": 8}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": 65}, "does not fit"),
        ({"patch": (8, 65)}, "does not fit"),
        ({"patch": (65, 8)}, "does not fit"),
        ({"patch": 0}, "patch 0: choose 1 px"),
        ({"stride": 0}, "stride 0: choose 1 px"),
        ({"stride": (1, -2)}, "choose 1 px"),
        ({"target": 5}, "no class 5: this model has 0 to 4"),
        ({"target": -1}, "no class -1"),
        ({"output": "loss"}, "no output loss: choose logit or probability"),
        ({"image": torch.zeros(1, 3, 64, 64)}, "an image is float"),
        ({"image": torch.zeros(3, 64, 64, dtype=torch.uint8)}, "an image is float"),
        ({"image": torch.full((3, 64, 64), torch.nan)}, "not finite"),
        ({"image": torch.full((3, 64, 64), 1.5)}, "outside of"),
        ({"image": torch.full((3, 64, 64), -0.1)}, "outside of"),
        ({"image": torch.zeros(1, 64, 64)}, "does not take an image"),
        ({"fill": torch.zeros(3, 5, 5)}, "cannot lay a fill"),
        ({"fill": math.nan}, "not finite"),
        ({"shape": "star"}, "no shape star"),
        ({"shape": torch.ones(3, 3, dtype=torch.bool)}, "a mask must be bool"),
    ],
)
def test_bad_input_is_said_in_a_line(change, message):
    given = {"image": picture(), "target": 0} | OPTIONS | change
    with pytest.raises(UserError, match=message) as caught:
        occlusion_map(small(), **given)
    assert "\n" not in str(caught.value)


def test_a_model_in_training_or_without_logits_is_refused():
    with pytest.raises(UserError, match="training mode"):
        Occluder(small().train(), picture(), patch=8)
    with pytest.raises(UserError, match="must return logits"):
        Occluder(nn.Conv2d(3, 2, 3), picture(), patch=8)
    grey = models.load("resnet18", pretrained=False)
    with pytest.raises(UserError, match="takes 3 channels, not 1"):
        Occluder(grey, picture(1), patch=8)


def test_a_patch_beside_the_picture_is_refused():
    with pytest.raises(UserError, match="misses the image"):
        Occluder(small(), picture(), patch=8).logits([(0, 64)])


@pytest.mark.parametrize(
    ("kernel", "stride"), [((3, 3), (1, 1)), ((3, 2), (2, 2)), ((2, 2), (2, 1))]
)
def test_the_separable_max_pooling_is_pytorchs(kernel, stride):
    x = torch.randn(2, 5, 11, 9, generator=torch.Generator().manual_seed(0))
    x[0, 0, 3, 3] = -torch.inf
    for layout in (torch.contiguous_format, torch.channels_last):
        given = x.to(memory_format=layout)
        assert torch.equal(
            receptive_fields.separable_max_pool(given, kernel, stride),
            functional.max_pool2d(given, kernel, stride),
        )


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_a_pooling_of_whole_maps_is_the_layers_own(ceil_mode):
    layer = torch.nn.MaxPool2d(3, 2, padding=1, ceil_mode=ceil_mode)
    x = torch.randn(2, 5, 10, 8, generator=torch.Generator().manual_seed(0))
    inside, _ = receptive_fields.pooling(layer)
    assert torch.equal(receptive_fields.pooled_whole(layer, inside)(x), layer(x))
