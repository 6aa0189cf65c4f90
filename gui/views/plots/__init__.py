"""Plots on pyqtgraph: curves, histograms, surfaces and scatter plots."""
