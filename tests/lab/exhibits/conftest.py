"""What the tests over all exhibits share."""

from dataclasses import replace

import pytest

from lab.datasets import Library
from lab.media import pictures
from lab.networks.shelf import Shelf
from lab.workspace import Workspace


class Few(Library):
    """The data sets, but few pictures of each, so that a network learns in a breath."""

    def get(self, name):
        data = super().get(name).shortened(120)
        return replace(data, test_images=data.test_images[:200], test_labels=data.test_labels[:200])


@pytest.fixture(scope="session")
def few():
    """The library of few pictures, read once."""
    return Few()


@pytest.fixture
def lab_of_few(few, tmp_path, monkeypatch):
    """A lab in which every exhibit is soon done: few data, short films, small previews."""
    monkeypatch.setattr("lab.exhibits.interpreting._style_video_session.PAN", 3)
    monkeypatch.setattr("lab.exhibits.better_training._augmentation_preview.SIZE", (40, 40))
    monkeypatch.setattr("lab.exhibits.better_training._memorise_cards.FINE", 24)
    monkeypatch.setattr("lab.exhibits.better_training.hyperparameters.STEPS", 60)
    opened = replace(Workspace.open("cpu"), shelf=Shelf(), library=few, folder=tmp_path)
    return replace(opened, pictures=(pictures.embedded("coffee"),))
