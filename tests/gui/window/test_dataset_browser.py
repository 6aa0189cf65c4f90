"""A data set is looked through, and its images are picked for the light table."""

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gui.window.dataset_browser import EVERY, PAGE, DatasetBrowser, page_of
from lab.datasets.library import Library
from tests.gui.conftest import TIMEOUT


@pytest.fixture(scope="module")
def library():
    return Library()


@pytest.mark.parametrize("label", [EVERY, 0, 7])
def test_a_page_has_test_images_of_the_class_in_their_order(library, label):
    data, page = library.get("digits"), page_of(library, "digits", label, 3)
    labels = data.test_labels.numpy()
    wanted = [i for i, own in enumerate(labels) if label in (EVERY, own)]
    assert page.count == len(wanted)
    assert list(page.places) == wanted[3 : 3 + PAGE]
    assert page.images.dtype == np.uint8
    assert page.images.shape[1:] == (*data.size, 3)
    first = data.test_images[page.places[0]].permute(1, 2, 0).numpy()
    assert np.array_equal(page.images[0], np.broadcast_to(first, page.images[0].shape))


@pytest.mark.parametrize("name", ["digits", "photo_patches"])
def test_picked_images_come_to_the_light_table_as_they_are(open_window, qtbot, monkeypatch, name):
    window = open_window()
    keep, saved = window.host.keep, []

    def first_one_last(picture):
        """The first is saved slowly: in jobs of their own the others would come before it."""
        saved.append(picture)
        if len(saved) == 1:
            time.sleep(0.2)
        return keep(picture)

    monkeypatch.setattr(window.host, "keep", first_one_last)
    window.host.browse()
    browser = next(w for w in window.findChildren(DatasetBrowser))
    browser.datasets.setCurrentIndex(browser.datasets.findData(name))
    qtbot.waitUntil(
        lambda: browser.page is not None and browser.images.count() > 0, timeout=TIMEOUT
    )
    browser.labels.setCurrentIndex(browser.labels.findData(1))
    qtbot.waitUntil(
        lambda: browser.page is not None and browser.images.count() > 0, timeout=TIMEOUT
    )
    assert set(browser.page.labels) == {1}
    assert not browser.add.isEnabled()
    for row in (0, 2):
        browser.images.item(row).setSelected(True)
    before = len(window.light_table.pictures)
    qtbot.mouseClick(browser.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.light_table.pictures) == before + 2, timeout=TIMEOUT)
    laid = window.light_table.pictures[-2:]
    assert np.array_equal(laid[0].pixels, browser.page.images[0])
    assert np.array_equal(laid[1].pixels, browser.page.images[2])
    assert all(browser.page.classes[1] in picture.name for picture in laid)
    browser.close()


def test_a_data_set_that_cannot_be_read_says_so_and_another_can_be_chosen(open_window, qtbot):
    window = open_window()
    window.host.browse()
    browser = next(w for w in window.findChildren(DatasetBrowser))
    browser.datasets.setCurrentIndex(browser.datasets.findData("mnist"))
    qtbot.waitUntil(lambda: "download" in browser.words.text(), timeout=TIMEOUT)
    browser.datasets.setCurrentIndex(browser.datasets.findData("digits"))
    qtbot.waitUntil(lambda: browser.images.count() > 0, timeout=TIMEOUT)
    browser.close()
