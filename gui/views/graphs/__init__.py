"""Graphs: boxes and arrows, in modules that fold."""
