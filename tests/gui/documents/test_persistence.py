"""Pasted pictures and trained networks are there at the next start, those removed are not."""

import numpy as np
import pytest

from gui.documents.persistence import Persistence
from lab.media import pictures
from lab.media.pictures import Picture
from lab.networks.card import Card
from lab.networks.models import build_style_network
from lab.networks.shelf import Shelf


def painter(title):
    return build_style_network(
        Card("waves", title, "feed_forward", kind="painter", arguments={"width": 4})
    )


def restored(home):
    shelf = Shelf()
    Persistence(home).restore(shelf)
    return [shelf.card(name).title for name in shelf.names_trained_here()]


def test_networks_are_saved_renamed_and_removed_with_the_shelf(tmp_path):
    persistence, shelf = Persistence(tmp_path), Shelf()
    persistence.restore(shelf)
    assert persistence.changes(shelf) is None
    first, _ = (shelf.put(painter(title), title) for title in ("Waves", "Dots"))
    persistence.changes(shelf)()
    assert sorted(restored(tmp_path)) == ["Dots", "Waves"]
    assert persistence.changes(shelf) is None
    shelf.rename(first, "Ink")
    persistence.changes(shelf)()
    assert sorted(restored(tmp_path)) == ["Dots", "Ink"]
    shelf.remove(first)
    persistence.changes(shelf)()
    assert restored(tmp_path) == ["Dots"]


def test_a_damaged_network_is_passed_over(tmp_path):
    persistence, shelf = Persistence(tmp_path), Shelf()
    shelf.put(painter("Waves"), "Waves")
    persistence.changes(shelf)()
    (tmp_path / "shelf" / "broken.safetensors").write_bytes(b"no network")
    assert restored(tmp_path) == ["Waves"]


def test_pasted_pictures_are_saved_until_they_leave_the_light_table(tmp_path):
    persistence = Persistence(tmp_path)
    kept = [
        persistence.keep(Picture("pasted image", np.full((3, 4, 3), value, np.uint8)))
        for value in (10, 20)
    ]
    for picture in kept:
        assert (pictures.read(picture.path).pixels == picture.pixels).all()
    persistence.keep_only([kept[1].path])
    assert list((tmp_path / "pictures").iterdir()) == [kept[1].path]


@pytest.mark.parametrize(
    "name", ["pasted image", "赤い　鳥.png", "IMG 0001 (2).JPG", "x" * 300, "-"]
)
def test_a_pasted_picture_keeps_its_name(tmp_path, name):
    kept = Persistence(tmp_path).keep(Picture(name, np.zeros((3, 4, 3), np.uint8), source="pasted"))
    assert (kept.name, kept.source) == (name, "pasted")
    again = Persistence(tmp_path).named(str(kept.path))
    assert (again.name, again.source) == (name, "pasted")
    assert (again.pixels == kept.pixels).all()


def test_without_a_folder_nothing_is_written(tmp_path):
    persistence, shelf = Persistence(None), Shelf()
    shelf.put(painter("Waves"), "Waves")
    assert persistence.changes(shelf) is None
    picture = Picture("pasted image", np.zeros((3, 4, 3), np.uint8))
    assert persistence.keep(picture) is picture
    persistence.keep_only([])
