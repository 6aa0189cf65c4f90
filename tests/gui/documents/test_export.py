import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.documents import export
from lab import payloads
from lab.errors import UserError
from tests.gui.pixels import rgb
from tests.gui.samples import EMPTY, RED, SAMPLES, flat, output

pytestmark = pytest.mark.usefixtures("dark")


@pytest.mark.parametrize("kind", payloads.KINDS)
@pytest.mark.parametrize("samples", [SAMPLES, EMPTY], ids=["full", "empty"])
def test_every_kind_is_written(kind, samples, tmp_path):
    path = tmp_path / "o.png"
    export.save_png(output(kind), samples[kind], path)
    with Image.open(path) as image:
        assert image.size >= (640, 240)
        assert len(image.convert("RGB").getcolors(1 << 20)) > 2


def test_size_scheme_and_pixel_ratio(tmp_path):
    note = SAMPLES[payloads.Note]
    path = tmp_path / "o.png"
    export.save_png(output(payloads.Note), note, path, (400, 200), "light", ratio=2)
    with Image.open(path) as image:
        assert image.size == (800, 400)
        assert image.convert("RGB").getpixel((400, 380)) == rgb(theme.LIGHT.card)
    assert theme.current() is theme.DARK
    drawn = export.render(output(payloads.Note), note, (400, 200))
    assert drawn.pixelColor(200, 190) == theme.DARK.card


def test_picture_is_in_the_file_in_exact_squares(tmp_path):
    picture = flat((0, 0, 255))
    picture[::2] = RED
    path = tmp_path / "o.png"
    export.save_png(output(payloads.Pictures), payloads.Pictures([picture]), path, ratio=1.5)
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    red = (pixels == RED).all(2)
    column = red[:, red.any(0).argmax() + 5]
    edges = np.flatnonzero(np.diff(column.astype(int), prepend=0, append=0))
    assert len(edges) == 8
    assert len(set(np.diff(edges))) == 1


def test_light_is_not_left_behind_after_a_failure(monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(export.Card, "show_payload", broken)
    with pytest.raises(RuntimeError):
        export.render(output(payloads.Note), SAMPLES[payloads.Note], scheme="light")
    assert theme.current() is theme.DARK


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match="cannot write"):
        export.save_png(output(payloads.Note), SAMPLES[payloads.Note], tmp_path / "no" / "o.png")


def test_nothing_stays_open():
    export.render(output(payloads.Note), SAMPLES[payloads.Note])
    assert not [w for w in QApplication.topLevelWidgets() if w.isVisible()]


def test_without_display_and_without_application(tmp_path):
    code = (
        "from gui.documents import export\n"
        "from gui.application import application\n"
        "from lab.payloads import Note\n"
        "from lab.exhibit import Output\n"
        "app = application()\n"
        "assert app is application() and app.platformName() == 'offscreen'\n"
        "export.save_png(Output('n', Note, 'T', (0, 0, 1, 1)), Note('words'), 'n.png')\n"
    )
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    bare = {name: value for name, value in os.environ.items() if name not in hidden}
    bare["PYTHONPATH"] = os.getcwd()
    told = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env=bare,
        cwd=tmp_path,
        timeout=60,
        stderr=subprocess.PIPE,
        text=True,
    ).stderr
    assert told == ""
    assert (tmp_path / "n.png").stat().st_size > 1000
