"""The lecture's chapter "Adversarial Examples": a network is fooled, defended, and fooled again.

The mathematics is in lab.attacks: plain functions of a model in pixel space, pictures
float32 (N, C, H, W) in [0, 1] and labels int64 (N,). Every epsilon and step is in pixel units.
"""
