"""A surface in 3D, rotated with the mouse, where OpenGL is available."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QOffscreenSurface,
    QOpenGLContext,
    QVector3D,
)
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.views.plots import axes
from gui.views.plots.axes import Ends, Points
from lab.media.colours import viridis

# The height of the surface over its square of two by two, and the position of the camera.
_HEIGHT = 0.8
# How far above it a path is drawn, so that the surface does not hide it.
_ABOVE = 0.02
_LOOK = {"distance": 4.2, "elevation": 30, "azimuth": -60}
# The direction of the light: (x, y), with z = 1.
_LIGHT = 0.3, -0.8


@cache
def available() -> bool:
    """Whether OpenGL works, and PyOpenGL, which pyqtgraph needs for it, is installed."""
    if QGuiApplication.platformName() in ("offscreen", "minimal", "vnc") or not find_spec("OpenGL"):
        return False
    context, surface = QOpenGLContext(), QOffscreenSurface()
    if not context.create() or context.isOpenGLES():
        return False
    surface.setFormat(context.format())
    surface.create()
    works = context.makeCurrent(surface) and context.format().version() >= (2, 1)
    context.doneCurrent()
    return works


def make(parent: QWidget) -> Any:
    """A `Relief`; its class is defined here, as its base needs PyOpenGL to be imported."""
    from pyqtgraph import opengl as gl

    class Relief(gl.GLViewWidget):
        """The left button rotates, the wheel zooms, a double click resets the view."""

        def __init__(self) -> None:
            super().__init__(parent)
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setAttribute(Qt.WidgetAttribute.WA_AlwaysStackOnTop, False)
            self.reset_camera()

        def reset_camera(self) -> None:
            """Look from the initial position."""
            self.setCameraParams(center=QVector3D(0, 0, 0.25 * _HEIGHT), fov=45, **_LOOK)

        def show_surface(
            self,
            places: tuple[Points, Points],
            z: Points,
            scale: Ends,
            names: tuple[str, str],
            logarithmic: tuple[bool, bool],
        ) -> None:
            """places: axis coordinates of the columns and rows, rising; z: (rows, columns)."""
            look = theme.current()
            self._places, self._scale = places, scale
            self.clear()
            self.setBackgroundColor(look.card)
            x, y = (_scaled(v, v) for v in places)
            low, high = scale
            known = np.nan_to_num(z, nan=low, posinf=high, neginf=low)
            heights = (known - low) / ((high - low) or 1.0) * _HEIGHT
            if min(z.shape) > 1:
                colours = np.ones((*z.T.shape, 4), np.float32)
                colours[..., :3] = (
                    viridis(known.T, low, high) / 255 * _light(x, y, heights).T[..., None]
                )
                self.addItem(
                    gl.GLSurfacePlotItem(
                        x=x, y=y, z=heights.T, colors=colours,
                        computeNormals=False, glOptions="opaque",
                    )
                )  # fmt: skip
            corners = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0), (-1, -1, 0)])
            self.addItem(_line(gl, corners, look.muted, "line_strip"))
            for axis in (0, 1):
                self._add_ticks(gl, axis, places[axis], names[axis], logarithmic[axis])

        def add_path(self, path: Points, colour: Any) -> None:
            """A line on the surface shown last: (N, 3), in axis coordinates and its z."""
            (x, y), (low, high) = self._places, self._scale
            places = np.stack([
                _scaled(path[:, 0], x), _scaled(path[:, 1], y),
                (path[:, 2] - low) / ((high - low) or 1.0) * _HEIGHT + _ABOVE,
            ], 1)  # fmt: skip
            self.addItem(_line(gl, places, colour, "line_strip", 3.0))

        def _add_ticks(self, gl: Any, axis: int, places: Points, name: str, log: bool) -> None:
            """Add tick labels along the near edge of an axis, their grid lines, and its name."""
            look = theme.current()
            ends = float(places[0]), float(places[-1])
            found = (axes.log_ticks if log else axes.ticks)(*ends, 4) if ends[0] < ends[1] else []
            align = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter

            def at(along: float, out: float) -> np.ndarray:
                return np.array((along, -out, 0.0) if axis == 0 else (out, along, 0.0))

            def write(place: np.ndarray, words: str, colour: Any) -> None:
                font = theme.font(theme.CAPTION)
                self.addItem(
                    gl.GLTextItem(pos=place, text=words, color=colour, font=font, alignment=align)
                )

            grid = []
            for value, words in found:
                along = 2 * (value - ends[0]) / (ends[1] - ends[0]) - 1
                grid += [at(along, 1.0), at(along, -1.0)]
                write(at(along, 1.12), words, look.text)
            if grid:
                self.addItem(_line(gl, np.array(grid), look.grid, "lines"))
            write(at(0.0, 1.32), name, look.muted)

        def mouseDoubleClickEvent(self, event: Any) -> None:
            self.reset_camera()

        def keyPressEvent(self, event: Any) -> None:
            event.ignore()  # keys are the plot's

        def contextMenuEvent(self, event: QContextMenuEvent) -> None:
            event.ignore()

    return Relief()


def _scaled(places: Points, samples: Points) -> Points:
    """The coordinates, scaled so that the samples reach from -1 to 1."""
    low, high = samples[0], samples[-1]
    return np.asarray(2 * (places - low) / ((high - low) or 1.0) - 1)


def _light(x: Points, y: Points, z: Points) -> Points:
    """The brightness of each sample, up to 1: less where the surface faces away from the light.

    pyqtgraph's own shading leaves the far sides black, where no colour can be read.
    """
    rise_y, rise_x = np.gradient(z, y, x)
    towards = (1.0 - rise_x * _LIGHT[0] - rise_y * _LIGHT[1]) / np.sqrt(1 + rise_x**2 + rise_y**2)
    facing = towards / np.sqrt(1 + _LIGHT[0] ** 2 + _LIGHT[1] ** 2)
    return np.asarray(0.6 + 0.4 * np.clip(facing, 0, 1))


def _line(gl: Any, places: np.ndarray, colour: Any, mode: str, width: float = 1.0) -> Any:
    item = gl.GLLinePlotItem(
        pos=places.astype(np.float32),
        color=colour.getRgbF(),
        width=width,
        mode=mode,
        antialias=True,
    )
    item.setGLOptions("opaque")
    return item
