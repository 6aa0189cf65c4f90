"""Folders of class folders as data sets."""

import pytest
import torch
from PIL import Image

from lab import datasets
from lab.datasets import picture_folder
from lab.errors import UserError
from lab.networks import models
from lab.networks.card import Card
from lab.networks.models import card_for
from lab.networks.shelf import Shelf
from tests.lab.datasets.samples import painted


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


@pytest.mark.parametrize(
    ("train", "test"),
    [("train", "test"), ("train", "val"), ("Train", "VALID"), ("training", "dev")],
)
def test_folder_with_parts_keeps_them(tmp_path, train, test):
    for k, kind in enumerate(("cat", "dog")):
        for i in range(3):
            painted(tmp_path / "pets" / train / kind / f"{i}.png", (100 * k, 0, 0))
        painted(tmp_path / "pets" / test / kind / "0.png", (100 * k, 0, 99))
    painted(tmp_path / "pets" / train / "preview.png", "white")
    data = datasets.load(tmp_path / "pets")
    assert data.classes == ("cat", "dog")
    assert data.left_out.startswith("1 of 9 files left out: preview.png lies beside")
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


def test_class_with_too_few_pictures_is_left_out_and_said(fruit):
    painted(fruit / "pear/0.png", "green")
    (fruit / "fig").mkdir()
    data = datasets.load(fruit)
    assert data.classes == ("apple", "plum")
    assert data.train_labels.tolist() == [0, 1] * 5
    assert "class pear has too few images: give it 2 or more that can be read" in data.left_out


@pytest.mark.parametrize("fault", ["cut", "words", "link"])
def test_what_cannot_be_read_is_left_out_and_said(fruit, fault):
    broken = fruit / "plum" / "3.png"
    if fault == "cut":
        broken.write_bytes(broken.read_bytes()[:60])
    elif fault == "words":
        broken.write_text("no picture")
    else:
        broken.unlink()
        broken.symlink_to(fruit / "nowhere.png")
    data = datasets.load(fruit)
    assert len(data.train_labels) == 9
    assert len(data.test_labels) == 4
    assert "3 of 16 files left out: " in data.left_out
    assert "3.png is " in data.left_out
    assert "notes.txt is not an image" in data.left_out
    assert (data.train_images[data.train_labels == 0][:, 0] > 150).all()
    assert (data.train_images[data.train_labels == 1][:, 0] == 0).all()


def test_of_a_class_of_which_none_can_be_read_no_label_is_left(tmp_path):
    for i in range(4):
        for kind in ("ant", "cat", "dog"):
            painted(tmp_path / kind / f"{i}.png", (200 if kind == "dog" else 0, 0, 0))
        (tmp_path / "ant" / f"{i}.png").write_text("no picture")
    data = datasets.load(tmp_path)
    assert data.classes == ("cat", "dog")
    assert data.train_labels.tolist() == [0, 1] * 3
    assert data.train_images[:, 0, 0, 0].tolist() == [0, 200] * 3
    for kind in ("cat", "dog"):
        for i in range(4):
            (tmp_path / kind / f"{i}.png").write_text("no picture")
    assert "fewer than two classes with images that can be read" in refused(tmp_path)


def test_folder_of_a_format_that_cannot_be_read(tmp_path):
    for name in ("cat/1.heic", "dog/2.heic"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x")
    assert "is HEIC, which cannot be read" in refused(tmp_path)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("犬", "赤い　鳥"), ("犬", "赤い　鳥")),
        (("chien", "chien\u00a0loup"), ("chien", "chien\u00a0loup")),
        (("👨\u200d👩\u200d👧", "👩\u200d🔬"), ("👨\u200d👩\u200d👧", "👩\u200d🔬")),
        (("caf\udce9", "th\udce9"), ("caf\\xe9", "th\\xe9")),
        (("two\nlines", "zero"), ("two\\nlines", "zero")),
    ],
)
def test_class_folders_are_called_as_people_like(tmp_path, names, labels):
    for name in names:
        for i in range(3):
            painted(tmp_path / "mine" / name / f"{i}.png", "red")
    data = datasets.load(tmp_path / "mine")
    assert data.classes == labels
    card = card_for("cnn", data, 0)
    assert Card.from_json(card.to_json()).classes == labels


def test_a_long_path_is_no_obstacle(tmp_path):
    folder = tmp_path / "/".join(["d" * 200] * 3) / ("data set " + "é" * 100)
    for kind in ("cat", "c" * 250):
        for i in range(3):
            painted(folder / kind / f"{i}.png", "red")
    data = datasets.load(folder)
    assert data.name == str(folder)
    card = card_for("cnn", data, 0)
    assert Card.from_json(card.to_json()) == card
    assert card.data.endswith("é" * 100)
    shelf = Shelf()
    name = shelf.put(models.build(card), card.title)
    assert shelf.save(name, tmp_path / name).is_file()


def test_text_that_is_too_long_for_a_path_is_told(tmp_path):
    for text in ("/" + "x" * 4095, "/a/" + "x/" * 2040, "~" + "x" * 300 + "/y"):
        with pytest.raises(UserError, match="no folder ") as caught:
            datasets.load(text)
        assert len(str(caught.value)) < 400


def test_class_that_has_no_test_pictures(tmp_path):
    for name in ("train/cat", "train/dog", "train/emu", "test/cat", "test/dog"):
        painted(tmp_path / name / "0.png", "red")
    assert "class emu is not in both" in refused(tmp_path)


def test_more_than_fits_is_refused_before_reading(fruit, monkeypatch):
    monkeypatch.setattr(picture_folder, "LIMIT", 3 * 64 * 64 * 13)
    monkeypatch.setattr(picture_folder, "pixels_of", None)
    assert "has 14 images; up to 13 fit" in refused(fruit)
