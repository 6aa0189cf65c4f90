"""Payloads with axes: curves, histograms, surfaces."""
