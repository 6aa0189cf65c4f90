"""The mouse over a plot."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

# pyqtgraph leaves out moves of the mouse that come within a hundredth of a second.
PAUSE_MS = 15


def centre(made):
    return made.plan().area.center().toPoint()


def wheel(made, at, notches):
    """Turn the wheel over a point of the plot."""
    target = made.canvas.viewport()
    place = QPointF(at), QPointF(target.mapToGlobal(at))
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(*place, QPoint(), QPoint(0, 120 * notches), *none, False)
    QApplication.sendEvent(target, turn)
    QApplication.processEvents()


def drag(qtbot, made, start, by):
    """Press, move in some steps, and let go."""
    target = made.canvas.viewport()
    qtbot.mouseMove(target, start)
    qtbot.wait(PAUSE_MS)
    qtbot.mousePress(target, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.25, 0.5, 0.75, 1.0):
        at = start + QPoint(round(share * by.x()), round(share * by.y()))
        move = QEvent.Type.MouseMove
        qtbot.wait(PAUSE_MS)
        send_mouse(target, move, at, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(target, Qt.MouseButton.LeftButton, pos=start + by)
    QApplication.processEvents()


def send_mouse(target, kind, at, buttons=Qt.MouseButton.NoButton):
    from PySide6.QtGui import QMouseEvent

    place = QPointF(at), QPointF(target.mapToGlobal(at))
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(kind, *place, none, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, event)


def hover(made, at):
    send_mouse(made.canvas.viewport(), QEvent.Type.MouseMove, QPointF(at).toPoint())
    QApplication.processEvents()
