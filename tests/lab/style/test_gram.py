"""Content, style and total variation against their formulas, and features against plain passes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from lab.errors import UserError
from lab.networks import architecture, imagenet, models
from lab.networks.card import Card
from lab.networks.models import Classifier
from lab.style import gram
from lab.style.features import Features

# A layer of N = 2 maps with M = 2 x 3 places, and a style's answer at the same layer.
F = torch.tensor([[[[1.0, 2, 0], [0, 1, 1]], [[0, 1, 3], [2, 0, 1]]]])
A = torch.tensor([[[[2.0, 0, 1], [1, 1, 0]], [[1, 1, 0], [0, 2, 1]]]])


def picture(height=24, width=32, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_gram_of_a_worked_example():
    # By hand: 1+4+1+1 = 7; 0+2+0+0+0+1 = 3; 1+9+4+1 = 15.
    assert gram.gram(F).tolist() == [[[7, 3], [3, 15]]]
    assert gram.gram(A).tolist() == [[[7, 4], [4, 7]]]
    assert torch.allclose(gram.mean_gram(F), gram.gram(F) / 6)


def test_style_loss_of_a_worked_example_is_the_papers():
    # E = 1 / (4 * 2^2 * 6^2) * (0 + 1 + 1 + 64)
    found = gram.style_loss(F, gram.mean_gram(A))
    assert float(found) == pytest.approx(66 / 576, rel=1e-6)


def test_style_loss_equals_the_papers_sum_over_indices():
    random = np.random.default_rng(0)
    f, a = random.normal(size=(2, 5, 4, 7))
    total = 0.0
    for i in range(5):
        for j in range(5):
            total += ((f[i] * f[j]).sum() - (a[i] * a[j]).sum()) ** 2
    wanted = total / (4 * 5**2 * 28**2)
    target = gram.mean_gram(torch.from_numpy(a)[None])
    found = gram.style_loss(torch.from_numpy(f)[None], target)
    assert float(found) == pytest.approx(wanted, rel=1e-6)


def test_content_loss_of_a_worked_example_is_the_papers():
    # 1/2 * (1+4+1+1+0+1 + 1+0+9+4+4+0)
    assert float(gram.content_loss(F, A)) == pytest.approx(13, rel=1e-6)


def test_gradients_are_the_papers():
    f, target = F.clone().requires_grad_(), gram.mean_gram(A)
    (found,) = torch.autograd.grad(gram.style_loss(f, target), f)
    # Equation 6: 1 / (N^2 M^2) (F^T (G - A))^T.
    difference = gram.gram(F)[0] - gram.gram(A)[0]
    wanted = (difference @ F.flatten(2)[0]) / (2**2 * 6**2)
    assert torch.allclose(found.flatten(2)[0], wanted, rtol=1e-6)
    (found,) = torch.autograd.grad(gram.content_loss(f, A), f)
    assert torch.allclose(found, F - A)


def test_total_variation_of_a_ramp():
    ramp = torch.arange(5.0).expand(1, 1, 4, 5)
    assert float(gram.total_variation(ramp)) == 1
    assert float(gram.total_variation(3 * ramp.transpose(2, 3))) == 9
    assert float(gram.total_variation(torch.ones(1, 3, 4, 4))) == 0


def test_a_style_of_another_size_weighs_the_same():
    twice = torch.cat([F, F], 3)
    assert torch.allclose(gram.mean_gram(twice), gram.mean_gram(F))
    assert float(gram.style_loss(twice, gram.mean_gram(F))) == pytest.approx(0, abs=1e-12)


def test_each_loss_of_a_target_is_one_for_no_answer_and_none_for_its_own():
    target = gram.Target({"c": A}, {"s": gram.mean_gram(A), "t": 100 * gram.mean_gram(F)})
    nothing = {name: torch.zeros_like(A) for name in "cst"}
    lost = target.losses(nothing, picture())
    assert float(lost.content) == pytest.approx(1)
    assert float(lost.style) == pytest.approx(1)
    assert {name: float(value) for name, value in lost.layers.items()} == pytest.approx(
        {"s": 1, "t": 1}
    )
    own = target.losses({"c": A, "s": A, "t": 10 * F}, picture())
    assert float(own.content) == 0
    assert float(own.style) == pytest.approx(0, abs=1e-10)
    # Elsewhere each is the paper's loss over what it is for no answer.
    found = target.losses({"c": F, "s": F, "t": 10 * F}, picture())
    whole = float(gram.content_loss(torch.zeros_like(A), A))
    assert float(found.content) == pytest.approx(13 / whole)
    assert float(found.layers["s"]) == pytest.approx(66 / (49 + 16 + 16 + 49))


def test_a_layer_that_answers_nothing_to_the_style_asks_nothing():
    target = gram.Target({}, {"s": torch.zeros(1, 2, 2)})
    lost = target.losses({"s": F}, picture())
    assert float(lost.style) == 0
    assert float(lost.content) == 0


def test_blended_styles_lie_between_the_two():
    first, second = {"s": gram.mean_gram(F)}, {"s": gram.mean_gram(A)}
    assert torch.equal(gram.blended(first, second, 0)["s"], first["s"])
    assert torch.equal(gram.blended(first, second, 1)["s"], second["s"])
    half = gram.blended(first, second, 0.5)["s"]
    assert torch.allclose(half, (first["s"] + second["s"]) / 2)


def small(name):
    card = replace(imagenet.card(name), size=64, trained=False)
    return models.build(card).frozen()


@pytest.fixture(scope="module")
def lite0():
    return models.load("efficientnet_lite0")


@pytest.fixture(scope="module")
def vgg():
    return small("vgg11")


def test_features_are_what_the_layers_answer_though_the_network_goes_no_further(lite0):
    features = Features(lite0, ("stem.relu", "blocks.1.1"))
    ran = []
    handle = features.network.head.register_forward_hook(lambda *_: ran.append(1))
    found = features(picture())
    handle.remove()
    network, pixels = lite0.network, picture()
    with torch.no_grad():
        stem = network.stem(lite0.normalise(pixels))
        later = network.blocks[:2](stem)
    assert torch.allclose(found["stem.relu"], stem, atol=1e-4)
    assert torch.allclose(found["blocks.1.1"], later, atol=1e-3)
    assert not ran
    assert not any(m._forward_hooks for m in lite0.modules())
    assert not any(m._forward_hooks for m in features.network.modules())


def test_the_gradient_reaches_the_picture_and_nothing_else(lite0):
    pixels = picture().requires_grad_()
    answers = Features(lite0, ("blocks.0.0",))(pixels)
    answers["blocks.0.0"].square().sum().backward()
    assert pixels.grad is not None
    assert float(pixels.grad.abs().sum()) > 0
    assert all(parameter.grad is None for parameter in lite0.parameters())


def test_a_convolution_is_read_as_it_was_before_the_next_layer_wrote_over_it(vgg):
    found = Features(vgg, ("features.0", "features.1"), autocast=False)(picture())
    with torch.no_grad():
        wanted = vgg.network.features[0](vgg.normalise(picture()))
    assert torch.allclose(found["features.0"], wanted, atol=1e-5)
    assert (found["features.0"] < 0).any()
    assert torch.allclose(found["features.1"], wanted.clamp(min=0), atol=1e-5)


def test_a_convolution_is_read_before_its_batch_normalisation(lite0):
    found = Features(lite0, ("stem.conv", "stem.relu"))(picture())
    with torch.no_grad():
        wanted = lite0.network.stem.conv(lite0.normalise(picture()))
    assert torch.allclose(found["stem.conv"], wanted, atol=1e-4)


def test_average_pooling_stands_where_maximum_pooling_stood(vgg):
    names, exact = ("features.3",), {"autocast": False}
    maximum = Features(vgg, names, **exact)(picture())["features.3"]
    average = Features(vgg, names, pooling="average", **exact)(picture())["features.3"]
    with torch.no_grad():
        relu = vgg.network.features[:2](vgg.normalise(picture()))
        pooled = nn.functional.avg_pool2d(relu, 2)
        assert torch.allclose(average, vgg.network.features[3](pooled), atol=1e-5)
        assert not torch.allclose(average, maximum, atol=1e-3)
    assert isinstance(vgg.network.features[2], nn.MaxPool2d), "the shelf's own is as it was"


def test_in_bfloat16_answers_and_gradients_are_nearly_the_same(vgg):
    found = []
    for autocast in (False, True):
        pixels = picture(48, 64).requires_grad_()
        answer = Features(vgg, ("features.9",), autocast=autocast)(pixels)["features.9"]
        assert answer.dtype == torch.float32
        (gradient,) = torch.autograd.grad(gram.gram(answer).square().sum(), pixels)
        found.append((answer.flatten(), gradient.flatten()))
    for exact, quick in zip(*found, strict=True):
        assert torch.cosine_similarity(exact, quick, dim=0) > 0.99


def test_weights_are_shared_with_the_classifier(vgg):
    averaging = Features(vgg, ("features.3",), pooling="average")
    first = averaging.network.features[0].weight
    assert first.data_ptr() == vgg.network.features[0].weight.data_ptr()


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ((), "no layers: choose at least one"),
        (("stem.rely",), "EfficientNet-Lite0 has no layer stem.rely: did you mean stem.relu"),
        (("classifier",), "classifier of EfficientNet-Lite0 has no maps of rows and columns"),
    ],
)
def test_a_layer_that_cannot_be_read_is_told_in_one_line(lite0, names, line):
    with pytest.raises(UserError, match=line):
        Features(lite0, names)


def test_a_picture_too_small_for_the_network_is_told_in_one_line(vgg):
    features = Features(vgg, ("features.19",))
    with pytest.raises(UserError, match=r"vgg11 takes no image of 8 × 8 px here: choose an"):
        features(picture(8, 8))


def test_a_network_without_maps_is_told_in_one_line():
    card = Card("m", "M", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,))
    flat = Classifier(card, architecture.build("mlp", 1, 28, 2)).frozen()
    with pytest.raises(UserError, match="relu1 of M has no maps"):
        Features(flat, ("relu1",))
