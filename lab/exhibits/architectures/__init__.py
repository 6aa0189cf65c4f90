"""The lecture's chapter "Convolutional Architectures and Backbones"."""
