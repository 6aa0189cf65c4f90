"""What a lecturer brings to the window: files, drops and pasted images."""

from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QPushButton

from tests.gui.conftest import TIMEOUT


def photograph(path, colour=(200, 30, 30)):
    """The path of an image file of one colour, 80 by 60 pixels."""
    Image.new("RGB", (80, 60), colour).save(path)
    return path


def files(*paths):
    """The mime data of dropped files."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def pasted(colour, width=20, height=30):
    """The mime data of a copied image of one colour (a Qt.GlobalColor)."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(colour)
    mime = QMimeData()
    mime.setImageData(image)
    return mime


def drop(window, *paths):
    """Drop files on the window."""
    mime = files(*paths)
    keys = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, keys
    )
    window.dropEvent(event)


def count(window):
    """How many images are on the light table."""
    return len(window.light_table.pictures)


def copied(panel, button, qtbot):
    """What is on the clipboard after a button of the panel's side was pressed."""
    QApplication.clipboard().clear()
    (found,) = (b for b in panel.side.findChildren(QPushButton) if b.text() == button)
    found.click()
    qtbot.waitUntil(lambda: bool(QApplication.clipboard().text()), timeout=TIMEOUT)
    return QApplication.clipboard().text()
