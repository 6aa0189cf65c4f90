"""A folder is judged by the images in it: pictures in any depth, or classes."""

import pytest
from PIL import Image

from lab.errors import UserError
from lab.media import folders


def fill(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), "red").save(path, "PNG")
    return folder


def several(where, count):
    return [f"{where}/{i}.png" for i in range(count)]


def test_pictures_are_found_in_any_depth_without_suffix_and_in_order(tmp_path):
    fill(tmp_path, "b10.png", "b9.jpg", "a/deep/er/1.png", "scan", "Z.webp", "photo.jpg_large")
    (tmp_path / "IMG_1.HEIC").write_bytes(b"x")
    (tmp_path / "clip.mp4").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "Thumbs.db").write_text("words")
    fill(tmp_path, ".hidden/1.png", "@eaDir/2.png", "__MACOSX/3.png", ".x.png")
    found = folders.contents(tmp_path)
    names = [path.name for path in found.shown]
    assert names == ["1.png", "b9.jpg", "b10.png", "clip.mp4", "photo.jpg_large", "scan", "Z.webp"]
    assert [path.name for path in found.foreign] == ["IMG_1.HEIC"]
    assert [path.name for path in found.others] == ["notes.txt"]
    assert [path.name for path in found.folders] == ["a"]


def test_dead_links_are_found_as_what_they_are_called_and_loops_end(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "again").symlink_to(tmp_path)
    found = folders.contents(tmp_path)
    assert [path.name for path in found.images] == ["gone.png"]


def test_a_whole_disk_is_a_mistake(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MOST", 20)
    fill(tmp_path, *several("a", 15), *several("b", 15))
    with pytest.raises(UserError, match=r"over 20 files in .*: choose a smaller folder"):
        folders.contents(tmp_path)


@pytest.mark.parametrize("stray", [".thumbnails", "@eaDir", ".ipynb_checkpoints", "raw", "edited"])
@pytest.mark.parametrize("holds", [0, 2])
def test_a_stray_folder_makes_no_data_set_of_pictures(tmp_path, stray, holds):
    fill(tmp_path, *several(".", 3), *several(stray, holds))
    (tmp_path / stray).mkdir(exist_ok=True)
    assert folders.classes(tmp_path) is None


def test_pictures_with_a_few_folders_beside_them_are_pictures(tmp_path):
    fill(tmp_path, *several(".", 10), *several("raw", 4), *several("edited", 6))
    assert folders.classes(tmp_path) is None


def test_a_stray_picture_makes_no_pictures_of_a_data_set(tmp_path):
    fill(tmp_path, "preview.png", *several("cat", 4), *several("dog", 4), ".cache/x.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "dog" / "notes.txt").write_text("words")
    (tmp_path / "dog" / "old.heic").write_bytes(b"x")
    found = folders.classes(tmp_path)
    assert {name: len(files) for name, files in found.train.items()} == {"cat": 4, "dog": 4}
    assert found.test is None
    told = found.left.line(8)
    assert told.startswith("3 of 11 files left out")
    for part in (
        "preview.png lies beside the class folders",
        "notes.txt is not",
        "old.heic is HEIC",
    ):
        assert part in told


PARTS = [
    ("train", "valid"),
    ("Train", "Test"),
    ("train", "val"),
    ("TRAINING", "Validation"),
    ("training", "testing"),
]


@pytest.mark.parametrize(("train", "test"), PARTS)
def test_parts_in_any_case_are_never_classes(tmp_path, train, test):
    for part, count in ((train, 4), (test, 2)):
        fill(tmp_path, *several(f"{part}/cat", count), *several(f"{part}/dog", count))
        fill(tmp_path, f"{part}/preview.png", f"{part}/preview0.png")
    (tmp_path / "README.txt").write_text("words")
    found = folders.classes(tmp_path)
    assert {name: len(files) for name, files in found.train.items()} == {"cat": 4, "dog": 4}
    assert {name: len(files) for name, files in found.test.items()} == {"cat": 2, "dog": 2}
    assert found.left.line(12).startswith(
        "5 of 17 files left out: preview.png lies beside the class folders: put it into one "
        "(and 3 more like it)"
    )


def test_of_several_parts_for_testing_one_is_used_and_the_others_are_counted(tmp_path):
    for part in ("train", "valid", "test", "extra"):
        fill(tmp_path, *several(f"{part}/cat", 2), *several(f"{part}/dog", 2))
    found = folders.classes(tmp_path)
    assert all("test" in file.parts for files in found.test.values() for file in files)
    told = found.left.line(8)
    assert "is in valid, which is not used (and 3 more like it)" in told
    assert "is in extra, which is not used (and 3 more like it)" in told


def test_a_part_for_testing_without_labels_is_passed_over(tmp_path):
    fill(tmp_path, *several("train/cat", 3), *several("train/dog", 3), *several("test", 5))
    found = folders.classes(tmp_path)
    assert found.test is None
    assert "is in test, which is not used (and 4 more like it)" in found.left.line(6)


def test_parts_without_class_folders_are_no_data_set(tmp_path):
    fill(tmp_path, *several("train", 5), *several("valid", 5))
    assert folders.classes(tmp_path) is None


def test_train_may_be_a_class(tmp_path):
    fill(tmp_path, *several("car", 3), *several("plane", 3), *several("train", 3))
    assert list(folders.classes(tmp_path).train) == ["car", "plane", "train"]
