"""The loss of a network over a plane of its weights (Li et al., 2018).

`directions` spans the plane, `plane` evaluates the loss on it, `path` finds the plane of a training
path, `grid` goes from coarse to fine, `shape` measures what was found.
"""
