"""Controls made from an exhibit's parameters: one for each, by the kind of its spec."""

from gui.panel.controls.form import Controls

__all__ = ["Controls"]
