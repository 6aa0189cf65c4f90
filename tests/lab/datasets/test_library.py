"""Folders become data sets, or one line says why not; the library knows all of them by name."""

import threading
import time

import pytest
import torch

from lab.datasets import Dataset, Library
from lab.errors import Missing, UserError
from lab.parameters import Choice


def test_a_folder_is_found_from_anywhere(fruit, monkeypatch):
    monkeypatch.chdir(fruit.parent)
    located = Library().located
    assert located("fruit") == located("./fruit") == str(fruit)
    (fruit.parent / "digits").mkdir()
    assert located("digits") == "digits", "an embedded set comes before a folder of its name"


def test_a_folder_that_is_no_data_set_is_not_adopted(fruit):
    library = Library()
    before = library.options()
    with pytest.raises(UserError, match="no class folders"):
        library.adopt(fruit / "plum")
    assert library.options() == before


def test_what_was_left_out_of_folders_is_told(fruit):
    library = Library()
    library.get("digits")
    assert library.left_out() == []
    library.adopt(fruit)
    assert library.left_out() == [
        "fruit: 2 of 16 files left out: notes.txt is not an image (and 1 more like it)"
    ]


@pytest.mark.parametrize("text", ["", " ", "\u3000", "x" * 300, "x" * 4095, "~" + "y" * 300])
def test_text_that_names_nothing_is_no_folder(text):
    with pytest.raises(UserError, match="no data set") as caught:
        Library().get(text)
    assert len(str(caught.value)) < 500
    assert text not in Library().options()


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
    name = library.adopt(fruit).name
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


def test_a_folder_that_is_not_read_yet_has_a_title_and_one_that_is_gone_has_none(fruit, tmp_path):
    options = Library().options()
    assert options[str(fruit)] == "fruit (folder)"
    for gone in (str(tmp_path / "gone"), "gone", ""):
        with pytest.raises(KeyError):
            options[gone]
