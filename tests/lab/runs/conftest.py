"""What tests of runs share."""

from dataclasses import replace

import pytest

from lab.networks.shelf import Shelf


@pytest.fixture
def lab(workspace):
    """A workspace with a shelf of its own."""
    return replace(workspace, shelf=Shelf())
