"""Fixtures that the tests of this room share."""

import pytest

from lab import datasets
from tests.lab.datasets.samples import painted


@pytest.fixture
def fruit(tmp_path):
    folder = tmp_path / "fruit"
    for i in range(7):
        painted(folder / "plum" / f"{i}.png", (0, 0, 10 * i))
        painted(folder / "apple" / f"{i}.jpg", (200, 10, 10))
    (folder / "plum" / "notes.txt").write_text("not a picture")
    (folder / ".cache").mkdir()
    (folder / "readme.md").write_text("fruit")
    return folder


@pytest.fixture(scope="session")
def digits():
    return datasets.load("digits")
