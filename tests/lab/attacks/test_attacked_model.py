"""The model under attack predicts in eval mode, folded where it is frozen."""

import torch
from torch import nn

from lab.attacks.attacked_model import AttackedModel


def test_a_frozen_model_is_folded_and_predicts_the_same(small, images):
    frozen = small.eval().requires_grad_(False)
    torch.nn.init.uniform_(frozen[1].running_var, 0.5, 2.0)
    attacked = AttackedModel(frozen)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in attacked.model.modules())
    assert torch.allclose(attacked.logits(images), frozen(images), atol=1e-5)
    logits, gradient = attacked.gradient(images, lambda logits: logits[:, 2])
    leaf = images.clone().requires_grad_()
    (wanted,) = torch.autograd.grad(frozen(leaf)[:, 2].sum(), leaf)
    assert torch.allclose(logits, frozen(images), atol=1e-5)
    assert torch.allclose(gradient, wanted, atol=1e-5)


def test_a_model_in_training_is_left_alone_and_predicts_in_eval_mode(small, images):
    small.train()
    attacked = AttackedModel(small)
    assert attacked.model is small
    logits = attacked.logits(images)
    assert small.training
    assert torch.equal(logits, small.eval()(images))
