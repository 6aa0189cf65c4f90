"""Classifiers with ImageNet weights: names, cards, downloads."""

import pytest
import torch
from torchvision import models as torchvision_models
from torchvision.transforms import v2

from lab.errors import Missing, UserError
from lab.networks import imagenet, models
from lab.networks.shelf import Shelf


@pytest.mark.parametrize("name", ["squeezenet1_1", "mnasnet0_5", "mobilenet_v3_small"])
def test_torchvision_networks_need_no_download_untrained(name):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    classifier = models.load(name, pretrained=False)
    assert torch.equal(torch.get_rng_state(), before)
    assert not classifier.card.trained
    assert not classifier.training
    assert classifier(torch.rand(1, 3, 64, 64)).shape == (1, 1000)
    assert not any(getattr(module, "inplace", False) for module in classifier.modules())


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_networks_with_auxiliary_heads_return_plain_logits(name):
    with torch.device("meta"):
        network = imagenet.network(name, 5)
        assert network(torch.rand(2, 3, 96, 96)).shape == (2, 5)
    assert network.transform_input


def test_regnet_is_restored_though_it_cannot_be_built_on_meta():
    classifier = models.load("regnet_x_400mf", pretrained=False)
    twin = classifier.copy()
    images = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(twin(images), classifier(images))


@pytest.mark.parametrize("name", imagenet.WELL_KNOWN)
def test_the_sizes_of_downloads_are_torchvisions(name):
    size = torchvision_models.get_model_weights(name).DEFAULT.meta["_file_size"] * 2**20
    assert imagenet.WELL_KNOWN[name][1] == round(size / 1e6)


@pytest.mark.parametrize("name", ["efficientnet_b1", "convnext_tiny", "swin_t", "inception_v3"])
def test_the_card_says_what_the_weights_transforms_do(name):
    card = imagenet.card(name)
    seen = torchvision_models.get_model_weights(name).DEFAULT.transforms()
    assert [card.size] == seen.crop_size
    assert [round(card.size / card.crop)] == seen.resize_size
    assert (list(card.mean), list(card.std)) == (seen.mean, seen.std)
    assert card.interpolation == seen.interpolation.value
    assert "espresso" in card.classes


def test_weights_that_are_not_here_can_be_downloaded(downloads):
    with pytest.raises(Missing, match=r"python main\.py download resnet18") as caught:
        models.load("resnet18")
    assert caught.value.item == "resnet18"


def test_downloaded_weights_give_torchvisions_logits(downloads):
    peer = torchvision_models.googlenet(transform_input=True, init_weights=False).eval()
    torch.save(peer.state_dict(), downloads.path("googlenet"))
    classifier = models.load("googlenet")
    images = torch.rand(1, 3, 96, 96)
    normalised = v2.functional.normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(classifier(images), peer(normalised), atol=1e-4, rtol=1e-4)


def test_densenets_old_names_are_understood(downloads):
    state = imagenet.network("densenet121", 1000).state_dict()
    old = {
        key.replace(".norm1", ".norm.1").replace(".conv2", ".conv.2"): tensor
        for key, tensor in state.items()
    }
    assert old.keys() != state.keys()
    torch.save(old, downloads.path("densenet121"))
    assert imagenet.weights("densenet121").keys() == state.keys()


def test_unknown_names_get_the_nearest():
    with pytest.raises(UserError, match=r"did you mean resnet18"):
        models.load("resnet81")
    with pytest.raises(UserError, match="choose efficientnet_lite0"):
        models.load("$$$")


@pytest.mark.parametrize(("name", "size"), [("senet", 224), ("alexnet_slide", 227)])
def test_those_that_were_never_trained_come_with_initial_weights(name, size):
    shelf = Shelf()
    assert f"{name}:untrained" in shelf.options()
    card = shelf.card(f"{name}:untrained")
    assert (card.size, card.trained, card.data) == (size, False, "")
    with pytest.raises(UserError, match=f"no trained weights of .*: choose {name}:untrained"):
        shelf.get(name)
    outline = models.outline(card)
    assert sum(p.numel() for p in outline.parameters()) in (28_088_024, 62_378_344)
    assert not any(getattr(module, "inplace", False) for module in outline.modules())
