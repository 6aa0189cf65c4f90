"""The shelf: what it offers, what it keeps, from any thread."""

import subprocess
import sys
import threading

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lab.errors import Missing, NotYet, UserError
from lab.networks import models, weights
from lab.networks.filters import first_layer_filters
from lab.networks.shelf import Shelf
from lab.networks.shipped import STEM
from lab.parameters import Choice
from tests.lab.networks.samples import IMAGES, TRAINED

pytestmark = pytest.mark.usefixtures("downloads")


# What can be chosen


def test_it_offers_the_embedded_and_the_well_known(shelf):
    options = shelf.options()
    assert next(iter(options)) == "efficientnet_lite0"
    assert options["efficientnet_lite0"] == "EfficientNet-Lite0 (ImageNet)"
    assert options["resnet18"] == "ResNet-18 (download, 47 MB)"


def test_what_was_downloaded_is_offered_as_such(shelf, downloads):
    for name in ("resnet18", "squeezenet1_1"):
        downloads.path(name).touch()
    options = shelf.options()
    assert options["resnet18"] == "ResNet-18 (ImageNet)"
    assert options["squeezenet1_1"] == "squeezenet1_1 (ImageNet)"
    assert len(set(options.values())) == len(options)


def test_the_lectures_network_is_the_embedded_one_until_its_own_is_here(shelf, downloads):
    assert shelf.default_style_network() == "efficientnet_lite0"
    downloads.path("vgg19").touch()
    assert shelf.default_style_network() == "vgg19"


class Recorded(TorchDispatchMode):
    """Every operation of PyTorch while it lasts."""

    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.operations.append(func)
        return func(*args, **(kwargs or {}))


def test_what_a_model_is_takes_no_operation_of_pytorch(shelf, saved):
    here = ("efficientnet_lite0", STEM, "digits-robust")
    with Recorded() as recorded:
        cards = [shelf.card(name) for name in here]
        assert shelf.card("resnet18").title == "ResNet-18"
        assert not shelf.card(f"{STEM}:untrained").trained
        assert shelf.card(str(saved)) == TRAINED
    assert recorded.operations == []
    assert cards == [shelf.get(name).card for name in here]
    assert shelf.names_trained_here() == []


def test_layers_are_not_yet_known_until_somebody_looks_into_the_network(shelf):
    with pytest.raises(NotYet, match="ResNet-18"):
        shelf.layers("resnet18", known=True)
    found = shelf.layers("resnet18")
    assert shelf.layers("resnet18", known=True) == found
    assert shelf.layers("resnet18:untrained", "Conv2d", known=True).keys() < found.keys()


def test_a_network_that_cannot_be_built_is_told_each_time_and_tried_once(shelf, monkeypatch):
    tried = []

    def outline(card):
        tried.append(card)
        raise UserError("no such thing")

    monkeypatch.setattr(models, "outline", outline)
    with pytest.raises(UserError, match="no such thing"):
        shelf.layers("resnet18")
    with pytest.raises(UserError, match="no such thing"):
        shelf.layers("resnet18", known=True)
    assert len(tried) == 1


def test_names_that_are_not_offered_can_be_chosen_too(shelf, saved):
    options = shelf.options()
    for name in ("swin_t", "swin_t:untrained", "efficientnet_lite0:untrained", str(saved)):
        assert name not in list(options)
        assert name in options
        Choice("Model", "models").check("model", name, lambda *_: options)
    for name in ("resnet81", "resnet81:untrained", str(saved) + "x", "no.safetensors", 3):
        assert name not in options


def test_listing_does_not_wait_for_torchvision():
    code = (
        "import sys, types; from pathlib import Path\n"
        "sys.modules['lab.system.downloads'] = fake = types.ModuleType('lab.system.downloads')\n"
        "fake.home = lambda: Path('nowhere')\n"
        "import lab; lab.system.downloads = fake\n"
        "from lab.networks.shelf import Shelf\n"
        "Shelf().options(); sys.exit('torchvision' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Getting


def test_a_model_is_loaded_once(shelf):
    first = shelf.get("efficientnet_lite0")
    assert shelf.get("efficientnet_lite0") is first
    assert first.card == shelf.card("efficientnet_lite0")
    assert not any(p.requires_grad for p in first.parameters())


def test_absent_weights_are_missing_and_unknown_names_get_advice(shelf):
    with pytest.raises(Missing) as caught:
        shelf.get("resnet18")
    assert caught.value.item == "resnet18"
    with pytest.raises(UserError, match="did you mean resnet18"):
        shelf.get("resnet81")
    with pytest.raises(UserError, match="did you mean resnet18"):
        shelf.get("resnet81:untrained")
    with pytest.raises(UserError, match=r"no file gone\.safetensors"):
        shelf.get("gone.safetensors")


def test_untrained_networks_need_no_download_and_are_always_the_same(shelf):
    classifier = shelf.get("squeezenet1_1:untrained")
    assert classifier is shelf.untrained("squeezenet1_1")
    assert classifier.card.name == "squeezenet1_1:untrained"
    assert not classifier.card.trained
    again = Shelf().untrained("squeezenet1_1")
    first, second = (first_layer_filters(c) for c in (classifier, again))
    assert (first == second).all()


def test_the_initial_weights_of_a_network_trained_here_come_back(shelf, learned):
    name = shelf.put(learned, "Digits")
    untrained = shelf.untrained(name)
    for key, tensor in models.build(TRAINED).network.state_dict().items():
        assert torch.equal(untrained.network.state_dict()[key], tensor)
    assert untrained.card.title == "Digits, untrained"
    assert untrained.card.metrics == {}


def test_each_device_has_its_own_copy(shelf, learned):
    name = shelf.put(learned, "Digits")
    on_meta = shelf.get(name, "meta")
    assert on_meta.device.type == "meta"
    assert shelf.get(name, "meta") is on_meta
    assert shelf.get(name).device.type == "cpu"


# Networks trained here


def test_what_was_put_stays_as_it_was_while_training_goes_on(shelf, learned):
    before = learned.eval()(IMAGES).detach()
    name = shelf.put(learned.train(), "Small CNN on digits, 97.1 %")
    with torch.no_grad():
        learned.network.conv1.weight.zero_()
    kept = shelf.get(name)
    torch.testing.assert_close(kept(IMAGES), before)
    assert learned.training
    assert not kept.training
    assert not any(p.requires_grad for p in kept.parameters())
    assert name == "small-cnn-on-digits-97-1"
    assert shelf.options()[name] == kept.card.title == "Small CNN on digits, 97.1 %"


def test_names_and_titles_are_unique(shelf, learned):
    names = [shelf.put(learned, title) for title in ("A", "A", "a", "A (2)", "!", "resnet18")]
    options = shelf.options()
    assert len(set(names)) == 6
    assert shelf.names_trained_here() == names
    assert len({options[name] for name in names}) == 6
    assert "resnet18" not in names


def test_titles_must_be_a_line(shelf, learned):
    name = shelf.put(learned, "Digits")
    for title in ("", "two\nlines"):
        with pytest.raises(UserError, match="title must be a line of text"):
            shelf.put(learned, title)
        with pytest.raises(UserError, match="title must be a line of text"):
            shelf.rename(name, title)


def test_renaming_changes_the_title_and_keeps_the_name(shelf, learned):
    name, other = shelf.put(learned, "Digits"), shelf.put(learned, "Others")
    shelf.get(name, "meta")
    shelf.rename(name, "Others")
    assert shelf.options()[name] == "Others (2)"
    assert shelf.options()[other] == "Others"
    assert shelf.get(name, "meta").card.title == "Others (2)"


def test_removing_takes_it_off(shelf, saved):
    name = shelf.adopt(saved)
    shelf.get(name, "meta")
    shelf.remove(name)
    assert name not in shelf.options()
    with pytest.raises(UserError, match="no model"):
        shelf.get(name, "meta")
    assert saved.exists()
    assert shelf.get(str(saved)).card.title == "Small CNN"


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet18", "never-there"])
def test_only_networks_trained_here_can_be_changed(shelf, name):
    with pytest.raises(UserError, match="was not trained here"):
        shelf.remove(name)
    with pytest.raises(UserError, match="was not trained here"):
        shelf.rename(name, "Mine")


def test_listeners_hear_of_changes_and_may_ask(shelf, learned, saved):
    heard = []
    shelf.on_change.append(lambda: heard.append(shelf.options()))
    name = shelf.put(learned, "Digits")
    shelf.rename(name, "Numbers")
    shelf.adopt(saved)
    shelf.remove(name)
    assert [options.get(name) for options in heard] == ["Digits", "Numbers", "Numbers", None]


def test_many_threads_may_use_it(shelf, learned):
    failures = []

    def use(number):
        try:
            for _ in range(5):
                name = shelf.put(learned, f"Network {number}")
                assert name in shelf.options()
                assert shelf.get(name).card.name == name
                shelf.untrained(name)
                shelf.remove(name)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=(i % 2,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert shelf.names_trained_here() == []


# Files


def test_a_saved_network_comes_back_with_its_card_and_its_logits(shelf, learned, tmp_path):
    name = shelf.put(learned, "Digits")
    path = shelf.save(name, tmp_path / "mine")
    assert path == tmp_path / "mine.safetensors"
    other = Shelf()
    adopted = other.get(other.adopt(path))
    assert torch.equal(adopted(IMAGES), shelf.get(name)(IMAGES))
    assert adopted.card == shelf.card(name)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["mine.safetensors"]


@pytest.mark.parametrize("name", ["efficientnet_lite0", "squeezenet1_1:untrained"])
def test_imagenets_networks_can_be_saved_too(shelf, tmp_path, name):
    path = shelf.save(name, tmp_path / "copy.safetensors")
    images = torch.rand(1, 3, 64, 64)
    assert torch.equal(weights.read(path)(images), shelf.get(name)(images))


def test_a_path_is_a_name_and_adopted_once(shelf, saved):
    assert shelf.get(str(saved)) is shelf.get(str(saved))
    assert shelf.card(str(saved)).title == "Small CNN"
    assert shelf.get(f"{saved}:untrained").card.title == "Small CNN, untrained"
    assert len(shelf.names_trained_here()) == 1


def test_a_path_is_found_from_any_folder(shelf, saved, monkeypatch):
    monkeypatch.chdir(saved.parent)
    assert shelf.located("digits.safetensors") == str(saved)
    assert shelf.located("digits.safetensors:untrained") == f"{saved}:untrained"
    for name in ("auto", "efficientnet_lite0", "nowhere.safetensors"):
        assert shelf.located(name) == name


def test_a_file_may_be_adopted_under_a_name_of_its_own(shelf, saved, learned):
    assert shelf.adopt(saved, "mine") == "mine"
    assert shelf.adopt(saved, "mine") == "mine-2", "another network may be there"
    assert shelf.card("mine").title == "Small CNN"
    assert shelf.adopt(saved, "../else/where") == "else-where"
    shelf.remove("else-where")
    assert shelf.adopted() == {"mine-2"} | {"mine"}
    shelf.put(learned, "Another")
    assert shelf.adopted() == {"mine-2"} | {"mine"}
