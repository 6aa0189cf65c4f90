"""What does not come in is counted, and told in one line."""

from pathlib import Path

from lab.errors import UserError
from lab.media.left_out import LeftOut


def damaged(path):
    return UserError(f"{path} is damaged or cut short: copy it again")


def test_nothing_left_out_says_nothing():
    left = LeftOut()
    left.add_names([], "is not an image")
    assert not left
    assert left.line(5) == ""


def test_one_is_told_by_its_name_without_its_folder():
    left = LeftOut()
    left.add(Path("/far/away/bad.png"), damaged("/far/away/bad.png"))
    told = left.line(5)
    assert told == "1 of 6 files left out: bad.png is damaged or cut short: copy it again"


def test_those_of_one_kind_are_counted_together():
    left = LeftOut()
    for name in ("a.png", "b.png", "c.png"):
        left.add(Path(f"/x/{name}"), damaged(f"/x/{name}"))
    left.add_names(["d.heic", "e.heic"], "is HEIC: save it as JPEG")
    assert left.count == 5
    assert left.line(61) == (
        "5 of 66 files left out: a.png is damaged or cut short: copy it again "
        "(and 2 more like it); d.heic is HEIC: save it as JPEG (and 1 more like it)"
    )


def test_many_kinds_stay_one_line():
    left = LeftOut()
    for i in range(10):
        left.add_names([f"{i}\n.txt"], f"has fault {i}")
    told = left.line(0)
    assert "\n" not in told
    assert told.startswith("10 of 10 files left out: 0")
    assert told.endswith("7 more for other reasons")


def test_notes_and_what_another_one_counted_are_told_too():
    left, other = LeftOut(), LeftOut()
    other.add_names(["a.txt"], "is not an image")
    other.note("class emu has no image")
    left.join(other)
    assert left.line(1) == "1 of 2 files left out: a.txt is not an image; class emu has no image"
