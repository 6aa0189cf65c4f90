"""What a widget draws, as numbers."""

import numpy as np
from PySide6.QtGui import QImage


def pixels(widget):
    """What a widget draws: uint8 (height, width, 3), RGB."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    height, width = image.height(), image.width()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    # The image owns the memory and goes with this function.
    return raw[:, : 3 * width].reshape(height, width, 3).copy()


def rgb(colour):
    """(red, green, blue) of a QColor."""
    return colour.red(), colour.green(), colour.blue()


def where(drawn, colour, tolerance=0):
    """(left, top, right, bottom) of all pixels of a colour; None if there are none."""
    found = (np.abs(drawn.astype(int) - colour).max(2) <= tolerance).nonzero()
    if not len(found[0]):
        return None
    return found[1].min(), found[0].min(), found[1].max() + 1, found[0].max() + 1
