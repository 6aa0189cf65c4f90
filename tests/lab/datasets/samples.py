"""Image files."""

from PIL import Image


def painted(path, colour, size=(80, 60)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
