"""Files of images, good and bad."""

import io

import pytest
from PIL import Image

from lab.errors import UserError
from lab.media import pictures


def saved(array, suffix, mode=None, **options):
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    data = io.BytesIO()
    (image.convert(mode) if mode else image).save(data, suffix, **options)
    return data.getvalue()


def refused(path):
    with pytest.raises(UserError) as caught:
        pictures.read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message
