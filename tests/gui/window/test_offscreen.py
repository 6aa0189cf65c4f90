"""The tour: what it says while it works, and that one failing exhibit takes no other with it."""

import pytest

from gui.window import offscreen
from lab import catalog
from lab.errors import UserError

ENTRIES = list(catalog.entries())


@pytest.fixture
def shots(monkeypatch):
    """Stands in for the window: the exhibits that were shot; those in `bad` fail."""
    made, bad = [], {}

    def shoot(scene, out, told):
        told("loading", None)
        told("half of it", 0.5)
        if scene.run.exhibit in bad:
            raise bad[scene.run.exhibit]
        out.write_bytes(b"a picture")
        made.append(scene.run.exhibit)

    monkeypatch.setattr(offscreen, "shoot", shoot)
    made_and_bad = made, bad
    return made_and_bad


def test_it_tells_which_exhibit_is_at_work_and_what_is_done_of_all(shots, tmp_path):
    said = []
    offscreen.tour(tmp_path / "tour", lambda status, share: said.append((status, share)))
    count = len(ENTRIES)
    assert shots[0] == [entry.path for entry in ENTRIES]
    assert said[2] == (f"2 of {count}, {ENTRIES[1].title}: loading", 1 / count)
    assert said[3] == (f"2 of {count}, {ENTRIES[1].title}: half of it", 1.5 / count)
    done = [share for _, share in said]
    assert done == sorted(done)
    page = (tmp_path / "tour" / "index.html").read_text(encoding="utf-8")
    assert page.count("<img") == count


@pytest.mark.parametrize("error", [UserError("no such picture: add one"), RuntimeError("broken")])
def test_an_exhibit_that_fails_is_told_and_the_others_are_shown(shots, tmp_path, error):
    made, bad = shots
    bad[ENTRIES[3].path] = error
    with pytest.raises(type(error), match=str(error)):
        offscreen.tour(tmp_path)
    assert len(made) == len(ENTRIES) - 1
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<img") == len(ENTRIES) - 1
    assert str(error) in page
