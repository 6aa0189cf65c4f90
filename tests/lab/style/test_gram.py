"""Content, style and total variation against their formulas, and features against plain passes."""

import numpy as np
import pytest
import torch

from lab.style import gram
from tests.lab.style.samples import picture

# A layer of N = 2 maps with M = 2 x 3 places, and a style's answer at the same layer.
F = torch.tensor([[[[1.0, 2, 0], [0, 1, 1]], [[0, 1, 3], [2, 0, 1]]]])


A = torch.tensor([[[[2.0, 0, 1], [1, 1, 0]], [[1, 1, 0], [0, 2, 1]]]])


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
