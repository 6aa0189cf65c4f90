import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from gui import theme
from lab import payloads
from tests.gui.pixels import pixels, rgb, where
from tests.gui.samples import BLUE, GREEN, RED, SAMPLES, flat

# Pictures and filters.


def test_pictures_stand_where_the_view_says(view):
    made = view(payloads.Pictures, payloads.Pictures([flat(RED), flat(GREEN), flat(BLUE)]))
    drawn = pixels(made)
    for index, colour in enumerate((RED, GREEN, BLUE)):
        place = made.rect_of(index)
        found = where(drawn, colour)
        assert found == (place.left(), place.top(), place.right(), place.bottom())


def test_small_pictures_have_exactly_square_pixels(view):
    checks = np.indices((8, 8)).sum(0) % 2 * 255
    picture = np.repeat(checks[..., None], 3, 2).astype(np.uint8)
    made = view(payloads.Pictures, payloads.Pictures([picture]), (333, 275))
    place = made.rect_of(0).toRect()
    inside = pixels(made)[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
    scale = place.width() // 8
    assert scale >= 2
    assert (inside == np.kron(picture, np.ones((scale, scale, 1), np.uint8))).all()


def test_photographs_keep_their_shape_and_are_averaged(view):
    stripes = np.zeros((400, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    made = view(payloads.Pictures, payloads.Pictures([stripes]), (240, 240))
    place = made.rect_of(0)
    assert place.width() / place.height() == pytest.approx(2, rel=0.02)
    middle = pixels(made)[int(place.center().y()), int(place.left()) + 5 : int(place.right()) - 5]
    assert np.abs(middle.astype(int) - 127).max() < 30, "reduced by leaving pixels out"


def test_the_grid_uses_its_room(view):
    images = [flat(RED)] * 48
    made = view(payloads.Pictures, payloads.Pictures(images), (900, 500))
    covered = sum(made.rect_of(i).width() * made.rect_of(i).height() for i in range(48))
    assert covered > 0.6 * 900 * 500
    for i in range(48):
        assert made.rect().toRectF().contains(made.rect_of(i))


def test_pictures_of_different_sizes_fill_their_tiles(view):
    images = [flat(RED, 300, 300), flat(GREEN, 10, 10), flat(BLUE, 100, 200)]
    made = view(payloads.Pictures, payloads.Pictures(images), (900, 320))
    sides = [max(made.rect_of(i).width(), made.rect_of(i).height()) for i in range(3)]
    assert max(sides) - min(sides) <= 10


def strip(view, count=12):
    images = [flat((i, 100, 100), 40, 40) for i in range(count)]
    captions = [f"layer {i}" for i in range(count)]
    return view(payloads.Pictures, payloads.Pictures(images, captions, strip=True), (400, 150))


def test_a_strip_is_one_row_that_scrolls_to_its_end(view):
    made = strip(view)
    assert len({made.rect_of(i).top() for i in range(12)}) == 1
    assert made.rect_of(0).width() >= 80
    assert made.rect_of(11).left() > made.width()
    made.scroll_to(1e6)
    assert made.cell_of(11).right() <= made.width()
    assert made.rect_of(0).right() < 0
    drawn = pixels(made)
    place = made.rect_of(11).center().toPoint()
    assert drawn[place.y(), place.x()].tolist() == [11, 100, 100]
    made.scroll_to(-5)
    assert made.rect_of(0).left() >= 0


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
    assert roomy.rect_of(0).bottom() + 10 < roomy.cell_of(0).bottom(), "no room for the words"
    assert made.rect_of(0).height() >= 28
    assert made.cell_of(0).height() == pytest.approx(made.rect_of(0).height(), abs=1)
    ink = np.abs(pixels(made).astype(int) - rgb(theme.DARK.text)).max(2) < 40
    assert not ink.any()
    assert made.readout(made.rect_of(5).center()) == captions[5]


def test_the_wheel_scrolls_a_strip_and_a_chosen_picture_comes_into_sight(view, qtbot):
    made = strip(view)
    before = made.rect_of(3).left()
    turn = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    made.wheelEvent(turn)
    assert made.rect_of(3).left() == before - 120
    made.select(10)
    assert 0 <= made.cell_of(10).left() < made.cell_of(10).right() <= made.width()
    unscrolled = strip(view, 2)
    unscrolled.scroll_to(50)
    assert unscrolled.rect_of(0).left() >= 0


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


def test_filters_are_drawn_as_the_payload_scales_them(view):
    payload = SAMPLES[payloads.Filters]
    made = view(payloads.Filters, payload)
    drawn = pixels(made)
    for index, expected in enumerate(payload.pixels()):
        place = made.rect_of(index).toRect()
        scale = place.width() // 5
        inside = drawn[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
        assert (inside[scale // 2 :: scale, scale // 2 :: scale] == expected).all()


# Bars.


def test_bars_are_as_long_as_their_values(view):
    payload = payloads.Bars(["a", "b", "c"], {"p": [0.8, 0.4, 0.2]}, low=0, high=1)
    made = view(payloads.Bars, payload)
    drawn = pixels(made)
    lengths = []
    for index in range(3):
        row = made.rect_of(index).toRect()
        left, _, right, _ = where(drawn[row.top() : row.bottom()], rgb(theme.DARK.line(0)))
        lengths.append(right - left)
    assert lengths[0] > 100
    assert lengths[1] / lengths[0] == pytest.approx(0.5, abs=0.02)
    assert lengths[2] / lengths[0] == pytest.approx(0.25, abs=0.02)


def test_bars_below_zero_go_left(view):
    payload = payloads.Bars(["up", "down"], {"w": [0.5, -0.5]}, low=-1, high=1)
    made = view(payloads.Bars, payload)
    up, down = made.bar_of(0, 0), made.bar_of(1, 0)
    assert up.left() == pytest.approx(down.right())
    assert up.width() == pytest.approx(down.width())


def test_bars_beyond_the_axis_and_without_a_value(view):
    payload = payloads.Bars(["a", "b", "c"], {"p": [np.inf, np.nan, -5]}, low=0, high=1)
    made = view(payloads.Bars, payload)
    made.grab()
    assert made.bar_of(1, 0).width() == made.bar_of(2, 0).width() == 0
    assert made.readout(made.rect_of(1).center()) == "b\np: –"


def test_a_thousand_bars_show_what_fits_and_say_so(view):
    names = [f"class {i}" for i in range(1000)]
    made = view(payloads.Bars, payloads.Bars(names, {"p": np.linspace(1, 0, 1000)}))
    made.grab()
    assert 5 < made.shown() < 20
    assert made.rect_of(made.shown() - 1).bottom() < made.height() - 10


def test_in_a_narrow_card_the_values_of_the_first_series_go_before_the_bars(view):
    series = {"hidden": [0.295, 0.468], "whole": [0.393, 0.356]}
    payload = payloads.Bars(["tiger cat", "Egyptian cat"], series)
    roomy, narrow = (view(payloads.Bars, payload, (width, 200)) for width in (400, 190))
    assert (roomy.valued(), narrow.valued()) == (2, 1)
    for made in (roomy, narrow):
        names, values = made._columns()
        assert names + values < made.width() - 24
        assert "whole: 0.393" in made.readout(made.rect_of(0).center())
        made.grab()


def compared(view, images):
    payload = payloads.Pictures(images, columns=3, compared=(0, 2))
    return view(payloads.Pictures, payload, (600, 220))


def test_compared_pictures_are_read_at_one_place(view, qtbot):
    first, last = flat((10, 20, 30), 40, 40), flat((10, 20, 30), 40, 40)
    last[:20, 20:] = (12, 17, 30)
    made = compared(view, [first, flat(GREEN, 40, 40), last])
    middle = made.rect_of(1)
    up = middle.topLeft() + QPointF(0.75 * middle.width(), 0.25 * middle.height())
    told = made.readout(up)
    assert "(30, 10)" in told
    assert "10  20  30   original" in told
    assert "12  17  30   changed" in told
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
    made._mark(None)
    assert (pixels(made) == plain).all()


def test_grey_pictures_are_read_as_one_number(view):
    made = compared(view, [flat((9, 9, 9)), flat(RED), flat((5, 5, 5))])
    told = made.readout(made.rect_of(0).center())
    assert "grey" in told
    assert "−4   difference" in told


def test_pictures_that_are_not_compared_are_not_marked(view):
    made = view(payloads.Pictures, payloads.Pictures([flat(RED)]))
    assert made.place_at(made.rect_of(0).center()) is None
