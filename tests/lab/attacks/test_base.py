"""What all attacks share."""

import pytest
import torch
from torch import nn

from lab import attacks as a
from lab.attacks.base import margin
from tests.lab.attacks.samples import SHAPE


def test_margin_is_the_lead_over_the_largest_other():
    logits = torch.tensor([[1.0, 4.0, 2.0], [3.0, 1.0, 2.5]])
    assert margin(logits, torch.tensor([1, 1])).tolist() == [2.0, -2.0]


X, Y = torch.full((2, *SHAPE), 0.5), torch.tensor([0, 1])


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda m: a.fgsm(m, X[0], Y, 0.1), r"images are float \(N, C, H, W\)"),
        (lambda m: a.fgsm(m, (X * 255).byte(), Y, 0.1), "not torch.uint8"),
        (lambda m: a.fgsm(m, X * 3, Y, 0.1), r"in \[0, 1\], not in \[1.5, 1.5\]"),
        (lambda m: a.pgd(m, X * torch.nan, Y, 0.1, 0.1, 1), r"in \[0, 1\]"),
        (lambda m: a.pgd(m, X, Y[:1], 0.1, 0.1, 1), r"labels of 2 images are int64 \(2,\)"),
        (lambda m: a.pgd(m, X, Y.float(), 0.1, 0.1, 1), "not torch.float32"),
        (lambda m: a.pgd(m, X, Y + 1, 0.1, 0.1, 1), "label 2 is out of range: .* 0 to 1"),
        (lambda m: a.deepfool(m, X, Y - 1), "label -1 is out of range"),
        (lambda m: a.carlini_wagner(m, X, Y + 5), "label 6 is out of range"),
        (lambda m: a.fgsm(m, X, Y, -0.1), "epsilon=-0.1: it must be 0 or more"),
        (lambda m: a.pgd(m, X, Y, 0.1, -1, 1), "step=-1"),
        (lambda m: a.pgd(m, X, Y, float("nan"), 1, 1), "epsilon=nan"),
        (lambda m: a.pgd(m, X, Y, 0.1, 0.1, 1, "l7"), "norm=l7"),
        (lambda m: a.deepfool(m, X, Y, candidates=1), "candidates=1"),
        (lambda m: a.carlini_wagner(m, X, Y, confidence=-1), "confidence=-1"),
        (lambda m: a.noise(X, -1), "epsilon=-1"),
        (lambda m: a.fgsm(nn.Identity(), X, Y, 0.1), "must return logits"),
    ],
)
def test_bad_input_is_told_in_one_line(call, line, linear):
    with pytest.raises(ValueError, match=line):
        call(linear)
