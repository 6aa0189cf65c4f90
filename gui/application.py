"""The one QApplication, with a display or without."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

# A warning that Qt's off-screen platform prints for every window it shows.
_OFF_SCREEN_NOISE = ("This plugin does not support propagateSizeHints()",)


def application() -> QApplication:
    """The application, created if there is none; off screen where there is no display."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not display:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(["Glassbox"])
    app.setApplicationName("Glassbox")
    app.setApplicationDisplayName("Glassbox")
    if app.platformName() == "offscreen":
        qInstallMessageHandler(_tell)
    return app


def _tell(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if message not in _OFF_SCREEN_NOISE:
        print(message, file=sys.stderr)
