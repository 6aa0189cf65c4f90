"""What a folder holds: images in any depth, or the classes of a data set.

A folder is judged by the images in it, never by a stray file or an empty or hidden folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from lab.errors import UserError
from lab.media import formats, videos
from lab.media.decoding import is_image
from lab.media.left_out import LeftOut
from lab.text import line

MOST = 200_000
"""Entries that are looked through: dropping a whole disk is a mistake."""

# Names of the parts of a data set, in any case; the first that has class folders is the test set.
_TRAIN = ("train", "training")
_TEST = ("test", "testing", "val", "valid", "validation", "dev", "eval")
# What systems and programs leave behind, beside names that begin with a dot.
_STRAY = frozenset({"thumbs.db", "desktop.ini", "icon\r", "@eadir", "__macosx", "__pycache__"})
# Characters of a class's label.
_LONGEST = 200

Members = Mapping[str, list[Path]]


@dataclass
class Contents:
    """The files in a folder, and in the folders in it.

    images: images, also without a suffix. videos. foreign: images of a format that cannot be read.
    others: all else. folders: those directly in it, hidden ones left aside.
    """

    images: list[Path] = field(default_factory=list)
    videos: list[Path] = field(default_factory=list)
    foreign: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    @property
    def shown(self) -> list[Path]:
        """Images and videos by name, numbers in the order of their values."""
        return sorted([*self.images, *self.videos], key=_natural)


@dataclass(frozen=True)
class Classes:
    """The files of a data set.

    train, test: label -> its images, by name. test: None where there is no such part. left: what is
    left out.
    """

    train: Members
    test: Members | None
    left: LeftOut


def contents(folder: Path, deep: bool = True) -> Contents:
    """What is in `folder`; unless `deep`, without the files of the folders in it.

    Hidden files and what systems leave behind are passed over; folders are entered, links to
    folders are not. Raises OSError where it cannot be read, UserError where it is too large.
    """
    found = Contents()
    _look(folder, deep, found, count())
    return found


def classes(folder: Path) -> Classes | None:
    """The classes that a folder holds; None where it is no data set.

    With a part for training that has class folders (`train`, `Training`, in any case), its classes
    and those of the part for testing (`valid`, `Test`, ...). Else its folders are the classes, if
    two or more hold images, and fewer images lie beside them than in one of them on average.
    Raises as `contents` does.
    """
    parts = {part.name.lower(): part for part in contents(folder, deep=False).folders}
    train = next((parts.pop(name) for name in _TRAIN if name in parts), None)
    if train is not None:
        left = LeftOut()
        training = _members(train, left)
        if len(training) >= 2:
            return Classes(training, _test(folder, parts, left), left)
        # Without class folders they are parts all the same, never the classes "train" and "valid".
        if any(name in parts for name in _TEST):
            return None
    left = LeftOut()
    members = _members(folder, left)
    beside = contents(folder, deep=False)
    stray = len(beside.images) + len(beside.foreign)
    if len(members) < 2 or stray * len(members) >= sum(map(len, members.values())):
        return None
    return Classes(members, None, left)


def leave_out(found: Contents, left: LeftOut) -> None:
    """Count in `left` what is in `found` and is no image that can be read."""
    for path in found.foreign:
        left.add_names([path.name], formats.foreign_reason(path))
    left.add_names([path.name for path in found.others], "is not an image")


def _look(folder: Path, deep: bool, found: Contents, seen: count[int], top: bool = True) -> None:
    for entry in sorted(folder.iterdir()):
        if next(seen) > MOST:
            raise UserError(f"over {MOST:,} files in {folder}: choose a smaller folder")
        if entry.name.startswith(".") or entry.name.lower() in _STRAY:
            continue
        if not entry.is_dir():
            _kind(entry, found).append(entry)
            continue
        if top:
            found.folders.append(entry)
        if deep and not entry.is_symlink():
            try:
                _look(entry, deep, found, seen, top=False)
            except PermissionError:
                found.others.append(entry)


def _kind(path: Path, found: Contents) -> list[Path]:
    if formats.is_picture_name(path):
        return found.images
    if videos.is_video_name(path):
        return found.videos
    if formats.is_foreign_name(path):
        return found.foreign
    try:
        with path.open("rb") as file:
            return found.images if path.is_file() and is_image(file) else found.others
    except OSError:
        return found.others


def _members(folder: Path, left: LeftOut) -> dict[str, list[Path]]:
    """Label -> images of each class folder that holds some; the rest is counted in `left`."""
    members: dict[str, list[Path]] = {}
    here = contents(folder, deep=False)
    for part in here.folders:
        inside = contents(part)
        inside.others += inside.videos
        leave_out(inside, left)
        if inside.images:
            members.setdefault(line(part.name, _LONGEST), []).extend(inside.images)
        elif inside.foreign:
            left.note(f"no image of class {part.name} can be read")
    left.add_names(
        [path.name for path in here.images], "lies beside the class folders: put it into one"
    )
    here.others += here.videos
    leave_out(here, left)
    return members


def _test(folder: Path, parts: Mapping[str, Path], left: LeftOut) -> Members | None:
    """The classes of the part for testing; what is in other parts is counted in `left`."""
    test: Members | None = None
    for part in sorted(parts, key=lambda name: _TEST.index(name) if name in _TEST else len(_TEST)):
        if part in _TEST and test is None:
            mine = LeftOut()
            members = _members(parts[part], mine)
            if members:
                test = members
                left.join(mine)
                continue
        images = contents(parts[part]).images
        left.add_names(
            [image.name for image in images], f"is in {parts[part].name}, which is not used"
        )
    beside = contents(folder, deep=False)
    left.add_names([image.name for image in beside.images], "lies beside the class folders")
    beside.others += beside.videos
    leave_out(beside, left)
    return test


def _natural(path: Path) -> tuple[tuple[bool, int, str], ...]:
    """A key that sorts "2" before "10"."""
    words = re.split(r"(\d+)", str(path).lower())
    return tuple((w.isdecimal(), int(w) if w.isdecimal() else 0, w) for w in words)
