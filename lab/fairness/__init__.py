"""Risk scores and predictions, judged by group: error rates, calibration, and feedback."""

from lab import submodules

__getattr__ = submodules(__name__)
