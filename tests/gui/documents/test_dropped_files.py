"""Each kind of drop and paste becomes the right import job, or one line that says what to do."""

import base64
import io
import urllib.request

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl

from gui.documents import dropped_files
from gui.documents.dropped_files import Intake, Taken
from lab.errors import UserError
from tests.gui.inputs import files, pasted, photograph


@pytest.fixture
def intake(qapp):
    return Intake(lambda path: f"data {path.name}", lambda path: f"model {path.name}", lambda p: p)


def taken(intake, mime):
    (job,) = intake.mime(mime)
    return job()


def html(text):
    mime = QMimeData()
    mime.setHtml(text)
    return mime


def words(text):
    mime = QMimeData()
    mime.setText(text)
    return mime


def data_url(colour=(10, 20, 30)):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def test_files_and_folders_by_what_they_hold(intake, tmp_path):
    (red,) = taken(intake, files(photograph(tmp_path / "red.png")))
    assert (red.name, red.size) == ("red", (60, 80))
    folder = tmp_path / "holiday"
    folder.mkdir()
    for name in ("b.jpg", "a.png"):
        photograph(folder / name)
    (folder / "notes.txt").write_text("no image")
    assert [picture.name for picture in taken(intake, files(folder))] == ["a", "b"]
    assert taken(intake, files(tmp_path)) == Taken("data", f"data {tmp_path.name}")
    for name in ("net.safetensors", "net.PTH"):
        assert taken(intake, files(tmp_path / name)) == Taken("model", f"model {name}")


def test_several_files_are_several_jobs(intake, tmp_path):
    paths = [photograph(tmp_path / f"{i}.png") for i in range(3)]
    assert [job()[0].name for job in intake.mime(files(*paths))] == ["0", "1", "2"]


def test_an_empty_folder_is_refused(intake, tmp_path):
    with pytest.raises(UserError, match="holds no images"):
        taken(intake, files(tmp_path))


def test_pasted_pixels_come_in_as_they_are(intake):
    (picture,) = taken(intake, pasted(Qt.GlobalColor.green))
    assert (picture.pixels == np.uint8([0, 255, 0])).all()
    assert picture.name == "pasted image"


def test_an_image_in_html_goes_before_the_link_around_it(intake, tmp_path):
    address = QUrl.fromLocalFile(str(photograph(tmp_path / "web.png"))).toString()
    page = f'<a href="http://127.0.0.1:9/page"><img alt="x" src="{address}"></a>'
    (picture,) = taken(intake, html(page))
    assert picture.size == (60, 80)


@pytest.mark.parametrize("wrap", [lambda url: html(f'<img src="{url}">'), words])
def test_an_image_in_a_data_url(intake, wrap):
    (picture,) = taken(intake, wrap(data_url()))
    assert (picture.pixels == np.uint8([10, 20, 30])).all()


@pytest.mark.parametrize("url", ["data:image/png;base64,a", "data:image/png,", "data:image/png"])
def test_a_damaged_data_url_is_told_in_one_line(intake, url):
    with pytest.raises(UserError) as error:
        taken(intake, words(url))
    assert "\n" not in str(error.value)


def test_the_path_of_a_file_as_text(intake, tmp_path):
    (picture,) = taken(intake, words(f"{photograph(tmp_path / 'red.png')}\n"))
    assert picture.name == "red"


TEXTS = ["", "some words", "tests", "/" + "x" * 300, "a\0b", "first\nsecond"]


@pytest.mark.parametrize("text", TEXTS)
def test_other_text_is_no_job(intake, text):
    assert intake.mime(words(text)) == []


class Answer(io.BytesIO):
    """What urlopen returns."""


@pytest.mark.parametrize(
    ("answer", "message"),
    [(OSError("no route"), "cannot fetch cat.png"), (Answer(b"x" * 2000), "cat.png is over")],
)
def test_a_link_that_cannot_be_fetched_is_told(intake, answer, message, monkeypatch):
    def urlopen(link, timeout):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(dropped_files, "LARGEST_WEB_PICTURE", 1000)
    with pytest.raises(UserError, match=message):
        taken(intake, words("https://example.org/pictures/cat.png?size=1"))
