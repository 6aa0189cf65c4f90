"""The lecture's chapter "Adversarial Examples": attacks, robustness, black box, defences.

The mathematics is in lab.attacks: plain functions of a model in pixel space, images
float32 (N, C, H, W) in [0, 1] and labels int64 (N,). Every epsilon and step is in pixel units.
"""
