"""A picture's square: a video carries a sign of its own, on any picture and in words."""

from pathlib import Path

import numpy as np
import pytest

from gui import theme
from gui.thumbnail import PictureButton, Thumbnail
from lab.media.pictures import Picture
from tests.gui.pixels import pixels, where


def drawn(qtbot, picture):
    button = PictureButton()
    qtbot.addWidget(button)
    button.set_picture(picture)
    return button, pixels(button)


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_video_is_marked_in_its_corner_alone(qtbot, shade):
    still = Picture("clip", np.full((40, 60, 3), shade, np.uint8))
    _, plain = drawn(qtbot, still)
    film = Picture("clip", still.pixels, video=Path("clip.mp4"))
    button, marked = drawn(qtbot, film)
    changed = np.abs(marked.astype(int) - plain).max(2) > 30
    rows, columns = changed.nonzero()
    assert len(rows) > 50
    edge = len(marked)
    assert rows.min() > edge / 2
    assert columns.max() < edge / 2
    # A light sign on a dark ground, whatever lies under both.
    corner = marked[edge // 2 :, : edge // 2]
    assert where(corner, (255, 255, 255)) is not None
    assert np.percentile(corner[changed[edge // 2 :, : edge // 2]].max(1), 10) < 100
    assert "video" in button.toolTip()
    assert "video" in button.accessibleName()


def test_a_still_is_as_it_was(qtbot):
    button, _ = drawn(qtbot, Picture("cat", np.zeros((30, 40, 3), np.uint8)))
    assert button.toolTip() == "cat\n40 × 30 px"
    assert button.accessibleName() == "cat"


def test_a_dimmed_one_is_faint_and_not_framed_in_colour(qtbot, dark):
    thumbnail = Thumbnail(Picture("cat", np.full((30, 40, 3), 255, np.uint8)))
    qtbot.addWidget(thumbnail)
    thumbnail.setChecked(True)
    bright = pixels(thumbnail)
    thumbnail.set_dimmed(True)
    faint = pixels(thumbnail)
    middle = len(faint) // 2
    assert faint[middle, middle].max() < bright[middle, middle].min()
    accent = theme.DARK.accent.getRgb()[:3]
    assert where(bright, accent) is not None
    assert where(faint, accent) is None
    thumbnail.set_dimmed(False)
    assert (pixels(thumbnail) == bright).all()
