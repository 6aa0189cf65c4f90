"""Each kind of drop and paste becomes the right import job, or one line that says what to do."""

import os
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, QMimeData, Qt, QUrl

from gui.documents import dropped_files
from gui.documents.dropped_files import Intake, Taken, Told
from lab.errors import UserError
from tests.gui.documents.test_web_pictures import data_url, png
from tests.gui.inputs import files, pasted, photograph


@pytest.fixture
def intake(qapp):
    def adopt(path):
        return SimpleNamespace(name=f"data {path.name}", left_out="1 of 9 files left out")

    return Intake(adopt, lambda path: f"model {path.name}", lambda picture: picture)


def taken(intake, mime):
    return list(intake.mime(mime)())


def html(text):
    mime = QMimeData()
    mime.setHtml(text)
    return mime


def words(text):
    mime = QMimeData()
    mime.setText(text)
    return mime


def folder_of(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (200, 30, 30)).save(folder / name, "PNG")
    return folder


def names(items):
    return [item.name for item in items if not isinstance(item, Told)]


def test_files_and_models_by_what_they_are(intake, tmp_path):
    (red,) = taken(intake, files(photograph(tmp_path / "red.png")))
    assert (red.name, red.size) == ("red", (60, 80))
    for name in ("net.safetensors", "net.PTH"):
        assert taken(intake, files(tmp_path / name)) == [Taken("model", f"model {name}")]


def test_several_files_come_in_the_order_in_which_they_were_dropped(intake, tmp_path):
    order = [7, 0, 3, 9, 1, 8]
    paths = [photograph(tmp_path / f"{i}.png") for i in order]
    assert names(taken(intake, files(*paths))) == [str(i) for i in order]


def test_a_folder_of_pictures_comes_in_whole_and_the_rest_is_counted(intake, tmp_path):
    folder_of(tmp_path, "b.jpg", "a.png", "raw/c.png", "scan", ".thumbnails/x.png")
    (tmp_path / "notes.txt").write_text("no image")
    for i in range(3):
        (tmp_path / f"IMG_{i}.HEIC").write_bytes(b"x")
    *shown, told = taken(intake, files(tmp_path))
    assert names(shown) == ["a", "b", "c", "scan"]
    assert told == Told(
        "4 of 8 files left out: IMG_0.HEIC is HEIC, which cannot be read: save it as JPEG or PNG "
        "(and 2 more like it); notes.txt is not an image"
    )


@pytest.mark.parametrize("fault", ["words", "cut", "link", "empty"])
def test_one_bad_file_among_good_ones_is_left_out(intake, tmp_path, fault):
    bad = folder_of(tmp_path, *(f"a{i}.png" for i in range(6))) / "a3.png"
    if fault == "link":
        bad.unlink()
        bad.symlink_to(tmp_path / "nowhere.png")
    else:
        bad.write_bytes({"words": b"words", "cut": bad.read_bytes()[:50], "empty": b""}[fault])
    for mime in (files(tmp_path), files(*sorted(tmp_path.iterdir()))):
        *shown, told = taken(intake, mime)
        assert names(shown) == ["a0", "a1", "a2", "a4", "a5"]
        assert told.line.startswith("1 of 6 files left out: a3.png is ")


def test_what_is_bad_alone_is_told_as_the_command_line_does(intake, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("words")
    with pytest.raises(UserError) as caught:
        taken(intake, files(bad))
    assert str(caught.value).startswith(f"{bad} is not an image that can be read")
    other = tmp_path / "other.png"
    other.write_text("words")
    with pytest.raises(UserError, match=r"2 of 2 files left out: bad\.png is not an image"):
        taken(intake, files(bad, other))


def test_more_pictures_than_a_table_holds_are_counted(intake, tmp_path, monkeypatch):
    monkeypatch.setattr(dropped_files, "MOST", 12)
    folder_of(tmp_path, *(f"{i}.png" for i in range(20)))
    *shown, told = taken(intake, files(tmp_path))
    assert names(shown) == [str(i) for i in range(12)]
    assert told.line.startswith("8 of 20 files left out: 12.png comes after the first 12")


@pytest.mark.parametrize("parts", [("cat", "dog"), ("train/cat", "train/dog", "valid/cat")])
def test_a_folder_of_classes_becomes_data(intake, tmp_path, parts):
    folder_of(tmp_path, *(f"{part}/{i}.png" for part in parts for i in range(3)), "preview.png")
    name = tmp_path.name
    assert taken(intake, files(tmp_path)) == [
        Taken("data", f"data {name}"),
        Told(f"{name}: 1 of 9 files left out"),
    ]


@pytest.mark.parametrize("inside", [[], [".thumbnails"], ["notes.txt"], ["empty"]])
def test_a_folder_without_images_is_refused(intake, tmp_path, inside):
    for name in inside:
        if name == "notes.txt":
            (tmp_path / name).write_text("words")
        else:
            (tmp_path / name).mkdir()
    with pytest.raises(UserError, match="holds no images"):
        taken(intake, files(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_a_name_that_is_no_utf8_is_found(intake, tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9 #1 100%.png"
    with open(path, "wb") as file:
        file.write(png())
    mime = QMimeData()
    mime.setData(
        "text/uri-list", QByteArray(os.fsencode(tmp_path.as_uri()) + b"/caf%E9%20%231%20100%25.png")
    )
    (picture,) = taken(intake, mime)
    assert picture.size == (3, 4)


def test_pasted_pixels_come_in_as_they_are(intake):
    (picture,) = taken(intake, pasted(Qt.GlobalColor.green))
    assert (picture.pixels == np.uint8([0, 255, 0])).all()
    assert picture.name == "pasted image"


def test_an_image_in_html_goes_before_the_link_around_it(intake, tmp_path):
    address = QUrl.fromLocalFile(str(photograph(tmp_path / "web.png"))).toString()
    page = f'<a href="http://127.0.0.1:9/page"><img alt="x" src="{address}"></a>'
    (picture,) = taken(intake, html(page))
    assert picture.size == (60, 80)


@pytest.mark.parametrize("wrap", [lambda url: html(f"<img src='{url}'>"), words])
def test_an_image_in_a_data_url(intake, wrap):
    (picture,) = taken(intake, wrap(data_url(png())))
    assert (picture.pixels == np.uint8([10, 20, 30])).all()


def test_all_images_of_a_selection_come_in_and_what_cannot_be_fetched_is_told(intake):
    shown = f'<img src="{data_url(png())}"><img src="http://127.0.0.1:1/cat.png">'
    picture, told = taken(intake, html(shown))
    assert picture.size == (3, 4)
    assert told.line.startswith("1 of 2 files left out: cannot fetch cat.png: ")


@pytest.mark.parametrize("url", ["data:image/png;base64,a", "data:image/png,", "data:image/png"])
def test_a_damaged_data_url_is_told_in_one_line(intake, url):
    with pytest.raises(UserError) as error:
        taken(intake, words(url))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("form", ["{}\n", '"{}"', " {} ", "file://{}"])
def test_the_path_of_a_file_as_text(intake, tmp_path, form):
    (picture,) = taken(intake, words(form.format(photograph(tmp_path / "red.png"))))
    assert picture.name == "red"


TEXTS = [
    *("", " ", "\n\t", "\u3000", "some words", "tests", ".", "a\0b", "first\nsecond"),
    *("/" + "x" * 300, "x" * 300, "x" * 4095, "/" + "x/" * 2047, "~" + "x" * 400),
]


@pytest.mark.parametrize("text", TEXTS)
def test_other_text_is_no_job(intake, text):
    assert intake.mime(words(text)) is None


@pytest.mark.parametrize("data", [b"", b" ", b"\r\n", b"file:", b"file://"])
def test_blank_addresses_are_no_job_and_never_this_folder(intake, data):
    mime = QMimeData()
    mime.setData("text/uri-list", QByteArray(data))
    assert intake.mime(mime) is None


def test_a_link_that_cannot_be_fetched_is_told(intake):
    mime = QMimeData()
    mime.setUrls([QUrl("http://127.0.0.1:1/pictures/my%20cat.png?size=1")])
    with pytest.raises(UserError, match=r"cannot fetch my cat\.png: "):
        taken(intake, mime)
