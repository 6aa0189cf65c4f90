"""Plots on pyqtgraph: curves, histograms, surfaces and scatter plots."""

import os

# Overrides what the user may have set for other programs: the window runs on PySide6.
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
