"""Evaluation in batches against one pass with torch's own pieces."""

import pytest
import torch
from torch import nn

from lab.training.evaluation import evaluate
from tests.lab.training.test_trainer import network, toy


def test_evaluation_is_one_pass_in_eval_mode():
    data, model = toy(), network()
    model.train()
    *pauses, result = evaluate(model, data.test_images, data.test_labels, batch_size=20)
    assert pauses == [None] * 4
    logits = model(data.test_images.float() / 255)
    expected = nn.functional.cross_entropy(logits, data.test_labels)
    assert result.loss == pytest.approx(expected.item(), rel=1e-5)
    assert result.accuracy == (logits.argmax(1) == data.test_labels).float().mean().item()
    torch.testing.assert_close(result.probabilities, logits.softmax(1).detach())
    assert model.training


def test_each_module_keeps_its_mode():
    model = nn.Sequential(network(), nn.Dropout(0.5))
    model.train()
    model[1].eval()
    list(evaluate(model, toy().test_images, toy().test_labels))
    assert (model.training, model[0].training, model[1].training) == (True, True, False)


def test_float_inputs_are_taken_as_they_are():
    data, model = toy(), network()
    *_, expected = evaluate(model, data.test_images, data.test_labels)
    hidden = model[:3](data.test_images.float() / 255).detach()
    *_, found = evaluate(model[3:], hidden, data.test_labels)
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
