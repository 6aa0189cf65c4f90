"""Folders of class folders as data sets."""

import pytest
import torch
from PIL import Image

from lab import datasets
from lab.datasets import picture_folder
from lab.errors import UserError
from lab.media import pictures
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


def test_more_than_fits_is_refused_before_reading(fruit, monkeypatch):
    monkeypatch.setattr(picture_folder, "LIMIT", 3 * 64 * 64 * 13)
    monkeypatch.setattr(pictures, "read", None)
    assert "has 14 images; up to 13 fit" in refused(fruit)
