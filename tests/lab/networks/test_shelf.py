import dataclasses
import json
import pickle
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import lab
from lab.errors import Missing, NotYet, UserError
from lab.networks import models, weights
from lab.networks.card import Card
from lab.networks.shelf import STEM, Shelf
from lab.parameters import Choice

DIGITS = tuple("0123456789")
CARD = Card("digits", "Small CNN", "cnn", DIGITS, channels=1, size=28, mean=(0.1,), std=(0.3,))
CARD = dataclasses.replace(CARD, arguments={"width": 4, "hidden": 8}, seed=5, trained=True)
IMAGES = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def downloads(monkeypatch, tmp_path):
    """Downloaded weights, in a folder of the test's own."""
    home = tmp_path / "home"
    (home / "weights").mkdir(parents=True)
    fake = SimpleNamespace(
        home=lambda: home,
        path=lambda name: home / "weights" / f"{name}.pth",
        present=lambda name: (home / "weights" / f"{name}.pth").exists(),
    )
    monkeypatch.setitem(sys.modules, "lab.system.downloads", fake)
    monkeypatch.setattr(lab.system, "downloads", fake, raising=False)
    return fake


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def learned():
    """A classifier a few steps away from its initial weights, still in training."""
    classifier = models.build(CARD).train()
    optimiser = torch.optim.SGD(classifier.parameters(), 0.1)
    for _ in range(3):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(classifier(IMAGES), torch.arange(3)).backward()
        optimiser.step()
    return classifier


@pytest.fixture
def saved(learned, tmp_path):
    return weights.save(learned, tmp_path / "digits.safetensors")


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
        assert shelf.card(str(saved)) == CARD
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
    first, second = (models.first_layer_filters(c) for c in (classifier, again))
    assert (first == second).all()


def test_the_initial_weights_of_a_network_trained_here_come_back(shelf, learned):
    name = shelf.put(learned, "Digits")
    untrained = shelf.untrained(name)
    for key, tensor in models.build(CARD).network.state_dict().items():
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


def test_the_first_layers_of_earlier_are_kept_with_it(shelf, learned, tmp_path):
    early = torch.rand_like(learned.network.conv1.weight)
    learned.history = {10: early, 0: early * 2}
    name = shelf.put(learned, "With a past")
    path = shelf.save(name, tmp_path / "past")
    shelf.remove(name)
    history = shelf.get(shelf.adopt(path)).history
    assert list(history) == [0, 10]
    assert torch.equal(history[10], early)


def test_a_stem_whose_filters_can_be_read_is_always_there(shelf):
    stem = shelf.get(STEM)
    assert shelf.in_hand()[STEM] == stem.card.title
    assert stem.card.metrics["test_accuracy"] > 0.75
    assert list(stem.history)[:3] == [0, 10, 100]
    assert torch.equal(stem.history[0], shelf.untrained(STEM).network.conv1.weight)
    last = list(stem.history.values())[-1]
    assert torch.equal(last, stem.network.conv1.weight)
    with pytest.raises(UserError, match="not trained here"):
        shelf.remove(STEM)


def test_a_network_of_digits_is_always_there_and_its_twin_that_is_hard_to_fool(shelf):
    from lab import datasets
    from lab.attacks import fgsm
    from lab.networks.pixels import to_float

    data = datasets.load("digits")
    images, labels = to_float(data.test_images[:300]), data.test_labels[:300]
    accuracies = {}
    for name in ("digits-cnn", "digits-robust"):
        network = shelf.get(name)
        assert shelf.in_hand()[name] == network.card.title
        assert next(network.parameters()).dtype == torch.float32
        for attacked in (images, fgsm(network, images, labels, 0.25)):
            right = (network(attacked).argmax(1) == labels).float().mean().item()
            accuracies.setdefault(name, []).append(right)
    assert accuracies["digits-cnn"][0] > 0.96
    assert accuracies["digits-cnn"][1] < 0.35
    assert accuracies["digits-robust"][0] > 0.96
    assert accuracies["digits-robust"][1] > 0.88


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


def test_a_kept_file_is_never_another_network(shelf, learned, tmp_path):
    name = shelf.put(learned, "Small CNN")
    first = shelf.keep(name, tmp_path / "kept")
    assert first.name.startswith("small-cnn-")
    assert shelf.keep(name, tmp_path / "kept") == first
    shelf.remove(name)
    with torch.no_grad():
        learned.network.conv1.weight.add_(1)
    assert shelf.put(learned, "Small CNN") == name
    second = shelf.keep(name, tmp_path / "kept")
    assert second != first
    assert len(list(first.parent.iterdir())) == 2
    for path in (first, second):
        assert weights.read(path).card.title == "Small CNN"


def test_a_card_beside_the_file_is_accepted(shelf, learned, tmp_path):
    path = tmp_path / "bare.safetensors"
    safetensors.torch.save_file(learned.network.state_dict(), path)
    path.with_suffix(".json").write_text(CARD.to_json(), encoding="utf-8")
    torch.testing.assert_close(shelf.get(str(path))(IMAGES), learned.eval()(IMAGES))


def test_weights_that_are_not_finite_are_welcome(shelf, learned, tmp_path):
    with torch.no_grad():
        learned.network.conv1.weight[0] = float("nan")
    path = weights.save(learned, tmp_path / "nan.safetensors")
    assert weights.read(path).network.conv1.weight[0].isnan().all()


def test_half_precision_is_read_as_single(learned, tmp_path):
    state = {
        k: v.half() if v.is_floating_point() else v for k, v in learned.network.state_dict().items()
    }
    path = tmp_path / "half.safetensors"
    safetensors.torch.save_file(state, path, {weights.KEY: CARD.to_json()})
    assert weights.read(path).network.conv1.weight.dtype == torch.float32


def test_saving_replaces_a_file_whole_or_not_at_all(learned, saved, monkeypatch):
    before = saved.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(UserError, match="cannot be written: No space left"):
        weights.save(learned, saved)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir() if file.is_file()] == [saved.name]


def test_a_folder_that_is_not_there_is_said(learned, tmp_path):
    with pytest.raises(UserError, match="cannot be written: No such file or directory"):
        weights.save(learned, tmp_path / "nowhere" / "x.safetensors")


def test_a_pickle_is_never_opened(shelf, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    path = tmp_path / "trap.safetensors"
    for write in (lambda: torch.save(Trap(), path), lambda: path.write_bytes(pickle.dumps(Trap()))):
        write()
        with pytest.raises(UserError, match="is a pickle, which can run code"):
            shelf.adopt(path)
    assert not (tmp_path / "sprung").exists()


def test_a_header_may_begin_like_a_pickle(shelf, learned, tmp_path):
    # A header of 640 bytes gives the file a pickle's first two bytes, 0x80 0x02.
    path = tmp_path / "twin.safetensors"
    content = safetensors.torch.save(learned.network.state_dict(), {weights.KEY: CARD.to_json()})
    length = int.from_bytes(content[:8], "little")
    wanted = -(-(length - 0x80) // 256) * 256 + 0x80
    header = content[8 : 8 + length].ljust(wanted)
    path.write_bytes(wanted.to_bytes(8, "little") + header + content[8 + length :])
    assert path.read_bytes()[0] == 0x80
    assert weights.read(path).card == CARD


def damaged(saved, change):
    content = saved.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    tensors = safetensors.torch.load(content)
    card = json.loads(header["__metadata__"][weights.KEY])
    if change == "empty":
        return b""
    if change == "cut short":
        return content[: len(content) // 2]
    if change == "header alone":
        return content[:100]
    if change == "header longer than the file":
        return (2**62).to_bytes(8, "little") + content[8:]
    if change == "text":
        return b"weights, in words"
    if change == "header not JSON":
        return content[:9] + b"\xff" + content[10:]
    if change == "no card":
        return safetensors.torch.save(tensors)
    if change == "card not JSON":
        return safetensors.torch.save(tensors, {weights.KEY: "{"})
    if change == "architecture":
        card["architecture"] = "cnm"
    if change == "size":
        card["size"] = 40
    if change == "far too wide":
        card["arguments"] = {"hidden": 100_000, "width": 10_000}
    if change == "missing":
        del tensors["conv2.weight"]
    if change == "surplus":
        tensors["conv3.weight"] = torch.ones(2)
    if change == "whole numbers":
        tensors["conv1.weight"] = tensors["conv1.weight"].int()
    if change == "history of another layer":
        tensors["history.3"] = tensors["conv2.weight"].clone()
    if change == "history of no step":
        tensors["history.x"] = tensors["conv1.weight"].clone()
    return safetensors.torch.save(tensors, {weights.KEY: json.dumps(card)})


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("empty", "is empty"),
        ("cut short", "is damaged or cut short"),
        ("header alone", "is damaged or cut short"),
        ("header longer than the file", "its header is longer than the file"),
        ("text", "is no .safetensors file"),
        ("header not JSON", "is damaged or cut short"),
        ("no card", "it has no card .* put digits.json beside it"),
        ("card not JSON", "the card is not JSON"),
        ("architecture", "no architecture cnm: did you mean cnn"),
        ("size", r"linear1.weight is \(8, 392\), not \(8, 800\)"),
        ("far too wide", r"conv1.weight is \(4, 1, 5, 5\), not \(10000, 1, 5, 5\)"),
        ("missing", "conv2.weight is missing"),
        ("surplus", "conv3.weight is too many"),
        ("whole numbers", "conv1.weight is torch.int32"),
        ("history of another layer", "history.3 is no first layer"),
        ("history of no step", "history.x is no first layer"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(shelf, saved, change, line):
    saved.write_bytes(damaged(saved, change))
    with pytest.raises(UserError, match=line) as caught:
        shelf.adopt(saved)
    assert str(caught.value).startswith(str(saved))
    assert "\n" not in str(caught.value)
    assert shelf.names_trained_here() == []


def test_what_is_no_file_is_said(shelf, tmp_path):
    with pytest.raises(UserError, match="cannot be read: No such file"):
        shelf.adopt(tmp_path / "gone.safetensors")
    with pytest.raises(UserError, match="cannot be read"):
        shelf.adopt(tmp_path)
    beside = tmp_path / "bare.json"
    safetensors.torch.save_file({"w": torch.ones(1)}, tmp_path / "bare.safetensors")
    beside.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"bare.json cannot be read"):
        shelf.adopt(tmp_path / "bare.safetensors")
