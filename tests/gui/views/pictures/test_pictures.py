"""Captions, tones, and pictures that are compared."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtWidgets import QApplication

from gui import theme
from lab import payloads
from tests.gui.pixels import pixels, rgb, where
from tests.gui.samples import GREEN, RED, flat


def test_a_caption_of_two_lines_keeps_to_them(view):
    images = [flat(RED, 100, 100)] * 4

    def captioned(name):
        captions = [f"{name} {i}\n32 × 112" for i in range(4)]
        payload = payloads.Pictures(images, captions, strip=True)
        return view(payloads.Pictures, payload, (400, 200)), captions

    (short, _), (wide, _), (long, whole) = map(captioned, ("a", "b" * 25, "blocks.0" * 40))
    place = short.rect_of(0)
    assert place.height() > 130
    for made in (wide, long):
        assert made.rect_of(0).size() == place.size(), "words cost a picture nothing"
        assert made.cell_of(1).bottom() <= made.height()
    # A longer name gets more room, up to where it would push the pictures too far apart.
    assert short.cell_of(0).width() == place.width()
    assert place.width() < wide.cell_of(0).width() < long.cell_of(0).width() <= 2 * place.width()
    cell, following = long.cell_of(0), long.cell_of(1)
    ink = np.abs(pixels(long).astype(int) - rgb(theme.DARK.text)).max(2) < 40
    assert not ink[:, int(cell.right()) + 1 : int(following.left())].any(), "written over its cell"
    assert long.readout(long.rect_of(1).center()) == whole[1]


def test_words_give_way_where_pictures_would_be_smaller_than_a_line(view):
    captions = [f"channel {i}: 0.123" for i in range(32)]
    payload = payloads.Pictures([flat(RED, 28, 28)] * 32, captions)
    made, roomy = (view(payloads.Pictures, payload, size) for size in ((370, 210), (900, 500)))
    assert made.scrolls
    assert made.rect_of(0).height() >= 56
    # A card that is drawn for a file shows all of it.
    made = view(payloads.Pictures, size=(370, 210))
    made.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    made.show_payload(payload)
    assert not made.scrolls
    assert roomy.rect_of(0).bottom() + 10 < roomy.cell_of(0).bottom(), "no room for the words"
    assert made.rect_of(0).height() >= 28
    assert made.cell_of(0).height() == pytest.approx(made.rect_of(0).height(), abs=1)
    ink = np.abs(pixels(made).astype(int) - rgb(theme.DARK.text)).max(2) < 40
    assert not ink.any()
    assert made.readout(made.rect_of(5).center()) == captions[5]


@pytest.mark.parametrize(("tone", "colour"), [("good", theme.DARK.good), ("bad", theme.DARK.bad)])
def test_tone_is_a_frame_and_a_mark(tone, colour, view):
    black = payloads.Pictures([flat((0, 0, 0))], tones=[tone])
    made = view(payloads.Pictures, black)
    drawn, place = pixels(made), made.rect_of(0).toRect()
    middle = place.center().y()
    assert tuple(drawn[middle, place.left() - 2]) == rgb(colour)
    mark = drawn[place.top() : place.top() + 20, place.right() - 19 : place.right() + 1]
    assert where(mark, (255, 255, 255), 10) is not None, "no tick, no cross"


def test_tick_and_cross_differ(view):
    good, bad = (
        pixels(view(payloads.Pictures, payloads.Pictures([flat(RED)], tones=[tone])))
        for tone in ("good", "bad")
    )
    white = [np.abs(drawn.astype(int) - 255).max(2) < 10 for drawn in (good, bad)]
    assert (white[0] != white[1]).any()


def test_the_whole_caption_is_in_the_readout(view):
    long = "a caption that is much too long for the picture under which it has to stand " * 3
    made = view(payloads.Pictures, payloads.Pictures([flat(RED)], [long]), (120, 150))
    made.grab()
    assert made.readout(made.rect_of(0).center()) == long


def compared(view, images, captions=()):
    payload = payloads.Pictures(images, captions, columns=3, compared=(0, 2))
    return view(payloads.Pictures, payload, (600, 220))


def test_compared_pictures_are_read_at_one_place(view, qtbot):
    first, last = flat((10, 20, 30), 40, 40), flat((10, 20, 30), 40, 40)
    last[:20, 20:] = (12, 17, 30)
    captions = ["original: cup 0.9", "perturbation × 8", "adversarial example: cat 0.8"]
    made = compared(view, [first, flat(GREEN, 40, 40), last], captions)
    middle = made.rect_of(1)
    up = middle.topLeft() + QPointF(0.75 * middle.width(), 0.25 * middle.height())
    told = made.readout(up)
    assert "(30, 10)" in told
    assert "10  20  30   original" in told
    assert "12  17  30   adversarial example" in told
    assert "+2  −3  +0   difference" in told
    down = middle.center() + QPointF(0.1, 0.25 * middle.height())
    assert "+0  +0  +0" in made.readout(down)
    # Every picture is marked there, until the pointer has left.
    plain = pixels(made)
    qtbot.mouseMove(made, up.toPoint())
    marked = pixels(made)
    for index in range(3):
        place = made.rect_of(index)
        x, y = int(place.left() + 0.75 * place.width()), int(place.top() + 0.25 * place.height())
        assert (marked[y - 1 : y + 2, x - 9] != plain[y - 1 : y + 2, x - 9]).any()
    QApplication.sendEvent(made, QEvent(QEvent.Type.Leave))
    assert (pixels(made) == plain).all()


def test_grey_pictures_are_read_as_one_number(view):
    made = compared(view, [flat((9, 9, 9)), flat(RED), flat((5, 5, 5))])
    told = made.readout(made.rect_of(0).center())
    assert "grey" in told
    assert "−4   difference" in told


def test_pictures_that_are_not_compared_are_not_marked(view):
    made = view(payloads.Pictures, payloads.Pictures([flat(RED)]))
    assert made.place_at(made.rect_of(0).center()) is None


def test_the_pointer_over_any_of_them_is_told_in_its_pixels(view, qtbot):
    payload = payloads.Pictures([flat(RED, 100, 50), flat(GREEN, 100, 50)], ["a", "b"])
    made = view(payloads.Pictures, payload, points=("x", "y"))
    told = []
    made.pointed.connect(lambda x, y: told.append((x, y)))
    for index, (x, y) in enumerate([(10, 90), (49, 0)]):
        place = made.rect_of(index)
        scale = place.width() / 50
        at = QPointF(place.left() + (x + 0.5) * scale, place.top() + (y + 0.5) * scale)
        qtbot.mouseMove(made, at.toPoint())
    below = made.rect_of(0).bottomLeft() + QPointF(5, 5)
    qtbot.mouseMove(made, below.toPoint())
    assert told == [(10, 90), (49, 0)]
