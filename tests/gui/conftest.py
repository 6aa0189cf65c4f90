import pytest

from gui import theme
from gui.views import VIEWS
from tests.gui.samples import output


@pytest.fixture
def dark(qapp):
    """The application in the dark scheme, again afterwards too."""
    theme.apply(qapp, "dark")
    yield qapp
    theme.apply(qapp, "dark")


@pytest.fixture
def view(dark, qtbot):
    """Makes a shown view of a kind, at a size, with a payload."""

    def make(kind, payload=None, size=(600, 400), **changes):
        made = VIEWS[kind](output(kind, **changes))
        qtbot.addWidget(made)
        made.resize(*size)
        made.show()
        if payload is not None:
            made.show_payload(payload)
        return made

    return make
