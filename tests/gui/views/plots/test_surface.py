"""A surface lies the right way up."""

from PySide6.QtCore import QPointF

from lab import payloads
from tests.gui.pixels import pixels


def test_surface_has_low_y_at_the_bottom_and_keeps_uneven_samples_in_place(view):
    z = [[0, 0, 0], [0, 0, 1]]
    made = view(payloads.Surface, payloads.Surface([0, 1, 10], [0, 1], z))
    plan, drawn = made.plan(), pixels(made)

    def colour(x, y):
        return tuple(drawn[int(plan.down(y)), int(plan.across(x))])

    assert colour(9, 1.2) == (253, 231, 37)
    assert colour(9, -0.2) == colour(1, 1.2) == (68, 1, 84)
    assert made.readout(QPointF(plan.across(9), plan.down(1.2))) == "step 10, loss 1: 1"
