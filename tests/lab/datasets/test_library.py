"""Folders become data sets, or one line says why not; the library knows all of them by name."""

import threading
import time

import pytest
import torch
from PIL import Image

from lab import datasets
from lab.datasets import Dataset, Library, picture_folder
from lab.errors import Missing, UserError
from lab.media import pictures
from lab.parameters import Choice


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "home"))


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


def test_a_folder_is_found_from_anywhere(fruit, monkeypatch):
    monkeypatch.chdir(fruit.parent)
    located = Library().located
    assert located("fruit") == located("./fruit") == str(fruit)
    (fruit.parent / "digits").mkdir()
    assert located("digits") == "digits", "an embedded set comes before a folder of its name"


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
    assert "has 1 image:" in refused(fruit)
    (fruit / "pear/0.png").unlink()
    assert "has 0 images:" in refused(fruit)


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
    assert "has 14 images; up to 13 fit" in refused(fruit)


# --- Library


def test_options_tell_what_is_here_and_what_to_download():
    options = Library().options()
    assert list(options) == ["digits", "photo_patches", "mnist", "fashion_mnist", "cifar10"]
    assert options["cifar10"] == "CIFAR-10 (download, 170 MB)"
    assert "download" not in options["digits"]


def test_data_is_loaded_once():
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
    choice.check("data", str(fruit), lambda *_: library.options())
    choice.check("data", "/no/such", lambda *_: library.options())
    with pytest.raises(UserError, match="did you mean digits"):
        choice.check("data", "digit", lambda *_: library.options())
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
        part = torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.arange(2)
        return Dataset("made", "Made", ("a", "b"), *part, *part, "nowhere")

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
