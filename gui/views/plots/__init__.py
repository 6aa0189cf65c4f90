"""Plots on pyqtgraph: curves, histograms, surfaces and scatter plots."""

import os

# Whatever other programs of the user want of pyqtgraph: here it stands on the window's own Qt.
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
