"""Kernels are drawn as the payload scales them."""

from lab import payloads
from tests.gui.pixels import pixels
from tests.gui.samples import SAMPLES


def test_filters_are_drawn_as_the_payload_scales_them(view):
    payload = SAMPLES[payloads.Filters]
    made = view(payloads.Filters, payload)
    drawn = pixels(made)
    for index, expected in enumerate(payload.pixels()):
        place = made.rect_of(index).toRect()
        scale = place.width() // 5
        inside = drawn[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
        assert (inside[scale // 2 :: scale, scale // 2 :: scale] == expected).all()
