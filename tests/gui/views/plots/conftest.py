"""What tests of plots share."""

import pytest
from PySide6.QtWidgets import QApplication

from tests.gui.samples import SAMPLES


@pytest.fixture
def plot(view):
    """Makes a shown view of a plot."""

    def make(kind, payload=None, **changes):
        made = view(kind, payload or SAMPLES[kind], **changes)
        QApplication.processEvents()
        return made

    return make
